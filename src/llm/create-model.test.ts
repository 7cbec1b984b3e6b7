import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ask, errorOf, roomy } from '../../test/support/model-adapter.ts';
import { answerJson, startLoopback } from '../../test/support/loopback.ts';
import { createOutbound } from '../lib/outbound.ts';
import { createLanguageModel } from './create-model.ts';

/** A server whose page under /api/version says this, and which knows nothing else. */
async function start(version: { readonly status: number; readonly body: unknown } | undefined) {
  let answered = version;
  const loopback = await startLoopback((response, { path }) => {
    if (path !== '/api/version') return answerJson(response, { error: `nothing at ${path}` }, 404);
    if (answered === undefined) return response.destroy();
    answerJson(response, answered.body, answered.status);
  });
  const dispatcher = createOutbound({
    allowedOrigins: new Set([loopback.url.origin]),
    connectionsPerOriginMax: 4,
    onRefused: () => undefined,
  });
  const model = createLanguageModel('auto', {
    baseUrl: new URL('/v1', loopback.url),
    apiKey: undefined,
    model: 'qwen',
    timeouts: roomy,
    dispatcher,
    concurrencyMax: 2,
    now: () => 0,
  });
  return {
    model,
    become: (other: typeof version) => void (answered = other),
    paths: () => loopback.requests.map(({ path }) => path),
    async [Symbol.asyncDispose]() {
      await dispatcher.destroy();
      await loopback[Symbol.asyncDispose]();
    },
  };
}

describe('LLM_KIND=auto', () => {
  const ollama = { status: 200, body: { version: '0.33.0' } };
  const table: readonly (readonly [string, { readonly status: number; readonly body: unknown }, string])[] = [
    ['Ollama', ollama, '/api/ps'],
    ['vLLM, which knows no such page', { status: 404, body: { detail: 'Not Found' } }, '/v1/chat/completions'],
    ['LM Studio, which answers 200 to everything', { status: 200, body: { error: 'no' } }, '/v1/chat/completions'],
    ['a proxy that wants a key', { status: 401, body: { version: 'x' } }, '/v1/chat/completions'],
  ];
  for (const [name, version, path] of table) {
    test(`speaks to ${name} by ${path}, and asks once`, async () => {
      await using bench = await start(version);
      await errorOf(bench.model);
      await errorOf(bench.model);
      assert.deepEqual(bench.paths(), ['/api/version', path, path]);
    });
  }

  test('asks again as long as nobody answers', async () => {
    await using bench = await start(undefined);
    await errorOf(bench.model);
    bench.become(ollama);
    await errorOf(bench.model);
    assert.equal(bench.paths().at(-1), '/api/ps');
  });

  test('does not ask for a call that nobody wants any more', async () => {
    await using bench = await start(ollama);
    await assert.rejects(ask(bench.model, 'draft', AbortSignal.abort()), { kind: 'cancelled' });
    assert.deepEqual(bench.paths(), []);
  });
});
