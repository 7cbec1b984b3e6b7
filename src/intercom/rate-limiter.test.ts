import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { createRateLimit } from '../../simulator/rate-limit.ts';
import { IntercomError } from './errors.ts';
import { RateLimiter, type Urgency } from './rate-limiter.ts';

const { signal } = new AbortController();
/** The beginning of a window, in ms. */
const startsAt = 1_789_630_000_000;

type Answer = { readonly statusCode: number; readonly headers: Record<string, string> };

/** A limiter with a clock of its own: time passes when everybody sleeps, to where the first one wakes. */
function createBench(limitPerWindow: number, backgroundPercent = 50) {
  let time = startsAt;
  const waits: { urgency: Urgency; waitedMs: number }[] = [];
  const sleeping: { readonly until: number; readonly wake: () => void }[] = [];
  const sleep = async (ms: number): Promise<void> =>
    await new Promise((wake) => void sleeping.push({ until: time + ms, wake }));
  const now = (): number => time;
  const newLimiter = (): RateLimiter =>
    new RateLimiter({
      now,
      sleep,
      random: () => 0,
      backgroundPercent: () => backgroundPercent,
      onWaited: (urgency, waitedMs) => waits.push({ urgency, waitedMs }),
    });
  const takeCall = createRateLimit(limitPerWindow, now);
  const answer = async (): Promise<Answer> => {
    const { isExceeded, headers } = takeCall();
    const lowerCase = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const date = new Date(Math.floor(time / 1000) * 1000).toUTCString();
    return { statusCode: isExceeded ? 429 : 200, headers: { ...lowerCase, date } };
  };
  /** Lets everything go on until nobody sleeps. */
  const settle = async (): Promise<void> => {
    for (;;) {
      await new Promise(setImmediate);
      const next = sleeping.toSorted((a, b) => a.until - b.until)[0];
      if (next === undefined) return;
      sleeping.splice(sleeping.indexOf(next), 1);
      time = Math.max(time, next.until);
      next.wake();
    }
  };
  return { newLimiter, limiter: newLimiter(), answer, settle, waits, now, advance: (ms: number) => void (time += ms) };
}

