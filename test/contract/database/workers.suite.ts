import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Turn, WorkingTurn } from '../../../src/domain/turn.ts';
import type { AttemptResult } from '../../../src/queue/queue.ts';
import { AttemptAborted, Worker } from '../../../src/queue/worker.ts';
import type { Database } from '../../../src/store/database.ts';
import { insertNotifications } from '../../../src/store/notifications.ts';
import { listTraces } from '../../../src/store/traces.ts';
import { getTurn, insertTurn, listTurns } from '../../../src/store/turns.ts';
import { abortedBy, scheduleBatch } from '../../../src/turn/schedule.ts';
import { positionAt, retry, timing } from '../../support/turns.ts';
import { createClock, type DatabaseHarness, openPlace, startsAt, type TestClock } from './place.ts';
import { apart, notification, unpostedTurn, waitingTurn } from './rows.ts';

const withheld: AttemptResult = { kind: 'withheld', reason: 'done' };
const failed: AttemptResult = {
  kind: 'failed',
  failure: { kind: 'fault', message: 'the call was given up', retryAfterMs: undefined },
};

/** One attempt under work; the test says how it ends. */
type Running = {
  readonly turn: WorkingTurn;
  readonly signal: AbortSignal;
  readonly end: (result: AttemptResult) => void;
};

/** A worker as another process would be, whose attempts go on until the test ends them. */
type TestWorker = {
  readonly worker: Worker;
  /** Attempts begun, oldest first. */
  readonly begun: readonly Running[];
  /** What `onSettled` was told: the turn's state, or `lost`. */
  readonly settled: readonly string[];
  readonly died: readonly Turn[];
  readonly errors: readonly unknown[];
};

function startWorker(
  db: Database,
  owner: string,
  clock: TestClock,
  turnsMax = 4,
  isPaused = (): boolean => false,
): TestWorker {
  const [begun, settled, died, errors]: [Running[], string[], Turn[], unknown[]] = [[], [], [], []];
  const worker = new Worker(
    { owner, turnsMax: () => turnsMax, pollMs: 1 },
    {
      db,
      makeContext: clock.context,
      monotonicNow: () => performance.now(),
      prepare: async () => worker.abort(abortedBy(await scheduleBatch(db, clock.context)), 'the conversation moved on'),
      run: async (turn, signal) => {
        const { promise, resolve } = Promise.withResolvers<AttemptResult>();
        // As a model call does: it is given up at once.
        signal.addEventListener('abort', () => resolve(failed));
        begun.push({ turn, signal, end: resolve });
        return { result: await promise, trace: JSON.stringify({ owner }) };
      },
      isPaused: () => isPaused(),
      onClaimed: () => undefined,
      onSettled: (_attempt, ending) => void settled.push(ending?.turn.state ?? 'lost'),
      onDied: (turn) => void died.push(turn),
      onError: (error) => void errors.push(error),
    },
  );
  return { worker, begun, settled, died, errors };
}

async function storeDue(db: Database, count: number): Promise<void> {
  for (let number = 1; number <= count; number += 1) await insertTurn(db, waitingTurn({ ...apart(number) }));
}

const states = async (db: Database): Promise<string> =>
  (await listTurns(db, { state: undefined, conversationId: undefined }, 100))
    .map((turn) => turn.state)
    .toSorted()
    .join(' ');

const first = apart(1);

