import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { type CommandBench, startCommandBench } from '../support/command-bench.ts';
import { startProgram } from '../support/process.ts';

/** Runs a part over these lines, without a single setting. */
async function probe(bench: CommandBench, part: string, lines: readonly unknown[], options: readonly string[] = []) {
  writeFileSync(join(bench.folder, 'input.jsonl'), lines.map((line) => JSON.stringify(line)).join('\n'));
  const none = Object.fromEntries(Object.keys(bench.environment).map((name) => [name, '']));
  return await bench.run(['probe', part, ...options, 'input.jsonl'], none);
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

  test('note-html keeps the links to the hosts that are given, and no others', async () => {
    await using bench = await startCommandBench();
    const lines = [{ id: 1, text: '[a](https://help.team.example/a) [b](https://evil.example/?q=1)' }];

    const without = await probe(bench, 'note-html', lines);
    const { code, output } = await probe(bench, 'note-html', lines, ['--hosts', 'shop.example, team.example']);

    assert.equal(code, 0, output);
    assert.deepEqual(parsed(without.output), [{ id: 1, html: '<p>a (help.team.example) b (evil.example)</p>' }]);
    const kept = '<a href="https://help.team.example/a">a</a>';
    assert.deepEqual(parsed(output), [{ id: 1, html: `<p>${kept} b (evil.example)</p>` }]);
  });

  test('language names the likeliest language of each text', async () => {
    await using bench = await startCommandBench();

    const { code, output } = await probe(bench, 'language', [
      { id: 1, text: 'Wo bleibt denn meine Bestellung?' },
      { id: 2, text: 'ありがとう' },
      { id: 3, text: '42' },
    ]);

    assert.equal(code, 0, output);
    assert.deepEqual(parsed(output), [
      { id: 1, lang: 'de' },
      { id: 2, lang: 'ja' },
      { id: 3, lang: null },
    ]);
  });

  test('search ranks the documents of a corpus, whatever they are written in', async () => {
    await using bench = await startCommandBench();
    const corpus = [
      { id: 'refund', title: 'Refunds', body_md: 'Money comes back in five days.', locale: 'en-US' },
      { id: 2, title: 'Delivery', body_html: '<p>A parcel takes two days.</p>', url: 'https://help.example/2' },
      { id: 'konto', text: 'Die Rechnungen stehen in Ihrem Konto, sobald die Bestellung bezahlt ist.' },
    ];
    writeFileSync(join(bench.folder, 'corpus.jsonl'), corpus.map((line) => JSON.stringify(line)).join('\n'));

    const { code, output } = await probe(
      bench,
      'search',
      [
        { id: 'a', title: 'refunding', text: 'When?' },
        { id: 'b', text: 'Where are my parcels?', locale: 'en' },
        { id: 'c', text: 'Wo finde ich denn meine Rechnung zu dieser Bestellung?' },
        { id: 'd', text: 'xylophone' },
      ],
      ['--corpus', 'corpus.jsonl'],
    );

    assert.equal(code, 0, output);
    const Answer = z.object({ id: z.string(), hits: z.array(z.object({ document: z.string(), score: z.number() })) });
    const best = z.array(Answer).parse(parsed(output));
    assert.deepEqual(
      best.map(({ id, hits }) => [id, hits[0]?.document]),
      [
        ['a', 'refund'],
        ['b', '2'],
        ['c', 'konto'],
        ['d', undefined],
      ],
    );
  });

  test('search asks for its corpus, and names the line of it that is wrong', async () => {
    await using bench = await startCommandBench();
    const without = await probe(bench, 'search', [{ id: 1, text: 'hello' }]);
    assert.equal(without.code, 2);
    assert.match(without.output, /Give the documents to search in: --corpus FILE\./);

    writeFileSync(join(bench.folder, 'corpus.jsonl'), '{"id":1,"text":"good"}\n{"id":2}\n');
    const broken = await probe(bench, 'search', [{ id: 1, text: 'hello' }], ['--corpus', 'corpus.jsonl']);
    assert.equal(broken.code, 2);
    assert.match(broken.output, /Line 2 of the corpus is no document: "the line" is wrong: .+\.\n/);
  });

  test('passes over empty lines and names the line that is wrong', async () => {
    await using bench = await startCommandBench();
    writeFileSync(join(bench.folder, 'input.jsonl'), '\n{"id":1,"text":"good"}\n\n{"id":2}\n');

    const { code, output } = await bench.run(['probe', 'note-html', 'input.jsonl']);

    assert.equal(code, 2);
    assert.match(output, /^\{"id":1,"html":"<p>good<\/p>"\}\n/);
    assert.match(output, /^Line 4 can't be probed: "text" is wrong: .+\.\n/m);
  });

  test('does not repeat what a line holds that is no JSON', async () => {
    await using bench = await startCommandBench();
    writeFileSync(join(bench.folder, 'input.jsonl'), 'Dear team\n');

    const { code, output } = await bench.run(['probe', 'note-html', 'input.jsonl']);

    assert.equal(code, 2);
    assert.match(output, /^Line 1 can't be probed: it is not JSON\.\n/);
    assert.doesNotMatch(output, /Dear/);
  });

  test('ends without a word when nobody reads its output any more', async () => {
    await using bench = await startCommandBench();
    writeFileSync(join(bench.folder, 'input.jsonl'), '{"id":1,"text":"good"}\n'.repeat(20_000));
    const sidenote = `"${process.execPath}" "${join(import.meta.dirname, '../../bin/sidenote.js')}"`;
    await using piped = startProgram(
      ['sh', '-c', `${sidenote} probe note-html input.jsonl | head -n 1`],
      {},
      bench.folder,
    );

    await piped.exited;

    assert.equal(piped.output(), '{"id":1,"html":"<p>good</p>"}\n');
  });
});
