import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createOutbound } from '../../lib/outbound.ts';
import { ask, roomy } from '../../../test/support/model-adapter.ts';
import { answer, done, type Reply } from '../../../test/support/model-dialects.ts';
import { chatEvent, type EventParts } from '../../../test/support/model-wire.ts';
import { probeAnswer } from '../../../test/support/probe-answers.ts';
import { startModelServer } from '../../../test/support/model-server.ts';
import type { ModelServer as TestServer, ModelServerOptions } from '../../../test/support/model-server.ts';
import { describeFacts } from './facts.ts';
import { createServer } from './server.ts';
import type { ModelServer, ServerEvent } from './server.ts';
import type { ServerSettings } from './settings.ts';

const { signal } = new AbortController();

type Bench = AsyncDisposable & {
  readonly testServer: TestServer;
  readonly server: ModelServer;
  readonly events: ServerEvent[];
  advance(ms: number): void;
};

async function startBench(options: ModelServerOptions = {}, changes: Partial<ServerSettings> = {}): Promise<Bench> {
  const testServer = await startModelServer(options);
  const dispatcher = createOutbound({
    allowedOrigins: new Set([testServer.url.origin]),
    connectionsPerOriginMax: 20,
    onRefused: () => undefined,
  });
  const events: ServerEvent[] = [];
  let time = 1_000_000;
  const settings: ServerSettings = {
    baseUrl: new URL('/v1', testServer.url),
    model: undefined,
    kind: 'auto',
    callsMax: 4,
    roles: new Set(['draft', 'decide']),
    isDraining: false,
    keyFrom: 'LLM_API_KEY',
    ...changes,
  };
  const server = createServer(settings, {
    dispatcher,
    apiKey: undefined,
    timeouts: roomy,
    now: () => time,
    monotonicNow: () => 0,
    random: () => 0,
    onNotice: () => undefined,
    onEvent: (event) => events.push(event),
  });
  const stop = async (): Promise<void> => {
    await testServer.close();
    await dispatcher.destroy();
  };
  return { testServer, server, events, advance: (ms) => void (time += ms), [Symbol.asyncDispose]: stop };
}

const says = async ({ server }: Bench): Promise<string> =>
  describeFacts(server.name, await server.probe(signal)).join('\n');

