import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { TokenRatio, TokenRatios } from './token-ratio.ts';

describe('what is learnt of a model’s tokens', () => {
  test('is nothing before five answers', () => {
    const ratio = new TokenRatio();
    for (let count = 0; count < 4; count += 1) ratio.learn(100, 80);
    assert.deepEqual([ratio.lower, ratio.upper], [0.5, 1]);
  });

  test('is the range that answers were in', () => {
    const ratio = new TokenRatio();
    for (let count = 0; count < 100; count += 1) ratio.learn(1000, 700 + count);
    assert.ok(ratio.lower >= 0.7 && ratio.lower < 0.71);
    assert.ok(ratio.upper > 0.79 && ratio.upper <= 0.8);
  });

  test('forgets what is long ago: the team took another model', () => {
    const ratio = new TokenRatio();
    for (let count = 0; count < 500; count += 1) ratio.learn(100, 60);
    for (let count = 0; count < 200; count += 1) ratio.learn(100, 140);
    assert.deepEqual([ratio.lower, ratio.upper], [1.4, 1.4]);
  });

  test('learns nothing from a count that can’t be of the whole prompt', () => {
    const samples = fc.array(fc.tuple(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 2499 })));
    fc.assert(
      fc.property(samples, (pairs) => {
        const ratio = new TokenRatio();
        for (const [, counted] of pairs) ratio.learn(5000, counted);
        assert.deepEqual([ratio.lower, ratio.upper], [0.5, 1]);
      }),
    );
  });
});

describe('what is learnt of several models', () => {
  const taught = (): TokenRatios => {
    const ratios = new TokenRatios();
    for (let count = 0; count < 100; count += 1) ratios.learn('terse', 1000, 700);
    for (let count = 0; count < 5; count += 1) ratios.learn('wordy', 1000, 1400);
    return ratios;
  };

  test('is kept apart, and prompts are planned for the one that makes the most tokens', () => {
    const ratios = taught();
    assert.deepEqual([ratios.of('terse').lower, ratios.of('wordy').lower], [0.7, 1.4]);
    assert.equal(ratios.upper, 1.4);
    assert.deepEqual([ratios.of('unknown').lower, new TokenRatios().upper], [0.5, 1]);
  });

  test('is forgotten for a model that has not answered for long', () => {
    const ratios = taught();
    for (let count = 0; count < 200; count += 1) ratios.learn('terse', 1000, 700);
    assert.deepEqual([ratios.upper, ratios.of('wordy').lower], [0.7, 0.5]);
  });

  test('is bounded, whatever names servers give', () => {
    const ratios = new TokenRatios();
    for (let count = 0; count < 5000; count += 1) ratios.learn(`model ${count}`, 1000, 1400);
    assert.equal(ratios.of('model 0').lower, 0.5);
    assert.equal(ratios.upper, 1);
  });
});