describe('the rate limiter', () => {
  test('holds calls back before Intercom has to refuse one, and lets all go in time', async () => {
    const bench = createBench(10);
    await bench.limiter.run('draft', bench.answer, signal);
    const calls = Array.from({ length: 25 }, async () => await bench.limiter.run('draft', bench.answer, signal));
    await bench.settle();
    const answers = await Promise.all(calls);
    assert.deepEqual(new Set(answers.map(({ statusCode }) => statusCode)), new Set([200]));
    assert.equal(bench.now() - startsAt, 20_000);
  });

  test('lets calls go in the order they came, drafts before the background', async () => {
    const bench = createBench(2);
    await bench.limiter.run('draft', bench.answer, signal);
    await bench.limiter.run('draft', bench.answer, signal);
    const order: string[] = [];
    const begin = async (name: string, urgency: Urgency): Promise<unknown> =>
      await bench.limiter.run(
        urgency,
        async () => {
          order.push(name);
          return await bench.answer();
        },
        signal,
      );
    const calls = [begin('background', 'background'), begin('first', 'draft'), begin('second', 'draft')];
    await bench.settle();
    await Promise.all(calls);
    assert.deepEqual(order, ['first', 'second', 'background']);
  });

  test('leaves half of each window to drafts', async () => {
    const bench = createBench(10);
    await bench.limiter.run('background', bench.answer, signal);
    const calls = Array.from({ length: 8 }, async () => await bench.limiter.run('background', bench.answer, signal));
    await new Promise(setImmediate);
    const before = bench.now();
    await bench.limiter.run('draft', bench.answer, signal);
    assert.equal(bench.now(), before, 'the draft does not wait');
    await bench.settle();
    await Promise.all(calls);
    assert.ok(bench.waits.length > 0 && bench.waits.every(({ urgency }) => urgency === 'background'));
  });

  for (const [percent, atOnce] of [
    [10, 1],
    [50, 5],
    [90, 9],
  ] as const) {
    test(`lets the background use ${percent} percent of a window where the setting says so`, async () => {
      const bench = createBench(10, percent);
      await bench.limiter.run('draft', bench.answer, signal); // tells the limit
      bench.advance(10_000);

      const calls = Array.from(
        { length: atOnce + 1 },
        async () => await bench.limiter.run('background', bench.answer, signal),
      );
      await bench.settle();
      await Promise.all(calls);

      assert.deepEqual(bench.waits, [{ urgency: 'background', waitedMs: 10_000 }]);
    });
  }

  test('takes off what other instances use up', async () => {
    const bench = createBench(10);
    const other = bench.newLimiter();
    await other.run('draft', bench.answer, signal);
    for (let count = 0; count < 8; count += 1) await other.run('draft', bench.answer, signal);
    await bench.limiter.run('draft', bench.answer, signal);
    const last = bench.limiter.run('draft', bench.answer, signal);
    await bench.settle();
    assert.equal((await last).statusCode, 200);
    assert.equal(bench.waits.length, 1);
  });

  test('lets nothing go before the reset that a refusal names', async () => {
    const bench = createBench(10);
    const refuse = async (): Promise<Answer> => ({
      statusCode: 429,
      headers: { date: new Date(startsAt).toUTCString(), 'x-ratelimit-reset': String(startsAt / 1000 + 7) },
    });
    await bench.limiter.run('draft', refuse, signal);
    const next = bench.limiter.run('draft', bench.answer, signal);
    await bench.settle();
    await next;
    assert.equal(bench.now() - startsAt, 7000);
  });

  test('gives up a call that would wait too long, and says when to come back', async () => {
    const bench = createBench(10);
    const refuse = async (): Promise<Answer> => ({
      statusCode: 429,
      headers: { date: new Date(startsAt).toUTCString(), 'x-ratelimit-reset': String(startsAt / 1000 + 40) },
    });
    await bench.limiter.run('draft', refuse, signal);
    await assert.rejects(bench.limiter.run('draft', bench.answer, signal), (error) => {
      assert.ok(error instanceof IntercomError);
      assert.deepEqual([error.kind, error.retryAfterMs], ['limited', 40_000]);
      return true;
    });
  });

  test('a call that fails or is given up while it waits leaves its place to others', async () => {
    const bench = createBench(1);
    await bench.limiter.run('draft', bench.answer, signal);
    const abort = new AbortController();
    const limiter = new RateLimiter({
      now: bench.now,
      random: () => 0,
      sleep: async (_ms, sleepSignal) =>
        await new Promise((_wake, reject) => {
          sleepSignal.addEventListener('abort', () => reject(new Error('given up')), { once: true });
        }),
    });
    await limiter.run('draft', bench.answer, signal); // the window is used up: refused
    const given = limiter.run('draft', bench.answer, abort.signal);
    abort.abort();
    await assert.rejects(given, /given up/);
    bench.advance(10_000);
    await assert.rejects(
      limiter.run('draft', async () => Promise.reject(new Error('reset')), signal),
      /reset/,
    );
    bench.advance(10_000);
    assert.equal((await limiter.run('draft', bench.answer, signal)).statusCode, 200);
  });

  test('knows nothing before the first answer, and holds nothing back', async () => {
    const bench = createBench(1000);
    const calls = (['draft', 'background'] as const).map(
      async (urgency) => await bench.limiter.run(urgency, bench.answer, signal),
    );
    await Promise.all(calls);
    assert.deepEqual(bench.waits, []);
  });

  test('is never refused while it is alone, whatever the limit and the calls', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.constantFrom<Urgency>('draft', 'background'), { maxLength: 30 }),
        async (limitPerWindow, urgencies) => {
          const bench = createBench(limitPerWindow);
          const statuses: number[] = [(await bench.limiter.run('draft', bench.answer, signal)).statusCode];
          const calls = urgencies.map(async (urgency) => {
            try {
              statuses.push((await bench.limiter.run(urgency, bench.answer, signal)).statusCode);
            } catch (error) {
              assert.ok(error instanceof IntercomError && error.kind === 'limited');
            }
          });
          await bench.settle();
          await Promise.all(calls);
          assert.deepEqual(new Set(statuses), new Set([200]));
        },
      ),
      { numRuns: 60 },
    );
  });
});
