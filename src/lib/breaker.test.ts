import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { Breaker, type BreakerRules, type BreakerState } from './breaker.ts';

const breakerRules: BreakerRules = { failuresMax: 5, windowMs: 60_000, canaryFirstMs: 1000, canaryLastMs: 15_000 };
const engine = 'The engine died.';
const callsMax = 16;

function startBreaker() {
  const states: BreakerState['kind'][] = [];
  let time = 1_000_000;
  const breaker = new Breaker(breakerRules, {
    now: () => time,
    random: () => 0,
    onChange: ({ kind }) => states.push(kind),
  });
  const fail = (times: number): void => {
    for (let count = 0; count < times; count += 1) breaker.failed(engine);
  };
  return { breaker, states, fail, advance: (ms: number) => void (time += ms) };
}

describe('the breaker', () => {
  test('opens after five failures in a row, and not before', () => {
    const { breaker, states, fail } = startBreaker();
    fail(4);
    assert.equal(breaker.callsAllowed(callsMax), callsMax);
    fail(1);
    assert.equal(breaker.callsAllowed(callsMax), 0);
    assert.deepEqual(states, ['open']);
    assert.ok(breaker.state.kind === 'open' && breaker.state.reason === 'The engine died.');
  });

  test('stays closed when a success is between them, or a minute', () => {
    const { breaker, fail, advance } = startBreaker();
    fail(4);
    breaker.succeeded(callsMax);
    fail(4);
    advance(60_000);
    fail(4);
    assert.equal(breaker.state.kind, 'closed');
  });

  test('lets canaries through at growing distances, none more than 15 s apart', () => {
    const { breaker, fail, advance } = startBreaker();
    fail(5);
    const waits: number[] = [];
    for (let count = 0; count < 7; count += 1) {
      assert.equal(breaker.isCanaryDue, false);
      let waitedMs = 0;
      for (; !breaker.isCanaryDue; waitedMs += 1000) advance(1000);
      waits.push(waitedMs);
      breaker.canaryFailed('still dead');
    }
    assert.deepEqual(waits, [1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
    assert.ok(breaker.state.kind === 'open' && breaker.state.reason === 'still dead');
  });

  test('begins again with one call, and doubles with each success until all may come', () => {
    const { breaker, states, fail } = startBreaker();
    fail(5);
    breaker.canarySucceeded();
    const allowed = [breaker.callsAllowed(callsMax)];
    for (let count = 0; count < 4; count += 1) {
      breaker.succeeded(callsMax);
      allowed.push(breaker.callsAllowed(callsMax));
    }
    assert.deepEqual(allowed, [1, 2, 4, 8, 16]);
    assert.deepEqual(states, ['open', 'recovering', 'closed']);
  });

  test('opens again at the first failure while it recovers', () => {
    const { breaker, states, fail } = startBreaker();
    fail(5);
    breaker.canarySucceeded();
    fail(1);
    assert.deepEqual(states, ['open', 'recovering', 'open']);
  });

  test('whatever happens, a closed breaker allows all, an open one none, and a recovering one some', () => {
    const step = fc.constantFrom('failed', 'succeeded', 'canarySucceeded', 'canaryFailed', 'open', 'time');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { breaker, advance } = startBreaker();
        for (const one of steps) {
          if (one === 'time') advance(5000);
          else if (one === 'failed') breaker.failed(engine);
          else if (one === 'succeeded') breaker.succeeded(callsMax);
          else if (one === 'canarySucceeded') breaker.canarySucceeded();
          else if (one === 'canaryFailed') breaker.canaryFailed('no');
          else breaker.open('stuck');
          const allowed = breaker.callsAllowed(callsMax);
          if (breaker.state.kind === 'closed') assert.equal(allowed, callsMax);
          else if (breaker.state.kind === 'open') assert.equal(allowed, 0);
          else assert.ok(allowed >= 1 && allowed < callsMax);
        }
      }),
    );
  });
});
