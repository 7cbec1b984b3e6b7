import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../test/support/fast-check.ts';
import { bootstrapInterval, mean, wilsonInterval } from './intervals.ts';

describe('wilsonInterval', () => {
  test('is the published one', () => {
    // Newcombe 1998, Statistics in Medicine 17, table I, method 3.
    const cases = [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ] as const;
    for (const [yes, count, low, high] of cases) {
      const interval = wilsonInterval(yes, count);
      assert.ok(Math.abs(interval.low - low) < 0.0001, `${yes}/${count}: ${interval.low}`);
      assert.ok(Math.abs(interval.high - high) < 0.0001, `${yes}/${count}: ${interval.high}`);
    }
  });

  test('says nothing about no cases', () => assert.deepEqual(wilsonInterval(0, 0), { low: 0, high: 1 }));
});

describe('bootstrapInterval', () => {
  test('holds the mean, lies within the sample, and is the same each time', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 }), (values) => {
        const { low, high } = bootstrapInterval(values);
        const tolerance = 1e-9;
        assert.ok(low <= mean(values) + tolerance && mean(values) <= high + tolerance);
        assert.ok(low >= Math.min(...values) - tolerance && high <= Math.max(...values) + tolerance);
        assert.deepEqual(bootstrapInterval(values), { low, high });
      }),
      { numRuns: 30 },
    );
  });

  test('becomes narrower with more cases', () => {
    const width = (count: number): number => {
      const { low, high } = bootstrapInterval(Array.from({ length: count }, (_, index) => (index % 10) / 10));
      return high - low;
    };
    assert.ok(width(400) < width(40));
  });
});
