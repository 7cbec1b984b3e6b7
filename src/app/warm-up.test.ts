import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createWarmUp } from './warm-up.ts';

describe('what the first draft needs', () => {
  test('is loaded soon after the first message, and once', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let loaded = 0;
    let opened = 0;
    using warmUp = createWarmUp(async () => await Promise.resolve(++loaded), assert.ifError);
    const onOpened = warmUp.with((turns: number) => void (opened += turns));
    t.mock.timers.tick(10_000);
    assert.equal(loaded, 0);
    onOpened(1);
    onOpened(1);
    assert.equal(loaded, 0);
    t.mock.timers.tick(10_000);
    onOpened(1);
    t.mock.timers.tick(10_000);
    assert.equal(loaded, 1);
    assert.equal(opened, 3);
  });

  test('is not loaded any more after the end', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let loaded = 0;
    const warmUp = createWarmUp(async () => await Promise.resolve(++loaded), assert.ifError);
    warmUp.with(() => undefined)(1);
    warmUp[Symbol.dispose]();
    t.mock.timers.tick(10_000);
    assert.equal(loaded, 0);
  });
});