describe('a probe', () => {
  test('tells vLLM by its version, its window by the list of models, and that it counts tokens', async () => {
    const pages = {
      '/version': () => ({ version: '0.29.1' }),
      '/tokenize': () => ({ count: 9, max_model_len: 32_768 }),
    };
    await using bench = await startBench({ pages });
    const facts = await bench.server.probe(signal);
    assert.equal(facts.family, 'vllm');
    assert.equal(facts.version, '0.29.1');
    assert.equal(facts.windowTokens, 32_768);
    assert.equal(facts.countsTokens, true);
    assert.equal(facts.obeysSchema, true);
    assert.equal(facts.isThinkingOff, true);
    assert.deepEqual(facts.findings, []);
    assert.equal(await bench.server.countTokens([{ role: 'user', content: 'Hello' }], signal), 9);
  });

  test('tells llama.cpp by its properties, and counts by its own page', async () => {
    const pages = {
      '/props': () => ({ default_generation_settings: { n_ctx: 8192 }, build_info: 'b11429' }),
      '/v1/chat/completions/input_tokens': () => ({ input_tokens: 11 }),
    };
    await using bench = await startBench({ dialect: 'llama.cpp', pages });
    const facts = await bench.server.probe(signal);
    assert.deepEqual([facts.family, facts.version, facts.countsTokens], ['llama.cpp', 'b11429', true]);
  });

  const families = [
    ['sglang', { '/get_model_info': () => ({ model_path: 'm' }) }],
    ['lm-studio', { '/api/v1/models': () => ({ models: [{ key: 'm' }] }) }],
    ['litellm', { '/health/liveliness': () => '"I\'m alive!"' }],
  ] as const;
  for (const [family, pages] of families) {
    test(`tells ${family} by a page that only it has`, async () => {
      await using bench = await startBench({ pages });
      assert.equal((await bench.server.probe(signal)).family, family);
    });
  }

  test('tells Ollama by its version, and its window by what is loaded', async () => {
    await using bench = await startBench({ dialect: 'ollama' });
    const { family, windowTokens, model } = await bench.server.probe(signal);
    assert.deepEqual([family, windowTokens, model], ['ollama', 16_384, 'test-model']);
  });

  test('finds a model that thinks although it is told not to', async () => {
    const thinks = answer('ready', { usage: { prompt_tokens: 12, completion_tokens: 300 } });
    await using bench = await startBench({ probe: () => thinks });
    assert.match(await says(bench), /problem: the model thinks before it answers .*--reasoning-parser/);
  });

  test('finds a server that does not hold a model to a schema', async () => {
    await using bench = await startBench({ probe: () => 'yes' });
    assert.match(await says(bench), /JSON schema obeyed: no;.*\nremark: it does not hold the model to a JSON schema/);
  });

  test('finds out whether a server tells how likely its words are', async () => {
    const chosen = (others: Readonly<Record<string, number>>): EventParts => ({
      content: 'gamboge',
      chances: [{ token: 'gamboge', logprob: -0.1, others }],
    });
    const parts: readonly EventParts[] = [
      { content: '{"colour":"', chances: [{ token: '{"colour":"', logprob: 0, others: {} }] },
      chosen({ heliotrope: -2.4 }),
      { content: '"}', chances: [{ token: '"}', logprob: 0, others: {} }] },
      { finish: 'stop' },
    ];
    const steps = [...parts.map((one) => ({ event: chatEvent('vllm', one, 'test-model') })), done];
    const tells = (body: unknown): Reply | undefined =>
      JSON.stringify(body).includes('Is snow white') ? { steps } : probeAnswer(body, 'vllm');
    await using bench = await startBench({ probe: tells });
    assert.match(await says(bench), /JSON schema obeyed: yes; probabilities: yes;/);
    await using silent = await startBench();
    assert.match(await says(silent), /JSON schema obeyed: yes; probabilities: no;/);
  });

  test('finds a window that is too small, with the remedy for the family', async () => {
    const models = {
      object: 'list',
      data: [{ id: 'test-model', object: 'model', owned_by: 'vllm', max_model_len: 2048 }],
    };
    await using bench = await startBench({ pages: { '/v1/models': () => models } });
    assert.match(await says(bench), /problem: its context window of 2048 tokens .*--max-model-len 16384/);
  });

  test('says which models are served when the configured one is not', async () => {
    await using bench = await startBench({ models: ['small', 'large'] }, { model: 'huge' });
    assert.match(await says(bench), /: it does not serve LLM_MODEL huge; it serves small, large\./);
    assert.equal(bench.testServer.chats.length, 0);
  });

  test('says that no model is served, and which of several must be chosen', async () => {
    await using none = await startBench({ models: [] }, { model: undefined });
    assert.match(await says(none), /: it serves no model yet\. Load one/);
    await using two = await startBench({ models: ['small', 'large'] }, { model: undefined });
    assert.match(await says(two), /: it serves small, large: set LLM_MODEL to the one to use/);
  });

  test('measures embeddings and reranking, and says when a role can’t be filled', async () => {
    const pages = {
      '/v1/embeddings': () => ({ data: [{ index: 0, embedding: [0.6, 0.8, 0] }] }),
      '/v1/rerank': () => ({
        results: [
          { index: 0, relevance_score: 0.9 },
          { index: 1, relevance_score: 0.2 },
        ],
      }),
    };
    await using bench = await startBench({ pages }, { roles: new Set(['embed', 'rerank']) });
    const facts = await bench.server.probe(signal);
    assert.equal(facts.embeddingSize, 3);
    assert.equal(facts.reranks, false);
    assert.match(facts.findings.map((finding) => finding.says).join('\n'), /does not rank a passage that answers/);
    await using none = await startBench({}, { roles: new Set(['embed']) });
    assert.match(await says(none), /problem: it makes no embeddings/);
  });

  test('that nobody answers says why', async () => {
    await using bench = await startBench();
    await bench.testServer.close();
    await assert.rejects(bench.server.probe(signal), { name: 'ModelError', kind: 'unreachable' });
    assert.equal(bench.server.facts, undefined);
  });
});

describe('what is done for a server by the clock', () => {
  const stuckPage = 'vllm:num_requests_running 2\nvllm:num_requests_waiting 3\nvllm:generation_tokens_total 70\n';

  test('its metrics are read while it has calls, and a stuck engine opens its breaker', async () => {
    await using bench = await startBench({
      pages: { '/version': () => ({ version: '0.29' }), '/metrics': () => stuckPage },
    });
    await bench.server.probe(signal);
    for (let look = 0; look < 4; look += 1) {
      assert.equal(bench.server.breaker.isOpen, false);
      bench.advance(10_000);
      await bench.server.look(true, signal);
    }
    const { state } = bench.server.breaker;
    assert.ok(state.kind === 'open' && /has 5 calls and has made no token for 30 s/.test(state.reason));
  });

  test('a canary closes an open breaker, and the server is probed anew', async () => {
    await using bench = await startBench();
    bench.server.breaker.open('stuck');
    await bench.server.look(false, signal);
    assert.equal(bench.server.breaker.isOpen, true);
    bench.advance(1000);
    await bench.server.look(false, signal);
    assert.deepEqual(
      bench.events.map((event) => (event.type === 'breaker' ? event.state.kind : event.type)),
      ['open', 'recovering', 'probed'],
    );
    assert.equal(await ask(bench.server.model), 'Hello, how can I help?');
  });

  test('a canary that fails leaves it open, with the newest reason', async () => {
    await using bench = await startBench();
    bench.server.breaker.open('stuck');
    await bench.testServer.close();
    bench.advance(1000);
    await bench.server.look(false, signal);
    const { state } = bench.server.breaker;
    assert.ok(state.kind === 'open' && /nothing listens there/.test(state.reason));
  });

  test('a server that was away at the start is probed again', async () => {
    await using bench = await startBench();
    await bench.server.look(false, signal);
    assert.deepEqual(bench.events, []);
    bench.advance(15_000);
    await bench.server.look(false, signal);
    assert.equal(bench.server.facts?.family, 'vllm');
  });
});
