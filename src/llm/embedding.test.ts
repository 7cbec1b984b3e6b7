import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { embeddingStyle } from './embedding.ts';

describe('the style of an embedding model', () => {
  const table: readonly (readonly [string, string, string, string])[] = [
    ['BAAI/bge-m3', 'plain', 'pump', 'Pumps\nIt leaks.'],
    ['nomic-embed-text:v1.5', 'nomic', 'search_query: pump', 'search_document: Pumps\nIt leaks.'],
    ['embeddinggemma', 'embedding-gemma', 'task: search result | query: pump', 'title: Pumps | text: It leaks.'],
    ['intfloat/multilingual-e5-large', 'e5', 'query: pump', 'passage: Pumps\nIt leaks.'],
  ];
  for (const [model, name, query, document] of table) {
    test(`${model} wants its texts in the style "${name}"`, () => {
      const style = embeddingStyle(model);
      assert.deepEqual(
        [style.name, style.query('pump'), style.document('It leaks.', 'Pumps')],
        [name, query, document],
      );
    });
  }

  test('Qwen’s model is given an instruction with the query alone', () => {
    const style = embeddingStyle('Qwen/Qwen3-Embedding-0.6B');
    assert.match(style.query('pump'), /^Instruct: .+\nQuery:pump$/);
    assert.equal(style.document('It leaks.', undefined), 'It leaks.');
  });

  test('a document without a title is said to have none where the model wants one', () => {
    assert.equal(
      embeddingStyle('embedding-gemma-300m').document('It leaks.', undefined),
      'title: none | text: It leaks.',
    );
  });
});
