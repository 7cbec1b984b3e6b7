import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { docx, pdf } from '../../test/support/office-files.ts';
import { FileReader } from './file-reader.ts';

const never = new AbortController().signal;

type Files = Readonly<Record<string, string | Buffer>>;

/** A folder with these files; gives the path of each by its name. */
async function makeFiles(files: Files): Promise<AsyncDisposable & { readonly path: (name: string) => string }> {
  const folder = await mkdtemp(join(tmpdir(), 'sidenote-files-'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return {
    path: (name) => join(folder, name),
    [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true }),
  };
}

/** The code of a process that runs `code` for the file bad.pdf and reads every other. */
const codeThat = (code: string): Files => ({
  'code.mjs': `process.on('message', (path) => {
    if (path === 'bad.pdf') { ${code} }
    else process.send({ title: path, markdown: 'read' });
  });`,
});

/** Counts the processes that are started while `work` is done. */
async function processesDuring(work: () => Promise<void>): Promise<number> {
  let count = 0;
  const onStarted = (): void => void (count += 1);
  subscribe('child_process', onStarted);
  try {
    await work();
  } finally {
    unsubscribe('child_process', onStarted);
  }
  return count;
}

describe('reading files', () => {
  test('PDF, Word and long text are read by one other process, a short text by none', async () => {
    const long = 'A long line of text. '.repeat(20_000);
    await using files = await makeFiles({
      'a.pdf': pdf('Noon.'),
      'b.docx': docx('Travel', 'Trains.'),
      'c.txt': long,
      'd.md': '# Hours',
    });
    await using reader = new FileReader({ signal: never });
    const forShort = await processesDuring(async () => {
      assert.equal((await reader.read(files.path('d.md'))).title, 'Hours');
    });
    assert.equal(forShort, 0);
    const forOthers = await processesDuring(async () => {
      assert.equal((await reader.read(files.path('a.pdf'))).markdown, '## Page 1\n\nNoon.');
      assert.equal((await reader.read(files.path('b.docx'))).title, 'Travel');
      assert.deepEqual(await reader.read(files.path('c.txt')), { title: 'c', markdown: long.trimEnd() });
    });
    assert.equal(forOthers, 1);
  });

  test('a file whose reading never ends holds nobody up: it is given up', async () => {
    await using files = await makeFiles(codeThat('for (;;) {}'));
    const code = pathToFileURL(files.path('code.mjs'));
    await using endless = new FileReader({ signal: never, code, timeoutMs: 1 });
    await assert.rejects(endless.read('bad.pdf'), {
      name: 'UnreadableFile',
      message: 'Reading it took longer than 1 seconds: split it.',
    });
  });

  for (const [how, code] of [
    ['throws', `throw new Error('broken')`],
    ['exits', 'process.exit(3)'],
    ['runs out of memory', `const all = []; for (;;) all.push('x'.repeat(1000).split(''))`],
  ] as const) {
    test(`a file whose reading ${how} is told with a sentence, and the next one is read`, async () => {
      await using files = await makeFiles(codeThat(code));
      await using reader = new FileReader({ signal: never, code: pathToFileURL(files.path('code.mjs')) });
      await assert.rejects(reader.read('bad.pdf'), { name: 'UnreadableFile', message: /^Reading it broke off, / });
      assert.equal((await reader.read('next.pdf')).markdown, 'read');
    });
  }

  test('a stop ends the reading with its own reason', async () => {
    await using files = await makeFiles(codeThat('for (;;) {}'));
    const stop = new AbortController();
    await using reader = new FileReader({ signal: stop.signal, code: pathToFileURL(files.path('code.mjs')) });
    const reading = reader.read('bad.pdf');
    stop.abort(new Error('stopped'));
    await assert.rejects(reading, { message: 'stopped' });
    await assert.rejects(reader.read('next.pdf'), { message: 'stopped' });
  });

  test('the other process knows no secret', async () => {
    await using files = await makeFiles(
      codeThat('process.send({ title: "env", markdown: JSON.stringify(process.env) })'),
    );
    await using reader = new FileReader({ signal: never, code: pathToFileURL(files.path('code.mjs')) });
    const seen: unknown = JSON.parse((await reader.read('bad.pdf')).markdown);
    const names = typeof seen === 'object' && seen !== null ? Object.keys(seen) : [];
    assert.deepEqual(
      names.filter((name) => !name.startsWith('NODE_')),
      [],
    );
  });
});
