import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ask, errorOf, request, roomy, startAdapter } from '../../test/support/model-adapter.ts';
import { delta, done, usageChunk } from '../../test/support/model-dialects.ts';
import { refusal } from '../../test/support/model-refusals.ts';
import { createOutbound } from '../lib/outbound.ts';
import { complete, ModelError } from './model.ts';
import { createOpenAiModel } from './openai-compatible.ts';

const json = { 'content-type': 'application/json' };

describe('the request of the OpenAI adapter', () => {
  test('it streams, limits the tokens and switches thinking off', async () => {
    await using bench = await startAdapter({}, { apiKey: ' secret-key ' });
    await ask(bench.model);
    const chat = await bench.server.chat(1);
    assert.deepEqual(chat.body, {
      model: 'test-model',
      messages: request.messages,
      max_tokens: 100,
      temperature: 0.2,
      stream: true,
      stream_options: { include_usage: true },
      chat_template_kwargs: { enable_thinking: false },
      reasoning_effort: 'none',
    });
    assert.equal(chat.headers.authorization, 'Bearer secret-key');
  });

  test('without a key no authorization header is sent', async () => {
    await using bench = await startAdapter();
    await ask(bench.model);
    assert.equal((await bench.server.chat(1)).headers.authorization, undefined);
  });

  test('a key or an address that cannot work is refused at once, and the key is not repeated', () => {
    const dispatcher = createOutbound({
      allowedOrigins: new Set(),
      connectionsPerOriginMax: 1,
      onRefused: () => undefined,
    });
    const create = (baseUrl: string, apiKey: string) => (): unknown =>
      createOpenAiModel({
        baseUrl: new URL(baseUrl),
        apiKey,
        model: undefined,
        timeouts: roomy,
        dispatcher,
        concurrencyMax: 1,
        now: () => 0,
      });
    const isConfig = (error: unknown): boolean =>
      error instanceof ModelError && error.kind === 'config' && !error.message.includes('cret');
    assert.throws(create('http://gpu:8000', 'se\ncret'), isConfig);
    assert.throws(create('ftp://gpu', 'secret'), isConfig);
  });

  test('a field that the server refuses is left out from then on', async () => {
    await using bench = await startAdapter();
    const words = 'invalid reasoning value: "none" (must be "high", "medium" or "low")';
    bench.server.enqueue({
      status: 400,
      headers: json,
      steps: [{ raw: JSON.stringify({ error: { message: words } }) }],
    });
    assert.equal(await ask(bench.model), 'Hello, how can I help?');
    await ask(bench.model);
    const hasEffort = bench.server.chats.map(({ body }) => JSON.stringify(body).includes('reasoning_effort'));
    assert.deepEqual(hasEffort, [true, false, false]);
    assert.deepEqual(bench.notices[1], { type: 'fields-refused', fields: ['reasoning_effort'] });
  });

  test('a second refusal ends the call, and the field is not forgotten for it', async () => {
    await using bench = await startAdapter();
    const refused = { status: 400, headers: json, steps: [{ raw: '{"message":"unknown field stream_options"}' }] };
    bench.server.enqueue(refused, refused);
    assert.equal((await errorOf(bench.model)).kind, 'config');
    await ask(bench.model);
    const hasField = bench.server.chats.map(({ body }) => JSON.stringify(body).includes('stream_options'));
    assert.deepEqual(hasField, [true, false, true]);
  });

  test('any other 400 is not asked again', async () => {
    await using bench = await startAdapter();
    bench.server.enqueue({ status: 400, headers: json, steps: [{ raw: '{"message":"roles must alternate"}' }] });
    const error = await errorOf(bench.model);
    assert.equal(error.kind, 'config');
    assert.match(error.message, /roles must alternate/);
    assert.equal(bench.server.chats.length, 1);
  });
});

describe("the model's name", () => {
  test('the only served model is used, and asked for once', async () => {
    await using bench = await startAdapter({ models: ['qwen'] }, { model: undefined });
    await ask(bench.model);
    await ask(bench.model);
    assert.deepEqual(
      bench.server.requests.map((seen) => seen.path),
      ['/v1/models', '/v1/chat/completions', '/v1/chat/completions'],
    );
    assert.match(JSON.stringify((await bench.server.chat(2)).body), /"model":"qwen"/);
  });

  test('several served models are listed, and LLM_MODEL is asked for', async () => {
    await using bench = await startAdapter({ models: ['qwen', 'gemma'] }, { model: undefined });
    const error = await errorOf(bench.model);
    assert.equal(error.kind, 'config');
    assert.match(error.message, /2 models \(qwen, gemma\)\. Set LLM_MODEL/);
  });

  test('no served model means that it is still loading', async () => {
    await using bench = await startAdapter({ models: [], dialect: 'ollama-v1' }, { model: undefined });
    assert.equal((await errorOf(bench.model)).kind, 'loading');
  });

  test('a server restarted with another model is asked again what it serves', async () => {
    await using bench = await startAdapter({ models: ['old'] }, { model: undefined });
    await ask(bench.model);
    bench.server.serve(['new']);
    bench.server.enqueue(refusal('unknown-model', 'vllm'));
    assert.equal((await errorOf(bench.model)).kind, 'loading');
    await ask(bench.model);
    assert.match(JSON.stringify((await bench.server.chat(3)).body), /"model":"new"/);
  });

  for (const [dialect, contextTokens] of [
    ['vllm', 32_768],
    ['llama.cpp', 8192],
    ['ollama-v1', undefined],
  ] as const) {
    test(`the served models of ${dialect} come with the window that it tells`, async () => {
      await using bench = await startAdapter({ dialect });
      const models = await bench.model.servedModels(new AbortController().signal);
      assert.deepEqual(models, [{ id: 'test-model', contextTokens }]);
    });
  }

  test('an aborted question for the served models is cancelled', async () => {
    await using bench = await startAdapter();
    await assert.rejects(bench.model.servedModels(AbortSignal.abort()), { name: 'ModelError', kind: 'cancelled' });
  });
});

