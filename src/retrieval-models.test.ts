import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answerJson, startLoopback } from '../test/support/loopback.ts';
import type { ModelSettings } from './config.ts';
import { createRetrievalModels } from './retrieval-models.ts';

const { signal } = new AbortController();

/** A server that makes vectors; `direction` tells whose they are. */
const startEmbedder = async (direction: readonly [number, number]) =>
  await startLoopback((response) => answerJson(response, { data: [{ index: 0, embedding: direction }] }));

const settingsFor = (url: URL, model: string, isDraining = false): ModelSettings => ({
  modelKeys: new Map(),
  model: {
    local: undefined,
    timeoutMs: 1000,
    servers: [
      { baseUrl: url, model, kind: 'openai', callsMax: 2, roles: new Set(['embed']), isDraining, keyFrom: 'KEY' },
    ],
  },
});

const hooks = {
  onRefused: (origin: string) => assert.fail(`It wanted to go to ${origin}.`),
  now: () => 0,
  mask: { kinds: () => new Set<never>(), loadFinder: async () => assert.fail('Nothing is masked.') },
};

const embedded = async ({ embeddings }: ReturnType<typeof createRetrievalModels>): Promise<readonly number[]> => [
  ...((await embeddings?.embed(['a text'], { signal, lane: 'draft' }))?.[0] ?? []),
];

describe('models that help to search, while their servers change', () => {
  test('go to the new server as soon as they are told', async () => {
    await using one = await startEmbedder([1, 0]);
    await using two = await startEmbedder([0, 1]);
    await using models = createRetrievalModels(settingsFor(one.url, 'm'), hooks);
    assert.deepEqual(await embedded(models), [1, 0]);
    const follow = models.prepare(settingsFor(two.url, 'm'));
    assert.deepEqual(await embedded(models), [1, 0]);
    follow();
    assert.deepEqual(await embedded(models), [0, 1]);
  });

  test('say that their only server is draining, and come back with it', async () => {
    await using one = await startEmbedder([1, 0]);
    await using models = createRetrievalModels(settingsFor(one.url, 'm', true), hooks);
    await assert.rejects(embedded(models), { kind: 'busy', message: /draining/ });
    models.prepare(settingsFor(one.url, 'm'))();
    assert.deepEqual(await embedded(models), [1, 0]);
  });

  test('refuse another model, whose vectors can’t be compared with those in the index', async () => {
    await using one = await startEmbedder([1, 0]);
    await using models = createRetrievalModels(settingsFor(one.url, 'm'), hooks);
    assert.throws(() => models.prepare(settingsFor(one.url, 'other')), {
      kind: 'config',
      message: /start Sidenote anew/,
    });
    assert.deepEqual(await embedded(models), [1, 0]);
  });
});
