import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { defaultPolicyFile, type PolicyFile, readPolicyFile } from './policy-file.ts';
import { PolicyWatch } from './watch.ts';

type Watched = AsyncDisposable & {
  readonly folder: string;
  readonly path: string;
  readonly watch: PolicyWatch;
  /** `mode` for a reload, the first problem for a refusal. */
  readonly heard: readonly string[];
  /** Two looks, which is what a change needs. */
  settle(): Promise<void>;
};

/** `text` is in the file at the start; undefined: there is none. */
async function watchFile(
  text: string | undefined,
  complete: (file: PolicyFile) => PolicyFile = (file) => file,
): Promise<Watched> {
  const folder = await mkdtemp(join(tmpdir(), 'sidenote-watch-'));
  const path = join(folder, 'sidenote.yaml');
  if (text !== undefined) await writeFile(path, text);
  const first = readPolicyFile(path);
  const heard: string[] = [];
  const watch = new PolicyWatch(path, complete(first.ok ? first.value : defaultPolicyFile), {
    complete,
    onReloaded: ({ policy }) => void heard.push(policy.mode),
    onRefused: ([problem = '']) => void heard.push(problem.replace(folder, '')),
  });
  const settle = async (): Promise<void> => {
    await watch.look();
    await watch.look();
  };
  await settle();
  return {
    folder,
    path,
    watch,
    heard,
    settle,
    [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true }),
  };
}

describe('a watched sidenote.yaml', () => {
  test('that nobody changes says nothing', async () => {
    await using w = await watchFile('mode: shadow\n');
    await w.settle();
    assert.deepEqual(w.heard, []);
    assert.equal(w.watch.current.policy.mode, 'shadow');
  });

  test('is completed at each reading, and a completed one that nobody changes says nothing', async () => {
    await using w = await watchFile('mode: shadow\n', (file) => ({ ...file, sweep: { ...file.sweep, hours: 7 } }));
    assert.deepEqual(w.heard, []);
    await writeFile(w.path, 'mode: off\n');
    await w.settle();
    assert.deepEqual([w.watch.current.policy.mode, w.watch.current.sweep.hours], ['off', 7]);
  });

  test('that is written anew holds with the second look that sees it', async () => {
    await using w = await watchFile('mode: shadow\n');
    await writeFile(w.path, 'mode: off\n');
    await w.watch.look();
    assert.equal(w.watch.current.policy.mode, 'shadow');
    await w.watch.look();
    assert.equal(w.watch.current.policy.mode, 'off');
    assert.deepEqual(w.heard, ['off']);
  });

  test('that is seen half written is not taken', async () => {
    await using w = await watchFile('mode: off\n');
    await writeFile(w.path, '');
    await w.watch.look();
    await writeFile(w.path, 'mode: off\ninstructions: Be brief.\n');
    await w.settle();
    assert.deepEqual(w.heard, ['off']);
    assert.equal(w.watch.current.policy.instructions, 'Be brief.');
  });

  test('that an editor replaces by renaming another over it is taken', async () => {
    await using w = await watchFile('mode: shadow\n');
    await writeFile(join(w.folder, 'new'), 'mode: reply\n');
    await rename(join(w.folder, 'new'), w.path);
    await w.settle();
    assert.deepEqual(w.heard, ['reply']);
  });

  test('behind a symbolic link that is swapped, as a mounted ConfigMap is, is taken', async () => {
    await using w = await watchFile(undefined);
    for (const [version, mode] of [
      ['..1', 'off'],
      ['..2', 'reply'],
    ] as const) {
      await mkdir(join(w.folder, version));
      await writeFile(join(w.folder, version, 'sidenote.yaml'), `mode: ${mode}\n`);
    }
    await symlink('..1', join(w.folder, '..data'));
    await symlink(join('..data', 'sidenote.yaml'), w.path);
    await w.settle();
    await symlink('..2', join(w.folder, 'next'));
    await rename(join(w.folder, 'next'), join(w.folder, '..data'));
    await w.settle();
    assert.deepEqual(w.heard, ['off', 'reply']);
  });

  test('that becomes wrong keeps what was read before, says why once, and says when it is right again', async () => {
    await using w = await watchFile('mode: off\n');
    await writeFile(w.path, 'mode: loud\n');
    await w.settle();
    await w.settle();
    assert.equal(w.heard.length, 1);
    assert.match(w.heard[0] ?? '', /^\/sidenote\.yaml:1:7 "mode" is wrong: /);
    assert.equal(w.watch.problems.length, 1);
    assert.equal(w.watch.current.policy.mode, 'off');
    await writeFile(w.path, 'mode: off\n');
    await w.settle();
    assert.deepEqual([w.heard.length, w.heard[1], w.watch.problems], [2, 'off', []]);
  });

  test('that is taken away keeps what was read before, and says so', async () => {
    await using w = await watchFile('mode: off\n');
    await rm(w.path);
    await w.settle();
    assert.deepEqual(w.heard, ['/sidenote.yaml is gone: put it back, or start Sidenote anew to go on without it.']);
    assert.equal(w.watch.current.policy.mode, 'off');
  });

  test('that was not there at the start may come later', async () => {
    await using w = await watchFile(undefined);
    await w.settle();
    assert.deepEqual([w.heard, w.watch.problems], [[], []]);
    await writeFile(w.path, 'mode: shadow\n');
    await w.settle();
    assert.deepEqual(w.heard, ['shadow']);
  });

  test('whose place is a folder can’t be read, and says so', async () => {
    await using w = await watchFile('mode: off\n');
    await rm(w.path);
    await mkdir(w.path);
    await w.settle();
    assert.match(w.heard[0] ?? '', /can’t be read/);
  });

  test('in which only a comment changes says nothing', async () => {
    await using w = await watchFile('mode: off\n');
    await writeFile(w.path, '# For the holidays.\nmode: off\n');
    await w.settle();
    assert.deepEqual(w.heard, []);
  });
});
