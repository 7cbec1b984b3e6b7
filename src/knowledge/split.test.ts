import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import type { KnowledgeDocument } from '../domain/passage.ts';
import { splitDocument } from './split.ts';

const documentOf = (markdown: string, url?: string): KnowledgeDocument => ({
  id: 'help:1',
  kind: 'article',
  sourceName: 'help',
  title: 'Kayaks',
  url,
  locale: 'en',
  audience: 'public',
  markdown,
  updatedAt: undefined,
});

describe('splitDocument', () => {
  test('cuts along headings and keeps the path to each', () => {
    const passages = splitDocument(
      documentOf('Intro\n\n## Care\n\nDry it.\n\n### Winter\n\nStore it.\n\n## Sale\n\nNo.'),
      'en',
    );

    assert.deepEqual(
      passages.map(({ headingPath, text }) => [headingPath, text]),
      [
        [[], 'Intro'],
        [['Care'], 'Dry it.'],
        [['Care', 'Winter'], 'Store it.'],
        [['Sale'], 'No.'],
      ],
    );
  });

  test('leads to the exact section where the heading names its anchor', () => {
    const [whole, section] = splitDocument(
      documentOf('Intro\n\n## Care {#h_1}\n\nDry it.', 'https://a.example/1'),
      'en',
    );

    assert.equal(whole?.url, 'https://a.example/1');
    assert.equal(section?.url, 'https://a.example/1#h_1');
    assert.deepEqual(section.headingPath, ['Care']);
  });

  test('leads to the section above where a heading has no anchor of its own', () => {
    const [passage] = splitDocument(
      documentOf('## Care {#h_1}\n\n### Winter\n\nStore it.', 'https://a.example/1#top'),
      'en',
    );
    assert.equal(passage?.url, 'https://a.example/1#h_1');
  });

  test('does not say the title twice', () => {
    const paths = splitDocument(documentOf('# Kayaks\n\nAll.\n\n## Care\n\nDry.'), 'en').map(
      ({ headingPath }) => headingPath,
    );
    assert.deepEqual(paths, [[], ['Care']]);
  });

  test('cuts a long section between its paragraphs, lists and tables, and loses no word', () => {
    const blocks = Array.from({ length: 12 }, (_, number) => `${`Step${number} `.repeat(60)}\n- one\n- two`);
    const passages = splitDocument(documentOf(`## Care\n\n${blocks.join('\n\n')}`), 'en');

    assert.ok(passages.length > 1 && passages.every(({ text }) => text.length <= 2400));
    assert.equal(passages.map(({ text }) => text).join('\n\n'), blocks.join('\n\n'));
    assert.ok(passages.every(({ headingPath }) => headingPath[0] === 'Care'));
  });

  test('gives each piece of a long table the table’s head', () => {
    const rows = Array.from({ length: 200 }, (_, number) => `| part ${number} | EUR ${number}.00 |`);
    const passages = splitDocument(documentOf(['| Part | Price |', '| --- | --- |', ...rows].join('\n')), 'en');

    assert.ok(passages.length > 1);
    assert.ok(passages.every(({ text }) => text.startsWith('| Part | Price |\n| --- | --- |\n| part ')));
    assert.equal(passages.flatMap(({ text }) => text.split('\n').slice(2)).length, rows.length);
  });

  test('takes any text, keeps every word and no passage is too long', () => {
    const piece = fc.constantFrom(
      '# A',
      '## B',
      '```',
      'word',
      'x'.repeat(900),
      '- item',
      '| a | b |',
      '',
      'end. Next',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (lines) => {
        const passages = splitDocument(documentOf(lines.join('\n')), undefined);
        assert.ok(passages.every(({ text }) => text.length <= 2400 && text.trim() !== ''));
        assert.equal(new Set(passages.map(({ id }) => id)).size, passages.length);
        const words = passages.flatMap(({ text }) => text.match(/word|item|Next/g) ?? []).length;
        assert.equal(words, lines.filter((line) => /word|item|Next/.test(line)).length);
      }),
    );
  });

  test('takes no heading out of code, and keeps code whole', () => {
    const code = '```sh\n# not a heading\n\nrun\n```';
    assert.deepEqual(
      splitDocument(documentOf(code), undefined).map(({ text }) => text),
      [code],
    );
  });

  test('keeps the ids of sections that did not change, and gives each passage its own', () => {
    const before = splitDocument(documentOf('## A\n\nSame.\n\n## B\n\nOld.\n\n## A\n\nSame.'), 'en');
    const after = splitDocument(documentOf('## New\n\nNew.\n\n## A\n\nSame.\n\n## B\n\nNew.\n\n## A\n\nSame.'), 'en');

    assert.equal(new Set(before.map(({ id }) => id)).size, 3);
    assert.equal(after[1]?.id, before[0]?.id);
    assert.equal(after[3]?.id, before[2]?.id);
    assert.notEqual(after[2]?.id, before[1]?.id);
  });

  test('a document without words has no passages', () => {
    assert.deepEqual(splitDocument(documentOf('## Empty\n\n'), 'en'), []);
  });
});
