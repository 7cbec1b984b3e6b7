import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startJsonServer } from '../../test/support/json-server.ts';
import type { ModelCall } from './model.ts';
import { createRerankModel } from './rerank-client.ts';

const call: ModelCall = { signal: new AbortController().signal, lane: 'draft' };

describe('scores of a reranker', () => {
  test('come in the order of the texts from vLLM and llama.cpp, which sort them', async () => {
    const results = [
      { index: 1, document: { text: 'b' }, relevance_score: 0.9 },
      { index: 0, document: { text: 'a' }, relevance_score: -2 },
    ];
    await using bench = await startJsonServer((path) =>
      path === '/v1/rerank' ? { body: { results } } : { status: 404, body: {} },
    );
    assert.deepEqual(await createRerankModel('r', bench.server).rerank('q', ['a', 'b'], call), [-2, 0.9]);
    assert.deepEqual(JSON.parse(bench.loopback.requests[0]?.body ?? ''), {
      model: 'r',
      query: 'q',
      documents: ['a', 'b'],
    });
  });

  test('come from Text Embeddings Inference, whose address is found once', async () => {
    const scores = [
      { index: 1, score: 0.2 },
      { index: 0, score: 0.1 },
    ];
    await using bench = await startJsonServer((path) =>
      path === '/rerank' ? { body: scores } : { status: 404, body: {} },
    );
    const model = createRerankModel('r', bench.server);
    await model.rerank('q', ['a', 'b'], call);
    assert.deepEqual(await model.rerank('q', ['a', 'b'], call), [0.1, 0.2]);
    assert.deepEqual(
      bench.loopback.requests.map(({ path }) => path),
      ['/v1/rerank', '/rerank', '/rerank'],
    );
  });

  test('that are missing are an error', async () => {
    await using bench = await startJsonServer(() => ({ body: { results: [{ index: 0, relevance_score: 1 }] } }));
    const model = createRerankModel('r', bench.server);
    await assert.rejects(model.rerank('q', ['a', 'b'], call), { kind: 'broken-answer', message: /is a reranker/ });
  });

  test('from a server that has none end in its own first words', async () => {
    await using bench = await startJsonServer((path) => ({ status: 404, body: { error: `nothing at ${path}` } }));
    const model = createRerankModel('r', bench.server);
    await assert.rejects(model.rerank('q', ['a'], call), { kind: 'config', message: /nothing at \/v1\/rerank/ });
  });

  test('of no texts need no call', async () => {
    await using bench = await startJsonServer(() => undefined);
    assert.deepEqual(await createRerankModel('r', bench.server).rerank('q', [], call), []);
  });
});
