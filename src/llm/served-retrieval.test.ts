import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answerJson, startLoopback } from '../../test/support/loopback.ts';
import { createOutbound } from '../lib/outbound.ts';
import { createServedEmbeddings, createServedReranker } from './create-model.ts';
import type { ModelKind } from './create-model.ts';
import { createLimiter } from './limiter.ts';
import type { ModelCall } from './model.ts';

const call: ModelCall = { signal: new AbortController().signal, lane: 'background' };

/** A server that embeds in both ways and reranks; only an Ollama says its version. */
async function start(isOllama: boolean) {
  const loopback = await startLoopback((response, { path }) => {
    const pages: Readonly<Record<string, unknown>> = {
      '/v1/embeddings': { data: [{ index: 0, embedding: [1, 0] }] },
      '/api/embed': { embeddings: [[0, 1]] },
      '/v1/rerank': { results: [{ index: 0, relevance_score: 0.5 }] },
      ...(isOllama ? { '/api/version': { version: '0.33.0' } } : {}),
    };
    answerJson(response, pages[path] ?? { error: 'no' }, path in pages ? 200 : 404);
  });
  const dispatcher = createOutbound({
    allowedOrigins: new Set([loopback.url.origin]),
    connectionsPerOriginMax: 4,
    onRefused: () => undefined,
  });
  const limiter = createLimiter(2, () => 0);
  return {
    options: (path: string) => ({
      baseUrl: new URL(path, loopback.url),
      apiKey: undefined,
      dispatcher,
      limiter,
      timeoutMs: 20_000,
      now: () => 0,
      model: 'bge-m3',
    }),
    paths: () => loopback.requests.map(({ path }) => path),
    async [Symbol.asyncDispose]() {
      await dispatcher.destroy();
      await loopback[Symbol.asyncDispose]();
    },
  };
}

describe('embeddings by the configured server', () => {
  const table: readonly (readonly [ModelKind, boolean, readonly string[]])[] = [
    ['openai', true, ['/v1/embeddings', '/v1/embeddings']],
    ['ollama', true, ['/api/embed', '/api/embed']],
    ['auto', true, ['/api/version', '/api/embed', '/api/embed']],
    ['auto', false, ['/api/version', '/v1/embeddings', '/v1/embeddings']],
  ];
  for (const [kind, isOllama, paths] of table) {
    for (const address of ['/', '/v1']) {
      test(`of kind ${kind} at ${address}, which is ${isOllama ? 'Ollama' : 'another one'}: ${paths.join(', ')}`, async () => {
        await using server = await start(isOllama);
        const model = createServedEmbeddings(kind, server.options(address));
        await model.embed(['a'], call);
        const [vector] = await model.embed(['a'], call);
        assert.equal(vector?.length, 2);
        assert.equal(model.name, 'bge-m3');
        assert.deepEqual(server.paths(), paths);
      });
    }
  }
});

test('a reranker is found below /v1, whether or not the address says so', async () => {
  await using server = await start(false);
  for (const address of ['/', '/v1']) {
    assert.deepEqual(await createServedReranker(server.options(address)).rerank('q', ['a'], call), [0.5]);
  }
  assert.deepEqual(server.paths(), ['/v1/rerank', '/v1/rerank']);
});

test('an address that cannot work is refused at once', async () => {
  await using server = await start(false);
  const options = { ...server.options('/'), baseUrl: new URL('ftp://gpu') };
  assert.throws(() => createServedEmbeddings('auto', options), { kind: 'config' });
  assert.throws(() => createServedReranker(options), { kind: 'config' });
});
