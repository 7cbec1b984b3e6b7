import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openSyncBench } from '../../test/support/sync.ts';
import { claimSource, listSources } from '../store/sources.ts';
import type { ReadEvent, ReadOptions, Source } from './source.ts';

const read = (itemId: string, markdown = `Text of ${itemId}`): ReadEvent => ({
  kind: 'read',
  itemId,
  validator: markdown,
  documents: [
    {
      externalId: itemId,
      kind: 'file',
      title: itemId,
      url: undefined,
      locale: 'en',
      audience: 'public',
      markdown,
      updatedAt: undefined,
    },
  ],
});

const sourceOf = (events: (options: ReadOptions) => AsyncIterable<ReadEvent>): Source => ({
  settings: { type: 'folder', name: 's', path: '.', audience: 'public' },
  read: events,
});
const give = (...events: readonly ReadEvent[]): Source =>
  sourceOf(async function* () {
    yield* events;
  });

describe('a sync', () => {
  test('that is stopped half-way removes nothing, and the next one knows what was read by then', async () => {
    await using bench = await openSyncBench();
    await bench.sync(give(read('a'), read('b')));
    const stop = new AbortController();
    const stopped = sourceOf(async function* () {
      yield read('a', 'new');
      stop.abort();
      yield read('b', 'new');
    });
    assert.equal((await bench.sync(stopped, stop.signal)).outcome, 'stopped');
    assert.deepEqual(await bench.ids(), ['s:a', 's:b']);

    let seen: readonly string[] = [];
    const next = sourceOf(async function* ({ known, startedAt }) {
      seen = [...known].flatMap(([id, { seenAt }]) => (seenAt >= startedAt ? [id] : []));
      yield { kind: 'unchanged', itemId: 'a' };
    });
    const report = await bench.sync(next);
    assert.deepEqual(seen, ['a']);
    assert.equal(report.removed, 1);
    assert.deepEqual(await bench.ids(), ['s:a']);
    assert.equal(await bench.text('s:a'), 'new');
  });

  test('that fails says why, and keeps everything', async () => {
    await using bench = await openSyncBench();
    await bench.sync(give(read('a')));
    const failing = sourceOf(async function* () {
      yield read('b');
      throw new Error('The shelf fell over.');
    });
    const { outcome, why } = await bench.sync(failing);
    assert.deepEqual([outcome, why], ['failed', 'The shelf fell over.']);
    assert.deepEqual(await bench.ids(), ['s:a', 's:b']);
    assert.equal((await listSources(bench.db, 0))[0]?.failure, 'The shelf fell over.');
  });

  test('leaves a source alone that another process reads', async () => {
    await using bench = await openSyncBench();
    await claimSource(bench.db, 's', { owner: 'another', durationMs: 1e12 }, 1_789_630_000_000);
    assert.equal((await bench.sync(give(read('a')))).outcome, 'busy');
    assert.deepEqual(await bench.ids(), []);
  });

  test('drops a document that has no words any more', async () => {
    await using bench = await openSyncBench();
    await bench.sync(give(read('a')));
    assert.equal((await bench.sync(give(read('a', '  ')))).removed, 1);
    assert.deepEqual(await bench.ids(), []);
  });
});
