import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { newestSlice, nextReach, type SweepRange } from './sweep.ts';

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
