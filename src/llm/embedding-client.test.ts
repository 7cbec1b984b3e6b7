import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { startJsonServer } from '../../test/support/json-server.ts';
import type { JsonAnswer } from '../../test/support/json-server.ts';
import { createEmbeddingModel, ollamaEmbeddings, openAiEmbeddings } from './embedding-client.ts';
import type { EmbeddingDialect } from './embedding-client.ts';
import { ModelError } from './model.ts';
import type { ModelCall } from './model.ts';

const call: ModelCall = { signal: new AbortController().signal, lane: 'background' };

/** Points in the direction of the text's length, with any length but 1. */
const vectorOf = (text: string): number[] => [3 * text.length, 4];

const inputOf = (body: unknown): readonly string[] => z.object({ input: z.array(z.string()) }).parse(body).input;

type Server = {
  readonly name: string;
  readonly dialect: EmbeddingDialect;
  readonly root: string;
  readonly path: string;
  answer(vectors: readonly (readonly number[])[]): unknown;
  readonly tooLong: Exclude<JsonAnswer, undefined>;
};

const servers: readonly Server[] = [
  {
    name: 'vLLM',
    dialect: openAiEmbeddings,
    root: '/v1',
    path: '/v1/embeddings',
    // In another order than asked: `index` counts.
    answer: (vectors) => ({
      object: 'list',
      data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })).toReversed(),
    }),
    tooLong: {
      status: 400,
      body: {
        error: { message: "This model's maximum context length is 512 tokens.", type: 'BadRequestError', code: 400 },
      },
    },
  },
  {
    name: 'llama.cpp',
    dialect: openAiEmbeddings,
    root: '/v1',
    path: '/v1/embeddings',
    answer: (vectors) => ({ data: vectors.map((embedding, index) => ({ index, embedding })) }),
    tooLong: {
      status: 500,
      body: {
        error: { code: 500, message: 'input (596 tokens) is too large to process. increase the physical batch size' },
      },
    },
  },
  {
    name: 'Ollama',
    dialect: ollamaEmbeddings,
    root: '/',
    path: '/api/embed',
    answer: (embeddings) => ({ model: 'm', embeddings, prompt_eval_count: 3 }),
    tooLong: { status: 400, body: { error: 'the input length exceeds the context length' } },
  },
];

for (const server of servers) {
  describe(`embeddings by ${server.name}`, () => {
    const start = (answer: (texts: readonly string[]) => JsonAnswer) =>
      startJsonServer(
        (path, body) => (path === server.path ? answer(inputOf(body)) : { status: 404, body: {} }),
        server,
      );
    const vectors = (texts: readonly string[]): JsonAnswer => ({ body: server.answer(texts.map(vectorOf)) });

    test('come in the order of the texts, each of length 1', async () => {
      await using bench = await start(vectors);
      const model = createEmbeddingModel('m', server.dialect, bench.server);
      const found = await model.embed(['a', 'aaaa'], call);
      const [first, second] = found;
      assert.ok(first !== undefined && second !== undefined && found.length === 2);
      assert.deepEqual([...first], [Math.fround(0.6), Math.fround(0.8)]);
      assert.ok(Math.abs(Math.hypot(...second) - 1) < 1e-6);
      assert.ok((second[0] ?? 0) > (first[0] ?? 0));
    });

    test('are asked for at most 32 texts at a time', async () => {
      await using bench = await start(vectors);
      const model = createEmbeddingModel('m', server.dialect, bench.server);
      const texts = Array.from({ length: 70 }, (_, index) => 'x'.repeat(index + 1));
      const found = await model.embed(texts, call);
      const directions = found.map((vector) => (vector[0] ?? 0) / (vector[1] ?? 1));
      assert.deepEqual(
        directions,
        directions.toSorted((a, b) => a - b),
      );
      assert.deepEqual(
        bench.loopback.requests.map(({ body }) => inputOf(JSON.parse(body)).length),
        [32, 32, 6],
      );
    });

    test('of no texts need no call', async () => {
      await using bench = await start(vectors);
      assert.deepEqual(await createEmbeddingModel('m', server.dialect, bench.server).embed([], call), []);
      assert.equal(bench.loopback.requests.length, 0);
    });

    test('of a text that is too long are those of its beginning, and its neighbours lose nothing', async () => {
      const limit = 300;
      await using bench = await start((texts) =>
        texts.some((text) => text.length > limit) ? server.tooLong : vectors(texts),
      );
      const model = createEmbeddingModel('m', server.dialect, bench.server);
      const found = await model.embed(['a', 'b'.repeat(1000), 'cc'], call);
      const direct = await model.embed(['a', 'b'.repeat(250), 'cc'], call);
      assert.deepEqual(found, direct);
    });

    test('of a text that is too long however short end in an error', async () => {
      await using bench = await start(() => server.tooLong);
      const model = createEmbeddingModel('m', server.dialect, bench.server);
      await assert.rejects(model.embed(['b'.repeat(1000)], call), { kind: 'too-long' });
    });

    test('that are fewer than the texts are refused', async () => {
      await using bench = await start((texts) => vectors(texts.slice(1)));
      const model = createEmbeddingModel('m', server.dialect, bench.server);
      await assert.rejects(model.embed(['a', 'b'], call), { kind: 'broken-answer' });
    });

    test('of another length than before are refused: it is another model', async () => {
      const answers = [
        [1, 2],
        [1, 2, 3],
      ];
      await using bench = await start(() => ({ body: server.answer([answers.shift() ?? []]) }));
      const model = createEmbeddingModel('m', server.dialect, bench.server);
      await model.embed(['a'], call);
      await assert.rejects(model.embed(['a'], call), {
        kind: 'config',
        message: /3 numbers, and of 2 before.*another model/,
      });
    });

    test('that are zero are refused', async () => {
      await using bench = await start(() => ({ body: server.answer([[0, 0]]) }));
      const model = createEmbeddingModel('m', server.dialect, bench.server);
      await assert.rejects(model.embed(['a'], call), { kind: 'broken-answer', message: /zero/ });
    });
  });
}

describe('a call that is answered in one piece', () => {
  const model = (bench: Awaited<ReturnType<typeof startJsonServer>>) =>
    createEmbeddingModel('m', openAiEmbeddings, bench.server);

  test('carries the key', async () => {
    await using bench = await startJsonServer(() => ({ body: { data: [{ index: 0, embedding: [1] }] } }));
    await model(bench).embed(['a'], call);
    assert.equal(bench.loopback.requests[0]?.headers.authorization, 'Bearer secret-key');
  });

  test('ends when its time is over, and frees its place', async () => {
    await using bench = await startJsonServer(() => undefined, { timeoutMs: 30 });
    for (let count = 0; count < 3; count += 1) {
      await assert.rejects(model(bench).embed(['a'], call), { kind: 'total-timeout' });
    }
  });

  test('ends when nobody wants it any more', async () => {
    await using bench = await startJsonServer(() => undefined);
    const controller = new AbortController();
    const asked = model(bench).embed(['a'], { ...call, signal: controller.signal });
    controller.abort();
    await assert.rejects(asked, { kind: 'cancelled' });
  });

  test('tells in its error nothing of the text', async () => {
    const text = 'my card ends in 4242, please help';
    await using bench = await startJsonServer(() => ({ status: 400, body: { error: `bad input: ${text}` } }));
    await assert.rejects(model(bench).embed([text], call), (error) => {
      assert.ok(error instanceof ModelError);
      assert.equal(error.kind, 'config');
      assert.doesNotMatch(error.message, /4242/);
      return true;
    });
  });
});
