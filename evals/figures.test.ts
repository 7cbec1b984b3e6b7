import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Figure, renderSummaries, summarise } from './figures.ts';

/** A figure of 40 cases: the first `yes` are 1, the others 0. */
const figure = (yes: number, better: Figure['better'] = 'higher', name = 'recall'): Figure => ({
  name,
  better,
  values: Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`q${index}`, index < yes ? 1 : 0])),
});
const verdict = (now: Figure, before: Figure) =>
  summarise([now], { figures: [{ ...before, values: { ...before.values } }] })[0]?.comparison?.verdict;

describe('a figure beside a saved one', () => {
  test('is worse or better only beyond chance, and by which side is good', () => {
    assert.equal(verdict(figure(20), figure(36)), 'worse');
    assert.equal(verdict(figure(36), figure(20)), 'better');
    assert.equal(verdict(figure(20, 'lower'), figure(36, 'lower')), 'better');
    assert.equal(verdict(figure(36), figure(37)), 'same');
    assert.equal(verdict(figure(36), figure(36)), 'same');
  });

  test('is compared case by case: a small change in the same direction everywhere shows', () => {
    const before: Figure = {
      ...figure(20),
      values: Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`q${i}`, i / 40])),
    };
    const now: Figure = {
      ...before,
      values: Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`q${i}`, i / 40 - 0.01])),
    };
    assert.equal(verdict(now, before), 'worse');
  });

  test('counts only the cases that both have', () => {
    const now: Figure = { ...figure(40), values: { ...figure(40).values, added: 0 } };
    const [summary] = summarise([now], { figures: [{ ...figure(40), values: { ...figure(40).values } }] });
    assert.equal(summary?.comparison?.cases, 40);
    assert.equal(summary?.cases, 41);
  });
});

test('the table has a line for each figure, with its interval', () => {
  assert.equal(
    renderSummaries(summarise([figure(20), figure(0, 'lower', 'alarms')], undefined)),
    [
      'figure  cases  value  95 % interval   better',
      'recall  40     0.500  0.352 to 0.648  higher',
      'alarms  40     0.000  0.000 to 0.088  lower',
    ].join('\n'),
  );
});
