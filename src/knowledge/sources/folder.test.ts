import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { docx, pdf } from '../../../test/support/office-files.ts';
import { openSyncBench } from '../../../test/support/sync.ts';
import type { FolderSettings } from '../../domain/source-settings.ts';

type Folder = AsyncDisposable & { readonly path: string; readonly settings: FolderSettings };

async function makeFolder(files: Readonly<Record<string, string | Buffer>>): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'sidenote-folder-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(path, name, '..'), { recursive: true });
    await writeFile(join(path, name), content);
  }
  const settings: FolderSettings = { type: 'folder', name: 'handbook', path, audience: 'internal' };
  return { path, settings, [Symbol.asyncDispose]: async () => await rm(path, { recursive: true }) };
}

describe('a folder', () => {
  test('gives its Markdown, HTML, text, PDF and Word files, those below it too, and nothing else', async () => {
    await using folder = await makeFolder({
      'a.md': '---\ntitle: "Opening hours"\n---\n# Hours\n\nFrom nine to five.',
      'b.html': '<title>Parking</title><nav>Menu</nav><main><p>Behind the house.</p></main>',
      'deep/c.txt': 'Bring your own lunch.',
      'deep/er/d.PDF': pdf('The vault opens at noon.'),
      'e.docx': docx('Travel', 'Trains only.'),
      'image.png': 'no text',
      '.git/f.md': 'hidden',
      'node_modules/x/README.md': 'not ours',
    });
    await using bench = await openSyncBench();
    const report = await bench.sync(folder.settings);
    assert.deepEqual(report.problems, []);
    assert.equal(report.changed, 5);
    const names = ['a.md', 'b.html', 'deep/c.txt', 'deep/er/d.PDF', 'e.docx'];
    assert.deepEqual(
      await bench.ids(),
      names.map((name) => `handbook:${name}`),
    );
    assert.equal(await bench.text('handbook:a.md'), '# Hours\n\nFrom nine to five.');
    assert.equal(await bench.text('handbook:b.html'), 'Behind the house.');
    assert.equal(await bench.text('handbook:deep/er/d.PDF'), '## Page 1\n\nThe vault opens at noon.');
    assert.equal(await bench.text('handbook:e.docx'), '# Travel\n\nTrains only.');
  });

  test('is read anew where something has changed, and what was deleted disappears', async () => {
    await using folder = await makeFolder({ 'a.md': 'one', 'b.md': 'two', 'c.md': 'three' });
    await using bench = await openSyncBench();
    await bench.sync(folder.settings);
    await writeFile(join(folder.path, 'a.md'), 'changed');
    await utimes(join(folder.path, 'b.md'), new Date(), new Date()); // touched, and the same
    await rm(join(folder.path, 'c.md'));
    const { outcome, changed, removed } = await bench.sync(folder.settings);
    assert.deepEqual({ outcome, changed, removed }, { outcome: 'finished', changed: 1, removed: 1 });
    assert.equal(await bench.text('handbook:a.md'), 'changed');
    assert.deepEqual(await bench.ids(), ['handbook:a.md', 'handbook:b.md']);
  });

  test('a file that can’t be read is named, stops nothing, and keeps what it said before', async () => {
    await using folder = await makeFolder({
      'a.md': 'before',
      'b.pdf': 'not a PDF',
      'c.docx': 'nor this',
      'd.md': 'x',
    });
    await using bench = await openSyncBench();
    const first = await bench.sync(folder.settings);
    assert.equal(first.outcome, 'finished');
    assert.deepEqual(
      first.problems.map(({ item }) => item),
      ['b.pdf', 'c.docx'],
    );
    assert.match(first.problems[0]?.why ?? '', /^It can't be read as a PDF: .*\.$/);
    await writeFile(join(folder.path, 'a.md'), Buffer.from([0xff, 0xfe, 0x41]));
    const second = await bench.sync(folder.settings);
    assert.match(second.problems[0]?.why ?? '', /not text in UTF-8/);
    assert.equal(await bench.text('handbook:a.md'), 'before');
  });

  test('that is not there fails with its path, and nothing is taken for deleted', async () => {
    await using folder = await makeFolder({ 'a.md': 'one' });
    await using bench = await openSyncBench();
    await bench.sync(folder.settings);
    await rm(join(folder.path), { recursive: true });
    const { outcome, why } = await bench.sync(folder.settings);
    await mkdir(folder.path);
    assert.equal(outcome, 'failed');
    assert.equal(why, `The folder ${folder.path} can't be read: check the path and its permissions.`);
    assert.deepEqual(await bench.ids(), ['handbook:a.md']);
  });

  test('whose audience was changed is read anew, though no file has changed', async () => {
    await using folder = await makeFolder({ 'a.md': 'one' });
    await using bench = await openSyncBench();
    await bench.sync(folder.settings);
    assert.equal((await bench.sync(folder.settings)).changed, 0);
    assert.equal((await bench.sync({ ...folder.settings, audience: 'public' })).changed, 1);
  });
});
