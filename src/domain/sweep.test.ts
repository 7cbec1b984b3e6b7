import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { parsePartId } from './ids.ts';
import { isUnknown, mayBeUnknown, newestSlice, nextReach, type SweepRange, type TurnReach } from './sweep.ts';
import type { TurnState } from './turn.ts';

describe('what a sweep looks through', () => {
  test('begins with the first start: nothing that came before', () => {
    assert.deepEqual(nextReach(undefined, 5000), { next: 5000, range: undefined });
  });

  test('goes from where the last one ended, and some minutes further back', () => {
    assert.deepEqual(nextReach(5000, 9000), { next: 9000, range: { fromSeconds: 4700, untilSeconds: 9000 } });
  });

  test('is nothing where another instance has just swept, or our clock went back', () => {
    assert.equal(nextReach(5000, 5010), undefined);
    assert.equal(nextReach(5000, 4000), undefined);
  });

  test('comes in slices, newest first, that leave nothing out and nothing in twice', () => {
    const seconds = fc.integer({ min: 0, max: 500_000 });
    fc.assert(
      fc.property(seconds, seconds, seconds, (fromSeconds, untilSeconds, oldestSeconds) => {
        let left: SweepRange = { fromSeconds, untilSeconds };
        let expectedUntil = untilSeconds;
        const from = Math.max(fromSeconds, oldestSeconds);
        for (let slice = newestSlice(left, oldestSeconds); slice; slice = newestSlice(left, oldestSeconds)) {
          assert.equal(slice.untilSeconds, expectedUntil);
          assert.ok(slice.untilSeconds - slice.fromSeconds < 3600 && slice.fromSeconds >= from);
          expectedUntil = slice.fromSeconds - 1;
          left = { fromSeconds, untilSeconds: expectedUntil };
        }
        assert.equal(expectedUntil, untilSeconds < from ? untilSeconds : from - 1);
      }),
    );
  });
});

const reachOf = (...states: readonly TurnState[]): TurnReach => ({
  upTo: { partId: parsePartId('20'), at: 5000 },
  states,
});

describe('a contact’s newest message', () => {
  test('may be unknown when it came after all that turns reach, and is known when it came before', () => {
    assert.equal(mayBeUnknown(5000, undefined, 1500), true);
    assert.equal(mayBeUnknown(5001, reachOf('delivered'), 1500), true);
    assert.equal(mayBeUnknown(4999, reachOf('dead'), 0), false);
  });

  const cases: readonly [mayBe: boolean, states: readonly TurnState[], quietPeriodMs: number, because: string][] = [
    [false, ['waiting'], 0, 'it reads the conversation before it answers'],
    [false, ['working'], 0, 'it looks once more before it posts'],
    [false, ['delivered'], 1500, 'it had read the whole second'],
    [false, ['superseded', 'skipped'], 1000, 'one of them had read the whole second'],
    [true, ['delivered'], 0, 'it may have read the conversation within the second'],
    [true, ['superseded'], 1500, 'it may not have read the conversation'],
    [true, ['dead'], 1500, 'it may not have read the conversation'],
  ];
  for (const [mayBe, states, quietPeriodMs, because] of cases) {
    const what = `of the same second as a turn that is ${states.join(' and ')}, at a quiet period of ${quietPeriodMs} ms`;
    test(`${what}, ${mayBe ? 'may be unknown' : 'is known'}: ${because}`, () => {
      assert.equal(mayBeUnknown(5000, reachOf(...states), quietPeriodMs), mayBe);
    });
  }

  test('is unknown by its part where the second is the same', () => {
    assert.equal(isUnknown({ partId: parsePartId('21'), at: 5000 }, reachOf('dead')), true);
    assert.equal(isUnknown({ partId: parsePartId('20'), at: 5000 }, reachOf('dead')), false);
    assert.equal(isUnknown({ partId: parsePartId('19'), at: 5000 }, reachOf('dead')), false);
  });
});
