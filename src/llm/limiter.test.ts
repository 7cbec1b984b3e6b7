import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { createLimiter } from './limiter.ts';
import type { Slot } from './limiter.ts';
import type { Lane } from './model.ts';

const never = new AbortController().signal;
const rank: Readonly<Record<Lane, number>> = { teammate: 0, draft: 1, background: 2 };

describe('the limiter', () => {
  test('those who wait go by lane, and by the order of asking within a lane', async () => {
    const asks = fc.array(fc.constantFrom<Lane>('teammate', 'draft', 'background'), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(asks, async (lanes) => {
        const limiter = createLimiter(1, () => 0);
        const first = await limiter.acquire('draft', never);
        const served: { lane: Lane; index: number }[] = [];
        const all = lanes.map(async (lane, index) => {
          const slot = await limiter.acquire(lane, never);
          served.push({ lane, index });
          slot.release();
        });
        first.release();
        await Promise.all(all);
        const expected = lanes.map((lane, index) => ({ lane, index }));
        expected.sort((a, b) => rank[a.lane] - rank[b.lane] || a.index - b.index);
        assert.deepEqual(served, expected);
      }),
    );
  });

  test('never more than the limit run, whatever is asked, released and aborted', async () => {
    const step = fc.record({ aborts: fc.boolean(), lane: fc.constantFrom<Lane>('teammate', 'draft', 'background') });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 30 }), async (limit, steps) => {
        const limiter = createLimiter(limit, () => 0);
        const slots: Slot[] = [];
        const asked = steps.map(async ({ lane, aborts }) => {
          const controller = new AbortController();
          const slot = limiter.acquire(lane, controller.signal);
          if (aborts) controller.abort();
          await slot.then((held) => slots.push(held)).catch(() => undefined);
          assert.ok(limiter.running <= limit);
        });
        await new Promise(setImmediate);
        while (slots.length > 0 || limiter.waiting > 0) {
          slots.shift()?.release();
          await new Promise(setImmediate);
        }
        await Promise.all(asked);
        assert.equal(limiter.running, 0);
        assert.equal(limiter.waiting, 0);
      }),
      { numRuns: 50 },
    );
  });

  test('an abort while waiting leaves the queue and gives "cancelled"', async () => {
    const limiter = createLimiter(1, () => 0);
    const first = await limiter.acquire('draft', never);
    const controller = new AbortController();
    const second = limiter.acquire('teammate', controller.signal);
    const third = limiter.acquire('draft', never);
    controller.abort();
    await assert.rejects(second, { name: 'ModelError', kind: 'cancelled' });
    first.release();
    (await third).release();
    assert.equal(limiter.running, 0);
  });

  test('an abort after the place was given changes nothing', async () => {
    const limiter = createLimiter(1, () => 0);
    const controller = new AbortController();
    const first = await limiter.acquire('draft', never);
    const second = limiter.acquire('draft', controller.signal);
    first.release();
    const slot = await second;
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
    controller.abort();
    assert.equal(limiter.running, 1);
    slot.release();
    assert.equal(limiter.running, 0);
  });

  test('a slot that is released twice frees one place', async () => {
    const limiter = createLimiter(2, () => 0);
    const first = await limiter.acquire('draft', never);
    await limiter.acquire('draft', never);
    first.release();
    first.release();
    assert.equal(limiter.running, 1);
  });

  test('who waits past the deadline is sent away when a place comes free, and the next one gets it', async () => {
    let now = 1000;
    const limiter = createLimiter(1, () => now);
    const first = await limiter.acquire('draft', never);
    const late = limiter.acquire('teammate', never, 1500);
    const patient = limiter.acquire('background', never);
    now = 1501;
    first.release();
    await assert.rejects(late, { name: 'ModelError', kind: 'busy', message: /waited 501 ms/ });
    (await patient).release();
    assert.deepEqual([limiter.running, limiter.waiting], [0, 0]);
  });

  test('the wait is told in ms', async () => {
    let now = 1000;
    const limiter = createLimiter(1, () => now);
    const first = await limiter.acquire('draft', never);
    const second = limiter.acquire('draft', never);
    now = 1250;
    first.release();
    assert.equal(first.waitedMs, 0);
    assert.equal((await second).waitedMs, 250);
  });
});
