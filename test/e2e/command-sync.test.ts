import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type CommandBench, startCommandBench } from '../support/command-bench.ts';

const yaml = `
knowledge:
  sources:
    - type: help-center
    - type: folder
      name: handbook
      path: handbook
      audience: internal
`;

async function writeFiles({ folder }: CommandBench): Promise<void> {
  await writeFile(join(folder, 'sidenote.yaml'), yaml);
  await mkdir(join(folder, 'handbook'));
  await writeFile(join(folder, 'handbook/a.md'), '# Hours\n\nNine to five.');
  await writeFile(join(folder, 'handbook/b.pdf'), 'no PDF');
}

describe('sync', () => {
  test('reads all sources, names what it could not read, and the second time has nothing to write', async () => {
    await using bench = await startCommandBench();
    await writeFiles(bench);

    const first = await bench.run(['sync']);
    assert.equal(first.code, 0, first.output);
    assert.match(first.output, /^help-center: up to date; 10 new or changed, 0 removed\.$/m);
    assert.match(first.output, /^handbook: up to date; 1 new or changed, 0 removed\.$/m);
    assert.match(first.output, /^handbook: 1 could not be read, the rest was:\n {2}b\.pdf: It can't be read as a PDF/m);

    const second = await bench.run(['sync', 'help-center']);
    assert.match(second.output, /^help-center: up to date; 0 new or changed, 0 removed\.$/m);
    assert.doesNotMatch(second.output, /handbook/);

    const doctor = await bench.run(['doctor']);
    assert.match(doctor.output, /^ok +knowledge +help-center: 10 documents, \d+ passages; read \d+ minutes ago$/m);
    assert.match(doctor.output, /^FAIL +knowledge +handbook: 1 documents, .*could not be read: b\.pdf/m);
  });

  test('says which sources there are when it is asked for another, and what to do when there is none', async () => {
    await using bench = await startCommandBench();
    const none = await bench.run(['sync']);
    assert.equal(none.code, 2);
    assert.match(none.output, /names no source: add one to knowledge\.sources/);
    await writeFiles(bench);
    const unknown = await bench.run(['sync', 'blog']);
    assert.equal(unknown.code, 2);
    assert.match(unknown.output, /There is no source "blog"; the sources are: help-center, handbook\./);
  });

  test('ends with 1 when a source as a whole could not be read', async () => {
    await using bench = await startCommandBench();
    await writeFile(join(bench.folder, 'sidenote.yaml'), yaml);
    const { code, output } = await bench.run(['sync', 'handbook']);
    assert.equal(code, 1);
    assert.match(output, /^handbook: cut short; 0 new or changed, 0 removed\. The folder .* can't be read/m);
  });
});
