import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { ask, errorOf, request, roomy, startAdapter } from '../../test/support/model-adapter.ts';
import { answerJson, startLoopback } from '../../test/support/loopback.ts';
import type { Loopback } from '../../test/support/loopback.ts';
import { answer, line, ndjson } from '../../test/support/model-dialects.ts';
import type { Reply } from '../../test/support/model-dialects.ts';
import { createOutbound } from '../lib/outbound.ts';
import { decideAmong } from './decide.ts';
import { complete } from './model.ts';
import type { LanguageModel, ModelCall, ModelErrorKind } from './model.ts';
import { createOllamaModel } from './ollama.ts';

const call: ModelCall = { signal: new AbortController().signal, lane: 'draft' };

type Server = {
  /** The window of the loaded model; undefined: none is loaded. */
  readonly loaded?: number;
  /** The window that it gets when it is loaded without being told one; undefined: Ollama does not tell. */
  readonly default?: number | undefined;
  readonly trained?: number;
};

type Bench = AsyncDisposable & { readonly model: LanguageModel; readonly loopback: Loopback; paths(): string[] };

/** An Ollama with one model, which is loaded by a chat without messages, and answers "ok". */
async function start(server: Server): Promise<Bench> {
  let loaded = server.loaded;
  const loopback = await startLoopback((response, { path, body }) => {
    const name = 'qwen:latest';
    if (path === '/api/tags') return answerJson(response, { models: [{ name }, { name: 'other:8b' }, { odd: 1 }] });
    if (path === '/api/ps') {
      return answerJson(response, { models: loaded === undefined ? [] : [{ name, context_length: loaded }] });
    }
    if (path === '/api/show') {
      return answerJson(response, { model_info: { 'qwen.block_count': 28, 'qwen.context_length': server.trained } });
    }
    if (body.includes('"messages":[]')) {
      loaded = server.default;
      return answerJson(response, { model: name, done: true, done_reason: 'load' });
    }
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    response.end(
      '{"model":"qwen","message":{"content":"ok"},"done":false}\n{"done":true,"done_reason":"stop","eval_count":1}\n',
    );
  });
  const dispatcher = createOutbound({
    allowedOrigins: new Set([loopback.url.origin]),
    connectionsPerOriginMax: 4,
    onRefused: () => undefined,
  });
  const model = createOllamaModel({
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
    loopback,
    paths: () => loopback.requests.map(({ path }) => path),
    async [Symbol.asyncDispose]() {
      await dispatcher.destroy();
      await loopback[Symbol.asyncDispose]();
    },
  };
}

const windowOf = ({ loopback }: Bench): unknown => {
  const last: unknown = JSON.parse(loopback.requests.at(-1)?.body ?? 'null');
  return z.object({ options: z.object({ num_ctx: z.unknown() }) }).parse(last).options.num_ctx;
};

describe('the window that an Ollama is asked for', () => {
  const table: readonly (readonly [string, Server, number])[] = [
    ['is the one the model is loaded with', { loaded: 32_768 }, 32_768],
    ['is the server’s own where the model is not loaded yet', { default: 16_384 }, 16_384],
    ['is at least 8192, whatever a small card gives', { loaded: 4096, trained: 131_072 }, 8192],
    ['is no more than the model can do', { loaded: 2048, trained: 2048 }, 2048],
    ['is 8192 where nothing is told', { default: undefined }, 8192],
  ];
  for (const [title, server, expected] of table) {
    test(title, async () => {
      await using bench = await start(server);
      await complete(bench.model, request, call);
      assert.equal(windowOf(bench), expected);
    });
  }

  test('is chosen once: another one would make it load the model again', async () => {
    await using bench = await start({ default: 16_384 });
    await complete(bench.model, request, call);
    await complete(bench.model, request, call);
    assert.equal(windowOf(bench), 16_384);
    assert.deepEqual(bench.paths(), ['/api/ps', '/api/chat', '/api/ps', '/api/chat', '/api/chat']);
  });

  test('is told with the models, of which all that are pulled are served', async () => {
    await using bench = await start({ loaded: 4096, trained: 131_072 });
    const { signal } = call;
    assert.deepEqual(await bench.model.servedModels(signal), [
      { id: 'qwen', contextTokens: 4096 },
      { id: 'other:8b', contextTokens: undefined },
    ]);
    await complete(bench.model, request, call);
    assert.equal((await bench.model.servedModels(signal))[0]?.contextTokens, 8192);
  });
});

describe('the request to an Ollama', () => {
  test('cuts nothing, does not think, stays loaded and limits the tokens', async () => {
    await using bench = await start({ loaded: 16_384 });
    await complete(bench.model, request, call);
    assert.deepEqual(JSON.parse(bench.loopback.requests.at(-1)?.body ?? ''), {
      model: 'qwen',
      messages: request.messages,
      stream: true,
      truncate: false,
      shift: false,
      keep_alive: -1,
      options: { num_ctx: 16_384, num_predict: 100, temperature: 0.2 },
      think: false,
    });
  });

  test('holds a decision to its schema and asks for probabilities, which are read', async () => {
    const chance = { token: 'no', logprob: Math.log(0.9), top_logprobs: [{ token: 'yes', logprob: Math.log(0.1) }] };
    const lines = [
      { message: { content: '{"choice":"' }, done: false, logprobs: [{ token: '{"choice":"', logprob: 0 }] },
      { message: { content: 'no' }, done: false, logprobs: [chance] },
      { message: { content: '"}' }, done: false, logprobs: [{ token: '"}', logprob: 0 }] },
      { done: true, done_reason: 'stop' },
    ];
    await using bench = await startAdapter({ dialect: 'ollama' }, { kind: 'ollama' });
    bench.server.enqueue({
      headers: ndjson,
      steps: lines.map(line),
    });
    const question = { name: 'spam', messages: request.messages, choices: ['yes', 'no'] } as const;
    const { choice, probability } = await decideAmong(bench.model, question, call);
    assert.equal(choice, 'no');
    assert.ok(Math.abs((probability ?? 0) - 0.9) < 1e-9);
    const body = z
      .object({ format: z.object({ type: z.string() }), logprobs: z.boolean(), top_logprobs: z.number() })
      .parse((await bench.server.chat(1)).body);
    assert.deepEqual(body, { format: { type: 'object' }, logprobs: true, top_logprobs: 20 });
  });

  test('leaves out what a model refuses, from then on', async () => {
    await using bench = await startAdapter({ dialect: 'ollama' }, { kind: 'ollama' });
    bench.server.enqueue({
      status: 400,
      headers: { 'content-type': 'application/json' },
      steps: [{ raw: '{"error":"think value \\"false\\" is not supported for this model"}' }],
    });
    await complete(bench.model, request, call);
    await complete(bench.model, request, call);
    const thinks = bench.server.chats.map(({ body }) => JSON.stringify(body).includes('"think"'));
    assert.deepEqual(thinks, [true, false, false]);
  });
});

describe('a chat of Ollama’s that goes wrong', () => {
  const table: readonly (readonly [string, readonly object[], ModelErrorKind])[] = [
    ['only loads the model', [{ done: true, done_reason: 'load' }], 'loading'],
    ['ends without a last line', [{ message: { content: 'Half' }, done: false }], 'broken-stream'],
    [
      'gives no reason: the model repeated itself',
      [{ message: { content: 'a a' }, done: false }, { done: true }],
      'broken-stream',
    ],
    [
      'thinks and says nothing',
      [
        { message: { content: '', thinking: 'hm' }, done: false },
        { done: true, done_reason: 'length' },
      ],
      'empty',
    ],
    ['is no chat', [{ response: 'Hello.', done: false }, { status: 'success' }], 'broken-stream'],
    ['does not fit, which shows late', [{ error: 'the input length exceeds the context length' }], 'too-long'],
  ];
  for (const [name, lines, kind] of table) {
    test(`when it ${name}: ${kind}`, async () => {
      await using bench = await startAdapter({ dialect: 'ollama' }, { kind: 'ollama' });
      bench.server.enqueue({ headers: ndjson, steps: lines.map(line) });
      assert.equal((await errorOf(bench.model)).kind, kind);
    });
  }

  const accepted: readonly (readonly [string, Reply])[] = [
    ['with every byte by itself', { ...answer('Grüße, 世界 👋🏽!', { dialect: 'ollama' }), split: 'every-byte' }],
    [
      'with CRLF line ends and blank lines',
      {
        headers: ndjson,
        steps: [
          {
            raw: '{"message":{"content":"Grüße, 世界 👋🏽!"},"done":false}\r\n\r\n{"done":true,"done_reason":"stop"}\r\n',
          },
        ],
      },
    ],
    [
      'without the last line end',
      {
        headers: ndjson,
        steps: [{ raw: '{"message":{"content":"Grüße, 世界 👋🏽!"},"done":true,"done_reason":"stop"}' }],
      },
    ],
    [
      'that resets after the last line',
      { headers: ndjson, steps: [...answer('Grüße, 世界 👋🏽!', { dialect: 'ollama' }).steps, 'reset'] },
    ],
  ];
  for (const [name, reply] of accepted) {
    test(`but one ${name} is read`, async () => {
      await using bench = await startAdapter({ dialect: 'ollama' }, { kind: 'ollama' });
      bench.server.enqueue(reply);
      assert.equal(await ask(bench.model), 'Grüße, 世界 👋🏽!');
    });
  }
});

test('a server that is no Ollama is named for what it lacks', async () => {
  await using bench = await startAdapter({ dialect: 'vllm' }, { kind: 'ollama' });
  await assert.rejects(complete(bench.model, request, call), { kind: 'config', message: /no such address or model/ });
});
