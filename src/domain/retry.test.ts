import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { retry } from '../../test/support/turns.ts';
import { type Failure, nextAttempt } from './retry.ts';

const now = 5_000_000;
const hourMs = 3_600_000;
const failure = (kind: Failure['kind'], retryAfterMs?: number): Failure => ({
  kind,
  message: 'the model server is away',
  retryAfterMs,
});
const turn = { attempt: 1, faults: 0, openedAt: now };

describe('nextAttempt', () => {
  test('the delay doubles from one second to one minute', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 100, 5000].map((attempt) => {
      const next = nextAttempt(retry, { ...turn, attempt }, failure('outage'), now, 0);
      return next.kind === 'retry' ? (next.dueAt - now) / 1000 : next.reason;
    });
    assert.deepEqual(delays, [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
  });

  test('chance takes up to half off the delay', () => {
    assert.deepEqual(nextAttempt(retry, { ...turn, attempt: 3 }, failure('fault'), now, 0.5), {
      kind: 'retry',
      dueAt: now + 3000,
    });
  });

  test('the server’s own wish is the floor', () => {
    const after = (wishMs: number) => nextAttempt(retry, turn, failure('outage', wishMs), now, 0);
    assert.deepEqual(after(30_000), { kind: 'retry', dueAt: now + 30_000 });
    assert.deepEqual(after(10), { kind: 'retry', dueAt: now + 1000 });
  });

  test('a wish beyond the time that an outage may last ends with that time', () => {
    for (const wishMs of [1000 * hourMs, Number.POSITIVE_INFINITY]) {
      const next = nextAttempt(retry, { ...turn, openedAt: now - hourMs }, failure('outage', wishMs), now, 0);
      assert.deepEqual(next, { kind: 'retry', dueAt: now + 71 * hourMs });
    }
  });

  test('a terminal failure is given up at once, in its own words', () => {
    assert.deepEqual(nextAttempt(retry, turn, failure('terminal'), now, 0), {
      kind: 'give-up',
      reason: 'the model server is away',
    });
  });

  test('so is the last fault allowed', () => {
    assert.equal(nextAttempt(retry, { ...turn, faults: 4 }, failure('fault'), now, 0).kind, 'retry');
    assert.deepEqual(nextAttempt(retry, { ...turn, faults: 5 }, failure('fault'), now, 0), {
      kind: 'give-up',
      reason: 'gave up after 5 faults; the last one: the model server is away',
    });
  });

  test('a single fault is told as one', () => {
    const strict = { ...retry, faultsMax: 1 };
    const next = nextAttempt(strict, { ...turn, faults: 1 }, failure('fault'), now, 0);
    assert.match(next.kind === 'give-up' ? next.reason : '', /^gave up after one fault;/);
  });

  test('an outage is waited out for 72 hours, however many attempts that takes', () => {
    const after = (ms: number) =>
      nextAttempt(retry, { attempt: 4000, faults: 0, openedAt: now - ms }, failure('outage'), now, 0);
    assert.equal(after(72 * hourMs - 1).kind, 'retry');
    assert.deepEqual(after(72 * hourMs), {
      kind: 'give-up',
      reason: 'gave up after 72 hours; the last failure: the model server is away',
    });
  });

  test('a retry is due between half the backoff and the longest wait, at a whole millisecond', () => {
    const wish = fc.option(fc.double({ min: 0, max: 120_000, noNaN: true }), { nil: undefined });
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.nat({ max: 10_000 }), wish, chance, (attempt, wishMs, random) => {
        const next = nextAttempt(retry, { ...turn, attempt }, failure('outage', wishMs), now, random);
        assert.equal(next.kind, 'retry');
        const delayMs = next.dueAt - now;
        assert.ok(Number.isInteger(delayMs));
        assert.ok(delayMs >= Math.max(retry.backoffFirstMs / 2, Math.round(wishMs ?? 0)));
        assert.ok(delayMs <= Math.max(retry.backoffMaxMs, Math.round(wishMs ?? 0)));
      }),
    );
  });
});
