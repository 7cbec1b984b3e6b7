import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type CommandBench, startCommandBench } from '../support/command-bench.ts';

/** Runs a part over these lines, without a single setting. */
async function probe(bench: CommandBench, part: string, lines: readonly unknown[]) {
  writeFileSync(join(bench.folder, 'input.jsonl'), lines.map((line) => JSON.stringify(line)).join('\n'));
  const none = Object.fromEntries(Object.keys(bench.environment).map((name) => [name, '']));
  return await bench.run(['probe', part, 'input.jsonl'], none);
}

const parsed = (output: string): readonly unknown[] =>
  output
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));

describe('probe', () => {
  test('message-text gives the words of messages, each with its id, in order', async () => {
    await using bench = await startCommandBench();

    const { code, output } = await probe(bench, 'message-text', [
      { id: 'a', html: '<p>Hello <b>there</b>,</p><ul><li>one</li></ul>' },
      { id: 2, text: 'Thanks!\n\nOn Mon, Ada wrote:\n> quoted', email: true },
      { id: 'c', html: '<p>Hi</p><blockquote type="cite">quoted</blockquote>', email: true },
      { id: 'd', html: '', other: 'field' },
    ]);

    assert.equal(code, 0, output);
    assert.deepEqual(parsed(output), [
      { id: 'a', text: 'Hello there,\n\n- one' },
      { id: 2, text: 'Thanks!' },
      { id: 'c', text: 'Hi' },
      { id: 'd', text: '' },
    ]);
  });

  test('note-html gives the safe HTML of answers', async () => {
    await using bench = await startCommandBench();

    const { code, output } = await probe(bench, 'note-html', [
      { id: 1, text: 'It comes **tomorrow**. [S1]' },
      { id: 2, text: '<script>alert(1)</script>' },
    ]);

    assert.equal(code, 0, output);
    assert.deepEqual(parsed(output), [
      { id: 1, html: '<p>It comes <b>tomorrow</b>. [S1]</p>' },
      { id: 2, html: '<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>' },
    ]);
  });

  test('passes over empty lines and names the line that is wrong', async () => {
    await using bench = await startCommandBench();
    writeFileSync(join(bench.folder, 'input.jsonl'), '\n{"id":1,"text":"good"}\n\n{"id":2}\n');

    const { code, output } = await bench.run(['probe', 'note-html', 'input.jsonl']);

    assert.equal(code, 2);
    assert.match(output, /^\{"id":1,"html":"<p>good<\/p>"\}\n/);
    assert.match(output, /Line 4 can't be probed: /);
  });
});
