import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../test/support/fast-check.ts';
import { type Figure, median, percentile, renderTable, summarize } from './stats.ts';

const samples = fc.array(fc.double({ noNaN: true, min: 0, max: 1e6 }), { minLength: 1, maxLength: 50 });

describe('percentile', () => {
  test('gives the nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

    assert.equal(percentile(hundred, 0.5), 50);
    assert.equal(percentile(hundred, 0.99), 99);
    assert.equal(percentile(hundred, 1), 100);
    assert.equal(percentile(hundred, 0), 1);
    assert.equal(percentile([7, 3], 0.99), 7);
  });

  test('is the smallest sample that the share does not exceed, whatever the samples', () => {
    fc.assert(
      fc.property(samples, fc.double({ noNaN: true, min: 0.01, max: 1 }), (values, share) => {
        const found = percentile(values, share);
        const below = values.filter((value) => value < found).length;
        const upTo = values.filter((value) => value <= found).length;
        return values.includes(found) && upTo >= values.length * share && below < values.length * share;
      }),
    );
  });

  test('of nothing is not a number', () => {
    assert.ok(Number.isNaN(percentile([], 0.5)));
    assert.ok(Number.isNaN(median([])));
  });
});

test('the median is the middle, or the mean of the two in the middle', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
});

describe('a figure', () => {
  const rounds = [
    { value: 2, floor: 1 },
    { value: 30, floor: 10 },
    { value: 3, floor: 3 },
  ];
  const figure = (target: Figure['target']): Figure => ({ name: 'answer', unit: 'ms', rounds, target });

  test('compares within each round, so that a slow moment of the machine cancels out', () => {
    const { value, floor, ratio } = summarize(figure({ kind: 'none' }));

    assert.deepEqual({ value, floor, ratio }, { value: 3, floor: 3, ratio: 2 });
  });

  for (const [target, verdict] of [
    [{ kind: 'ratio-at-most', limit: 2 }, 'holds'],
    [{ kind: 'ratio-at-most', limit: 1.9 }, 'misses'],
    [{ kind: 'ratio-at-least', limit: 2 }, 'holds'],
    [{ kind: 'ratio-at-least', limit: 2.1 }, 'misses'],
    [{ kind: 'value-at-most', limit: 3 }, 'holds'],
    [{ kind: 'value-at-most', limit: 2.9 }, 'misses'],
    [{ kind: 'none' }, '-'],
  ] as const) {
    test(`with the target ${JSON.stringify(target)} says "${verdict}"`, () => {
      assert.equal(summarize(figure(target)).verdict, verdict);
    });
  }

  test('without an answer in a round misses its target', () => {
    const lost: Figure = {
      ...figure({ kind: 'ratio-at-most', limit: 2 }),
      rounds: [{ value: Number.NaN, floor: 1 }],
    };

    assert.equal(summarize(lost).verdict, 'misses');
  });

  test('is a row of the table, with its unit and its target', () => {
    const table = renderTable([figure({ kind: 'ratio-at-most', limit: 2 })]);

    assert.equal(
      table,
      [
        '| figure | Sidenote | floor   | ratio | target | verdict |',
        '| ------ | -------- | ------- | ----- | ------ | ------- |',
        '| answer | 3.00 ms  | 3.00 ms | 2.00  | <= 2 x | holds   |',
      ].join('\n'),
    );
  });
});
