import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { parseTurnId } from '../domain/ids.ts';
import { openSqlite } from '../store/sqlite.ts';
import { retry, timing } from '../../test/support/turns.ts';
import { Worker } from './worker.ts';

const pollMs = 1000;

/** A worker that is paused, so that it looks and begins nothing; its clock and its timers are the test's. */
function startWorker(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout', 'setImmediate', 'setInterval', 'Date'], now: 1_000_000 });
  let [looks, setByMs] = [0, 0];
  const now = (): number => Date.now() + setByMs;
  const unexpected = (): never => assert.fail('a paused worker begins nothing');
  const worker = new Worker(
    { owner: 'owner-1', turnsMax: () => 4, pollMs },
    {
      db: openSqlite(':memory:'),
      makeContext: () => ({ now: now(), timing, retry, nextTurnId: parseTurnId('turn-1'), random: 0 }),
      monotonicNow: Date.now,
      prepare: async () => await Promise.resolve(void (looks += 1)),
      isPaused: () => true,
      run: unexpected,
      onClaimed: unexpected,
      onSettled: unexpected,
      onDied: unexpected,
      onError: unexpected,
    },
  );
  /** Lets the time pass and gives the number of looks in it. */
  const pass = async (ms: number): Promise<number> => {
    const before = looks;
    for (let passed = 0; passed < ms; passed += 1) {
      t.mock.timers.tick(1);
      for (let turns = 0; turns < 20; turns += 1) await Promise.resolve();
    }
    return looks - before;
  };
  return { worker, pass, now, setClock: (byMs: number) => void (setByMs += byMs) };
}

describe('a worker looks for work', () => {
  test('when work that was announced falls due, and not before', async (t) => {
    const { worker, pass } = startWorker(t);
    worker.start();
    assert.equal(await pass(100), 1);
    worker.wake(Date.now() + 300);
    assert.equal(await pass(299), 0);
    assert.equal(await pass(1), 1);
  });

  test('at the earliest time that was announced', async (t) => {
    const { worker, pass } = startWorker(t);
    worker.start();
    await pass(100);
    worker.wake(Date.now() + 300);
    worker.wake(Date.now() + 100);
    worker.wake(Date.now() + 500);
    assert.equal(await pass(99), 0);
    assert.equal(await pass(1), 1);
  });

  test('at once, and once for all that is announced within 10 ms', async (t) => {
    const { worker, pass } = startWorker(t);
    worker.start();
    await pass(100);
    for (let announced = 0; announced < 5; announced += 1) worker.wake();
    assert.equal(await pass(1), 1);
    worker.wake();
    assert.equal(await pass(8), 0);
    assert.equal(await pass(2), 1);
  });

  test('every second, whatever is announced for later', async (t) => {
    const { worker, pass } = startWorker(t);
    worker.start();
    await pass(100);
    worker.wake(Date.now() + 3_600_000);
    assert.equal(await pass(5 * pollMs), 5);
  });

  for (const byMs of [-3_600_000, -500, 500, 3_600_000]) {
    test(`every second, and when work falls due, although the clock is set by ${byMs} ms`, async (t) => {
      const { worker, pass, now, setClock } = startWorker(t);
      worker.start();
      await pass(100);
      await pass(900);
      setClock(byMs);
      worker.wake(now() + 5000);
      assert.equal(await pass(2), 1);
      await pass(100);
      setClock(byMs);
      worker.wake();
      assert.equal(await pass(1), 1);
    });
  }
});
