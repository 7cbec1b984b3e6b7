import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { ask, startAdapter } from '../../test/support/model-adapter.ts';
import { priorityOf } from './family.ts';
import type { ServerFamily } from './family.ts';
import type { Lane } from './model.ts';

const lanes: readonly Lane[] = ['teammate', 'draft', 'background'];

describe('the priority of a call', () => {
  const prioritiesFor = (family: ServerFamily | undefined) =>
    lanes.map((lane) => priorityOf(lane, family)).filter((priority) => priority !== undefined);

  test('falls for vLLM the sooner somebody waits, and is 0 for a teammate', () => {
    const priorities = prioritiesFor('vllm');
    assert.equal(priorities.length, lanes.length);
    assert.deepEqual(
      priorities,
      priorities.toSorted((a, b) => a - b),
    );
    assert.equal(priorities[0], 0);
  });

  test('is the other way round for SGLang', () => {
    const priorities = prioritiesFor('sglang');
    assert.equal(priorities.length, lanes.length);
    assert.deepEqual(
      priorities,
      priorities.toSorted((a, b) => b - a),
    );
  });

  for (const family of ['llama.cpp', 'ollama', 'lm-studio', 'litellm', 'other', undefined] as const) {
    test(`is not sent to ${family ?? 'a server that nobody has recognised'}`, () => {
      assert.deepEqual(prioritiesFor(family), []);
    });
  }
});

const priorityIn = (body: unknown): number | undefined =>
  z.object({ priority: z.int().optional() }).parse(body).priority;

describe('the priority on the wire', () => {
  test('is sent as soon as the family is known', async () => {
    const known: { family?: ServerFamily } = {};
    await using bench = await startAdapter({}, { family: () => known.family });
    await ask(bench.model, 'background');
    known.family = 'vllm';
    await ask(bench.model, 'background');
    assert.deepEqual(
      bench.server.chats.map(({ body }) => priorityIn(body)),
      [undefined, 100],
    );
  });

  test('is left out from then on by a vLLM that was started without it', async () => {
    await using bench = await startAdapter({}, { family: () => 'vllm' });
    const message = 'Got priority 10 but Priority scheduling is not enabled.';
    bench.server.enqueue({
      status: 400,
      headers: { 'content-type': 'application/json' },
      steps: [{ raw: JSON.stringify({ error: { message, type: 'BadRequestError', param: null, code: 400 } }) }],
    });
    await ask(bench.model);
    await ask(bench.model);
    assert.deepEqual(
      bench.server.chats.map(({ body }) => priorityIn(body)),
      [10, undefined, undefined],
    );
  });
});
