import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LiveTurn } from '../../../src/domain/turn.ts';
import { claimTurns, nextWorkAt } from '../../../src/queue/queue.ts';
import type { Database } from '../../../src/store/database.ts';
import { extendLeases, getTurn, insertTurn, insertTurns } from '../../../src/store/turns.ts';
import { inThreads } from '../../support/database-thread.ts';
import { retry, timing } from '../../support/turns.ts';
import { createClock, type DatabaseHarness, openPlace, readAll, startsAt } from './place.ts';
import { apart, deliveredTurn, unpostedTurn, waitingTurn, workingTurn } from './rows.ts';

const due = (number: number, dueAt: number, openedAt = startsAt): LiveTurn =>
  waitingTurn({ ...apart(number), dueAt, openedAt });
const leased = (number: number, endsAt: number, faults = 0): LiveTurn =>
  workingTurn({ ...apart(number), faults, lease: { owner: 'owner-1', endsAt } });

async function claim(db: Database, limit: number, owner = 'owner-2') {
  const room = { limit, isIdle: true, prefersSuspect: true };
  const { claimed, died } = await claimTurns(db, owner, room, createClock().context);
  return { claimed: claimed.map((turn) => turn.id), died: died.map((turn) => turn.id) };
}

export function claims(harness: DatabaseHarness): void {
  describe('claims', () => {
    test('the newest come first, then the longest abandoned, each once and no more than asked for', async () => {
      await using place = await openPlace(harness);
      const stored = [
        due(1, startsAt, startsAt - 20),
        due(2, startsAt, startsAt - 10),
        due(3, startsAt + 1, startsAt),
        leased(4, startsAt - 1),
        leased(5, startsAt - 9),
        leased(6, startsAt + 1),
        leased(7, startsAt),
      ];
      for (const turn of stored) await insertTurn(place.db, turn);
      await insertTurn(place.db, unpostedTurn('dead', { ...apart(8) }));
      assert.deepEqual((await claim(place.db, 1)).claimed, ['turn-2']);
      assert.deepEqual((await claim(place.db, 3)).claimed, ['turn-1', 'turn-5', 'turn-4']);
      assert.deepEqual((await claim(place.db, 100)).claimed, ['turn-7']);
      assert.deepEqual(await claim(place.db, 100), { claimed: [], died: [] });
    });

    test('behind the thousand newest of a backlog come those that have been due for longest', async () => {
      await using place = await openPlace(harness);
      const newest = Array.from({ length: 1000 }, (_, number) => due(10 + number, startsAt + 1));
      for (const half of [newest.slice(0, 500), newest.slice(500)]) await insertTurns(place.db, half);
      for (const [number, dueAt] of [-5, -9, -7].entries())
        await insertTurn(place.db, due(number, startsAt + dueAt, startsAt - 1 - number));
      assert.deepEqual((await claim(place.db, 2)).claimed, ['turn-1', 'turn-2']);
      assert.deepEqual((await claim(place.db, 2)).claimed, ['turn-0']);
    });

    test('a claimed turn is its owner’s for the time of the lease, at its next attempt', async () => {
      await using place = await openPlace(harness);
      await insertTurn(place.db, waitingTurn({ attempt: 2, lastError: 'it failed' }));
      await claim(place.db, 1);
      const lease = { owner: 'owner-2', endsAt: startsAt + timing.leaseDurationMs };
      assert.deepEqual(await getTurn(place.db, waitingTurn().id), workingTurn({ attempt: 3, lease }));
    });

    test('a lease that ran out counts as a fault, and the last one ends the turn', async () => {
      await using place = await openPlace(harness);
      await insertTurn(place.db, leased(1, startsAt - 2, retry.faultsMaxByDeath - 2));
      await insertTurn(place.db, leased(2, startsAt - 1, retry.faultsMaxByDeath - 1));
      assert.deepEqual(await claim(place.db, 10), { claimed: ['turn-1'], died: [] });
      assert.deepEqual(await claim(place.db, 10), { claimed: [], died: ['turn-2'] });
      const [once, twice] = [await getTurn(place.db, apart(1).id), await getTurn(place.db, apart(2).id)];
      assert.equal(once?.faults, retry.faultsMaxByDeath - 1);
      assert.equal(twice?.state, 'dead');
    });

    test('instances that claim at once never get the same turn, and leave none', async () => {
      await using place = await openPlace(harness);
      const numbers = Array.from({ length: 90 }, (_, index) => index);
      for (const number of numbers) {
        await insertTurn(place.db, number % 3 === 0 ? leased(number, startsAt - 1) : due(number, startsAt - number));
      }
      const task = { kind: 'claim', now: startsAt, limit: 4 } as const;
      const got = await inThreads(place.source, [
        { ...task, owner: 'x' },
        { ...task, owner: 'y' },
        { ...task, owner: 'z' },
      ]);
      assert.deepEqual(got.flat().toSorted(), numbers.map((number) => apart(number).id).toSorted());
      const [, rows] = await readAll(place.db);
      const owners = new Map(rows?.map((row) => [row['id'], row['lease_owner']]));
      for (const [index, owner] of ['x', 'y', 'z'].entries()) {
        for (const id of got[index] ?? []) assert.equal(owners.get(id), owner);
      }
    });

    test('a heartbeat extends what its owner still holds and tells what it lost', async () => {
      await using place = await openPlace(harness);
      await insertTurn(place.db, leased(1, startsAt + 5));
      await insertTurn(place.db, workingTurn({ ...apart(2), lease: { owner: 'owner-2', endsAt: startsAt + 5 } }));
      await insertTurn(place.db, due(3, startsAt));
      await insertTurn(place.db, deliveredTurn({ ...apart(4) }));
      await insertTurn(place.db, leased(5, startsAt + 5));
      const held = [1, 2, 3, 4, 404].map((number) => apart(number).id);
      assert.deepEqual([...(await extendLeases(place.db, 'owner-1', held, startsAt + 99))], ['turn-1']);
      const ends = (await readAll(place.db))[1]?.map((row) => row['lease_ends_at']);
      assert.deepEqual(ends, [startsAt + 99, startsAt + 5, null, null, startsAt + 5]);
    });

    test('the next work is the earliest due time or end of a lease', async () => {
      await using place = await openPlace(harness);
      await insertTurn(place.db, deliveredTurn({ ...apart(9) }));
      assert.equal(await nextWorkAt(place.db), undefined);
      await insertTurn(place.db, leased(1, startsAt + 7));
      assert.equal(await nextWorkAt(place.db), startsAt + 7);
      await insertTurn(place.db, due(2, startsAt + 5));
      await insertTurn(place.db, due(3, startsAt + 6));
      assert.equal(await nextWorkAt(place.db), startsAt + 5);
      await insertTurn(place.db, leased(4, startsAt + 4));
      assert.equal(await nextWorkAt(place.db), startsAt + 4);
    });
  });
}
