import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
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