describe('the order of calls', () => {
  test('a teammate goes before a draft, a draft before the background, and a place is free again after each end', async () => {
    await using bench = await startAdapter(
      { reply: { steps: [delta({ content: 'ok' }), 'wait', delta({}, 'stop'), done] } },
      { concurrencyMax: 1 },
    );
    const running = ask(bench.model, 'background');
    await bench.server.chat(1);
    const order: string[] = [];
    const queued = (['background', 'draft', 'teammate'] as const).map((lane) =>
      ask(bench.model, lane).then(() => order.push(lane)),
    );
    for (let count = 1; count <= 4; count += 1) {
      await (
        await bench.server.chat(count)
      ).held;
      bench.server.release();
    }
    await Promise.all([running, ...queued]);
    assert.deepEqual(order, ['teammate', 'draft', 'background']);
  });

  test('time in the queue runs no timer, and is reported', async () => {
    let now = 0;
    await using bench = await startAdapter(
      { script: [{ steps: ['wait', delta({ content: 'ok' }, 'stop'), done] }] },
      { concurrencyMax: 1, now: () => now },
    );
    const first = ask(bench.model);
    const second = ask(bench.model, 'background');
    await (
      await bench.server.chat(1)
    ).held;
    now = 120_000;
    bench.server.release();
    await Promise.all([first, second]);
    assert.deepEqual(bench.notices.at(-1), { type: 'call-started', lane: 'background', waitedMs: 120_000 });
  });

  test('of 50 calls 8 are at the server, those of a teammate go first, and those aborted in the queue never come', async () => {
    await using bench = await startAdapter(
      { reply: { steps: [delta({ content: 'ok' }), 'wait', delta({}, 'stop'), done] } },
      { concurrencyMax: 8 },
      60,
    );
    const unwanted = new AbortController();
    const never = new AbortController();
    const lanes = ['background', 'draft', 'teammate', 'draft', 'background'] as const;
    const calls = Array.from({ length: 50 }, async (_, index) => {
      const { signal } = index >= 40 ? unwanted : never;
      const outcome = await ask(bench.model, lanes[index % lanes.length], signal).catch((error: unknown) => error);
      return outcome instanceof ModelError ? outcome.kind : outcome;
    });
    await (
      await bench.server.chat(8)
    ).held;
    assert.equal(bench.server.chats.length, 8);
    unwanted.abort();
    for (let count = 1; count <= 40; count += 1) {
      await (
        await bench.server.chat(count)
      ).held;
      bench.server.release();
    }
    const outcomes = await Promise.all(calls);
    assert.equal(outcomes.filter((outcome) => outcome === 'ok').length, 40);
    assert.deepEqual(new Set(outcomes.slice(40)), new Set(['cancelled']));
    assert.equal(bench.server.chats.length, 40);
    const started = bench.notices.flatMap((notice) => (notice.type === 'call-started' ? [notice.lane] : [])).slice(8);
    const rank = { teammate: 0, draft: 1, background: 2 };
    assert.deepEqual(
      started,
      started.toSorted((a, b) => rank[a] - rank[b]),
    );
  });

  test('an abort in the queue never reaches the server', async () => {
    await using bench = await startAdapter(
      { script: [{ steps: ['wait', delta({ content: 'ok' }, 'stop'), done] }] },
      { concurrencyMax: 1 },
    );
    const first = ask(bench.model);
    const controller = new AbortController();
    const second = ask(bench.model, 'draft', controller.signal);
    await (
      await bench.server.chat(1)
    ).held;
    controller.abort();
    await assert.rejects(second, { name: 'ModelError', kind: 'cancelled' });
    bench.server.release();
    assert.equal(await first, 'ok');
    assert.equal(bench.server.chats.length, 1);
  });
});

test('the usage is told where the server tells it', async () => {
  const usage = { prompt_tokens: 50, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 48 } };
  await using bench = await startAdapter({
    reply: { steps: [delta({ content: 'ok' }, 'length'), usageChunk(usage), done] },
  });
  const completion = await complete(bench.model, request, { signal: new AbortController().signal, lane: 'draft' });
  assert.deepEqual(completion.usage, { inputTokens: 50, cachedInputTokens: 48, outputTokens: 2 });
  assert.equal(completion.finishReason.unified, 'length');
});
