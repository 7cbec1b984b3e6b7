import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import { fc } from '../../support/fast-check.ts';
import type { LiveTurn } from '../../../src/domain/turn.ts';
import { claimTurns, type Room } from '../../../src/queue/queue.ts';
import { Worker } from '../../../src/queue/worker.ts';
import type { Database } from '../../../src/store/database.ts';
import { countLiveTurns, insertTurn, listTurns } from '../../../src/store/turns.ts';
import { suspectFaults, timing } from '../../support/turns.ts';
import { createClock, type DatabaseHarness, openPlace, startsAt, type TestClock } from './place.ts';
import { apart, waitingTurn, workingTurn } from './rows.ts';

const due = (number: number): LiveTurn => waitingTurn({ ...apart(number), dueAt: startsAt, openedAt: startsAt });
const abandoned = (number: number, faults: number): LiveTurn =>
  workingTurn({ ...apart(number), faults, lease: { owner: 'owner-1', endsAt: startsAt - number } });

async function claim(db: Database, room: Partial<Room>) {
  const { claimed, suspect } = await claimTurns(
    db,
    'owner-2',
    { limit: 4, isIdle: true, prefersSuspect: true, ...room },
    createClock().context,
  );
  return { claimed: claimed.map((turn) => turn.id), suspect };
}

/** A process whose attempts go on until `end`, or until nothing is heard of it any more. */
type Process = { readonly worker: Worker; readonly running: Set<string>; readonly end: () => void };

function startProcess(db: Database, owner: string, clock: TestClock, pollMs = 1): Process {
  const running = new Set<string>();
  let ending = Promise.withResolvers<undefined>();
  const worker = new Worker(
    { owner, turnsMax: () => 3, pollMs },
    {
      db,
      makeContext: clock.context,
      monotonicNow: () => performance.now(),
      prepare: async () => await Promise.resolve(),
      run: async (turn) => {
        running.add(turn.id);
        await ending.promise;
        running.delete(turn.id);
        return { result: { kind: 'withheld', reason: 'done' }, trace: '{}' };
      },
      isPaused: () => false,
      onClaimed: () => undefined,
      onSettled: () => undefined,
      onDied: () => undefined,
      onError: (error) => assert.fail(String(error)),
    },
  );
  const end = (): void => {
    ending.resolve(undefined);
    ending = Promise.withResolvers();
  };
  return { worker, running, end };
}

/** Lives follow one another until nothing is left to do; a life ends at once when it works on a turn of `deadly`. */
async function liveAndDie(db: Database, deadly: ReadonlySet<string>): Promise<void> {
  const clock = createClock();
  for (let life = 0; (await countLiveTurns(db)).waiting + (await countLiveTurns(db)).working > 0; life += 1) {
    const { worker, running, end } = startProcess(db, `life-${life}`, clock);
    for (let isAlive = true; isAlive;) {
      const begun = await worker.tick();
      if (running.intersection(deadly).size > 0) break;
      end();
      await worker.idle();
      isAlive = begun > 0;
    }
    clock.advance(timing.leaseDurationMs);
  }
}

export function suspects(harness: DatabaseHarness): void {
  describe('a turn whose workers died', () => {
    test('is taken up alone, before the turns that are due and after those that run', async () => {
      await using place = await openPlace(harness);
      for (const turn of [due(1), due(2), abandoned(3, suspectFaults), abandoned(4, suspectFaults)])
        await insertTurn(place.db, turn);
      assert.deepEqual(await claim(place.db, { isIdle: false }), { claimed: [], suspect: 'waits' });
      assert.deepEqual(await claim(place.db, {}), { claimed: ['turn-4'], suspect: 'begun' });
      const others = await claim(place.db, { prefersSuspect: false });
      assert.deepEqual([others.claimed.toSorted(), others.suspect], [['turn-1', 'turn-2'], 'none']);
      assert.deepEqual(await claim(place.db, { prefersSuspect: false, isIdle: false }), {
        claimed: [],
        suspect: 'none',
      });
      assert.deepEqual(await claim(place.db, { prefersSuspect: false }), { claimed: ['turn-3'], suspect: 'begun' });
    });

    test('is none yet after the first death: those turns are taken up together', async () => {
      await using place = await openPlace(harness);
      for (const turn of [due(1), abandoned(2, suspectFaults - 1), abandoned(3, suspectFaults - 1)])
        await insertTurn(place.db, turn);
      assert.deepEqual(await claim(place.db, {}), { claimed: ['turn-1', 'turn-3', 'turn-2'], suspect: 'none' });
    });

    test('has the process for itself, and takes turns with the others', async () => {
      await using place = await openPlace(harness);
      const stored = [1, 2, 3].map(due);
      for (const turn of [...stored, abandoned(4, suspectFaults), abandoned(5, suspectFaults)])
        await insertTurn(place.db, turn);
      const { worker, running, end } = startProcess(place.db, 'owner-2', createClock());
      const rounds: string[][] = [];
      for (let round = 0; round < 3; round += 1) {
        await worker.tick();
        assert.equal(await worker.tick(), 0, 'nothing is begun beside them');
        rounds.push([...running].toSorted());
        end();
        await worker.idle();
      }
      assert.deepEqual(rounds, [['turn-5'], ['turn-1', 'turn-2', 'turn-3'], ['turn-4']]);
    });

    test('costs no looks for work while it runs and others wait', async () => {
      await using place = await openPlace(harness);
      const pollMs = 54_321;
      await insertTurn(place.db, abandoned(1, suspectFaults));
      const { worker, running, end } = startProcess(place.db, 'owner-2', createClock(), pollMs);
      const { promise: hasRested, resolve } = Promise.withResolvers<number>();
      const timers = mock.method(globalThis, 'setTimeout');
      const watch = setInterval(() => {
        const looks = timers.mock.calls.filter(({ arguments: [, ms] }) => ms === pollMs).length;
        if (running.size === 1 && looks > 0) resolve(looks);
      }, 1);
      try {
        await insertTurn(place.db, due(2));
        worker.start();
        assert.equal(await hasRested, 1);
        assert.deepEqual([...running], ['turn-1']);
      } finally {
        clearInterval(watch);
        timers.mock.restore();
      }
      end();
      while (!running.has('turn-2')) await new Promise(setImmediate);
      end();
      await worker.stop(0);
    });

    test('dies of it only if it is what kills them, whichever and however many do', async () => {
      const [turns, runs] = [9, 12];
      const numbers = fc.uniqueArray(fc.integer({ min: 1, max: turns }), { maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(numbers, async (deadly) => {
          await using place = await openPlace(harness);
          for (let number = 1; number <= turns; number += 1) await insertTurn(place.db, due(number));
          const ids = deadly.map((number): string => apart(number).id);
          await liveAndDie(place.db, new Set(ids));
          const dead = await listTurns(place.db, { state: 'dead', conversationId: undefined }, 100);
          assert.deepEqual(dead.map(({ id }) => id).toSorted(), ids.toSorted());
        }),
        { numRuns: runs },
      );
    });
  });
}
