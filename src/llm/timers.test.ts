import assert from 'node:assert/strict';
import { beforeEach, describe, mock, test } from 'node:test';
import { timeoutError } from './errors.ts';
import { startTimers } from './timers.ts';
import type { CallTimers } from './timers.ts';
import type { ModelErrorKind } from './model.ts';

const timeouts = { firstEventMs: 100, idleMs: 40, totalMs: 300 };

function start(signal = new AbortController().signal): CallTimers {
  const timers = startTimers(timeouts, signal, (kind, afterMs) =>
    timeoutError({ host: 'gpu:8000', promptTexts: [] }, kind, afterMs),
  );
  timers.waiting();
  return timers;
}

function endOf(timers: CallTimers): ModelErrorKind | undefined {
  return timers.reason?.kind;
}

describe('the timers of a call', () => {
  beforeEach((context) => {
    mock.timers.enable({ apis: ['setTimeout'] });
    if ('after' in context) context.after(() => mock.timers.reset());
  });

  test('the first event has its own limit', () => {
    const timers = start();
    mock.timers.tick(99);
    assert.equal(endOf(timers), undefined);
    mock.timers.tick(1);
    assert.equal(endOf(timers), 'first-event-timeout');
    assert.equal(timers.signal.aborted, true);
    assert.match(String(timers.reason?.message), /gpu:8000 sent nothing within 100 ms/);
  });

  test('between events the idle limit holds, and data starts it anew', () => {
    const timers = start();
    for (let count = 0; count < 3; count += 1) {
      timers.heard();
      timers.waiting();
      mock.timers.tick(39);
    }
    assert.equal(endOf(timers), undefined);
    mock.timers.tick(1);
    assert.equal(endOf(timers), 'idle-timeout');
  });

  test('waiting on without data does not start it anew', () => {
    const timers = start();
    timers.heard();
    timers.waiting();
    mock.timers.tick(30);
    timers.waiting();
    mock.timers.tick(10);
    assert.equal(endOf(timers), 'idle-timeout');
  });

  test('a slow reader does not make the server look idle, but the total limit holds', () => {
    const timers = start();
    timers.heard();
    mock.timers.tick(299);
    assert.equal(endOf(timers), undefined);
    mock.timers.tick(1);
    assert.equal(endOf(timers), 'total-timeout');
  });

  test('the caller can abort, before and during the call', () => {
    const controller = new AbortController();
    const timers = start(controller.signal);
    controller.abort();
    assert.equal(endOf(timers), 'cancelled');
    assert.equal(start(AbortSignal.abort()).signal.aborted, true);
  });

  test('the first reason stays', () => {
    const controller = new AbortController();
    const timers = start(controller.signal);
    mock.timers.tick(100);
    controller.abort();
    mock.timers.tick(1000);
    assert.equal(endOf(timers), 'first-event-timeout');
  });

  test('stopped timers never fire, and the caller is not listened to any more', () => {
    const controller = new AbortController();
    const timers = start(controller.signal);
    timers.heard();
    timers.stop();
    timers.waiting();
    mock.timers.tick(1000);
    controller.abort();
    assert.equal(endOf(timers), undefined);
    assert.equal(timers.signal.aborted, false);
  });
});

test('a call that is over leaves no timer that would keep the process alive', () => {
  const running = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = running();
  const timers = start();
  assert.ok(running() > before);
  timers.stop();
  assert.equal(running(), before);
});
