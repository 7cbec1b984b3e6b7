import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startDeadline } from './deadline.ts';

describe('a deadline', () => {
  test('aborts when its time has come, and says that it was the time', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    using deadline = startDeadline(1000, new AbortController().signal);
    t.mock.timers.tick(999);
    assert.deepEqual([deadline.signal.aborted, deadline.hasPassed], [false, false]);
    t.mock.timers.tick(1);
    assert.deepEqual([deadline.signal.aborted, deadline.hasPassed], [true, true]);
    assert.match(String(deadline.signal.reason), /1000 ms/);
  });

  test('aborts with its caller, and for the caller’s reason', () => {
    const caller = new AbortController();
    using deadline = startDeadline(1000, caller.signal);
    caller.abort('superseded');
    assert.deepEqual([deadline.signal.reason, deadline.hasPassed], ['superseded', false]);
  });

  test('of a caller who has given up already is over at once', () => {
    using deadline = startDeadline(1000, AbortSignal.abort('superseded'));
    assert.equal(deadline.signal.reason, 'superseded');
  });

  test('leaves no timer and no listener behind', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const caller = new AbortController();
    const deadline = startDeadline(1000, caller.signal);
    deadline[Symbol.dispose]();
    t.mock.timers.tick(2000);
    caller.abort();
    assert.equal(deadline.signal.aborted, false);
  });
});