export function workers(harness: DatabaseHarness): void {
  describe('workers', () => {
    test('two workers share the turns, run none twice and no more than they may', async () => {
      await using place = await openPlace(harness);
      const clock = createClock();
      await storeDue(place.db, 7);
      const one = startWorker(place.db, 'owner-1', clock);
      const two = startWorker(place.open(), 'owner-2', clock);
      assert.deepEqual([await one.worker.tick(), await two.worker.tick()], [4, 3]);
      assert.deepEqual([await one.worker.tick(), await two.worker.tick()], [0, 0]);
      const both = [...one.begun, ...two.begun];
      assert.equal(new Set(both.map(({ turn }) => turn.id)).size, 7);
      // One after the other: SQLite's handles hold up the one thread that they share here.
      for (const { worker, begun } of [one, two]) {
        for (const { end } of begun) end(withheld);
        await worker.idle();
      }
      assert.deepEqual([one.worker.running, two.worker.running], [0, 0]);
      assert.equal(await states(place.db), Array.from({ length: 7 }, () => 'withheld').join(' '));
    });

    test('a paused worker begins nothing, and goes on where it was when the pause ends', async () => {
      await using place = await openPlace(harness);
      const clock = createClock();
      await storeDue(place.db, 2);
      let isPaused = true;
      const { worker, begun } = startWorker(place.db, 'owner-1', clock, 4, () => isPaused);
      assert.equal(await worker.tick(), 0);
      assert.equal(await states(place.db), 'waiting waiting');
      isPaused = false;
      assert.equal(await worker.tick(), 2);
      for (const { end } of begun) end(withheld);
      await worker.idle();
    });

    test('a dead worker’s turn is taken over when its lease has ended, and not before', async () => {
      await using place = await openPlace(harness);
      const clock = createClock();
      await storeDue(place.db, 1);
      const dead = startWorker(place.db, 'owner-1', clock);
      const next = startWorker(place.open(), 'owner-2', clock);
      await dead.worker.tick();
      clock.advance(timing.leaseDurationMs - 1);
      assert.equal(await next.worker.tick(), 0);
      clock.advance(1);
      assert.equal(await next.worker.tick(), 1);
      assert.deepEqual([next.begun[0]?.turn.attempt, next.begun[0]?.turn.faults], [2, 1]);

      // It was not dead after all, only slow: what it brings comes too late.
      dead.begun[0]?.end({ kind: 'skipped', reason: 'late' });
      await dead.worker.idle();
      assert.deepEqual(dead.settled, ['lost']);
      assert.equal((await getTurn(place.db, first.id))?.state, 'working');
      next.begun[0]?.end(withheld);
      await next.worker.idle();
      assert.equal((await getTurn(place.db, first.id))?.state, 'withheld');
      assert.equal((await listTraces(place.db, first.id)).length, 2);
    });

    test('a heartbeat keeps a turn for as long as its worker lives', async () => {
      await using place = await openPlace(harness);
      const clock = createClock();
      await storeDue(place.db, 1);
      const slow = startWorker(place.db, 'owner-1', clock);
      const next = startWorker(place.open(), 'owner-2', clock);
      await slow.worker.tick();
      for (let beats = 0; beats < 5; beats += 1) {
        clock.advance(timing.leaseDurationMs - 1);
        await slow.worker.heartbeat();
        assert.equal(await next.worker.tick(), 0);
      }
      slow.begun[0]?.end(withheld);
      await slow.worker.idle();
      assert.deepEqual(slow.settled, ['withheld']);
    });

    test('a heartbeat aborts what another worker has taken over or superseded, and nothing else', async () => {
      await using place = await openPlace(harness);
      const clock = createClock();
      await storeDue(place.db, 2);
      const here = startWorker(place.db, 'owner-1', clock);
      await here.worker.tick();
      const there = place.open();
      const event = { type: 'contact-wrote', position: positionAt(200), authorId: undefined } as const;
      const { conversationId } = first;
      await insertNotifications(there, [notification('newer', { conversationId, event })], startsAt);
      await scheduleBatch(there, clock.context);
      await here.worker.heartbeat();
      const superseded = here.begun.find(({ turn }) => turn.conversationId === conversationId);
      const other = here.begun.find((one) => one !== superseded);
      assert.ok(superseded?.signal.reason instanceof AttemptAborted);
      assert.equal(other?.signal.aborted, false);
      other?.end(withheld);
      await here.worker.idle();
      assert.deepEqual(here.settled.toSorted(), ['lost', 'withheld']);
      assert.equal(await states(place.db), 'superseded waiting withheld');
    });

    test('a look for work aborts at once what the notifications superseded here', async () => {
      await using place = await openPlace(harness);
      const clock = createClock();
      await storeDue(place.db, 1);
      const here = startWorker(place.db, 'owner-1', clock);
      await here.worker.tick();
      const event = { type: 'teammate-replied', position: positionAt(200), authorId: 'teammate' } as const;
      const { conversationId } = first;
      await insertNotifications(place.db, [notification('reply', { conversationId, event })], startsAt);
      await here.worker.tick();
      assert.ok(here.begun[0]?.signal.reason instanceof AttemptAborted);
      await here.worker.idle();
      assert.deepEqual(here.settled, ['lost']);
      assert.equal(await states(place.db), 'superseded');
    });

    test('a worker that gets its own turn again, after a stall, gives up the attempt it was at', async () => {
      await using place = await openPlace(harness);
      const clock = createClock();
      await storeDue(place.db, 1);
      const stalled = startWorker(place.db, 'owner-1', clock);
      await stalled.worker.tick();
      clock.advance(timing.leaseDurationMs);
      assert.equal(await stalled.worker.tick(), 1);
      const [before, after] = stalled.begun;
      assert.equal(before?.signal.aborted, true);
      assert.deepEqual([after?.turn.attempt, after?.signal.aborted], [2, false]);
      // The end of the first attempt must not take the second out of the worker's hands.
      while (stalled.settled.length === 0) await new Promise(setImmediate);
      await stalled.worker.heartbeat();
      assert.deepEqual([stalled.worker.running, after?.signal.aborted], [1, false]);
      after?.end(withheld);
      await stalled.worker.idle();
      assert.deepEqual(stalled.settled, ['lost', 'withheld']);
      assert.equal(await states(place.db), 'withheld');
    });

    test('stopping hands back what does not end in time, without a fault; a successor goes on at once', async () => {
      await using place = await openPlace(harness);
      const clock = createClock();
      await storeDue(place.db, 2);
      const stopping = startWorker(place.db, 'owner-1', clock);
      await stopping.worker.tick();
      await stopping.worker.stop(0);
      assert.deepEqual(stopping.settled, ['waiting', 'waiting']);
      assert.equal(await stopping.worker.tick(), 0);
      const turn = await getTurn(place.db, first.id);
      assert.deepEqual([turn?.attempt, turn?.faults], [0, 0]);
      const next = startWorker(place.open(), 'owner-2', clock);
      assert.equal(await next.worker.tick(), 2);
      await next.worker.stop(0);
    });

    test('stopping keeps what ends in time', async () => {
      await using place = await openPlace(harness);
      await storeDue(place.db, 1);
      const stopping = startWorker(place.db, 'owner-1', createClock());
      await stopping.worker.tick();
      const stopped = stopping.worker.stop(60_000);
      stopping.begun[0]?.end(withheld);
      await stopped;
      assert.equal(await states(place.db), 'withheld');
    });

    test('a turn whose worker died too often is told and given up', async () => {
      await using place = await openPlace(harness);
      const clock = createClock();
      await storeDue(place.db, 1);
      for (let deaths = 0; deaths < retry.faultsMaxByDeath; deaths += 1) {
        const mortal = startWorker(place.db, `owner-${deaths}`, clock);
        assert.equal(await mortal.worker.tick(), 1);
        clock.advance(timing.leaseDurationMs);
      }
      const last = startWorker(place.db, 'owner-last', clock);
      assert.equal(await last.worker.tick(), 0);
      const reason = 'the worker died 8 times while it worked on this turn';
      const dead = unpostedTurn('dead', { ...first, attempt: 8, faults: 8, endedAt: clock.now(), reason });
      assert.deepEqual(last.died, [dead]);
      assert.deepEqual(await getTurn(place.db, first.id), dead);
    });

    test('a started worker takes work by itself: what is due, what falls due, what others announce', async () => {
      await using place = await openPlace(harness);
      await storeDue(place.db, 1);
      const self = startWorker(place.db, 'owner-1', createClock(), 8);
      const { promise: twoBegan, resolve } = Promise.withResolvers<undefined>();
      const watch = setInterval(() => {
        for (const { end } of self.begun) end(withheld);
        if (self.settled.length === 2) resolve(undefined);
      }, 1);
      self.worker.start();
      await insertTurn(place.db, waitingTurn({ ...apart(2) }));
      self.worker.wake();
      await twoBegan;
      clearInterval(watch);
      await self.worker.stop(0);
      assert.equal(await states(place.db), 'withheld withheld');
      assert.deepEqual(self.errors, []);
    });
  });
}
