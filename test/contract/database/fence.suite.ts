import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parsePartId } from '../../../src/domain/ids.ts';
import type { Turn, WorkingTurn } from '../../../src/domain/turn.ts';
import { type AttemptResult, extendReach, settleAttempt } from '../../../src/queue/queue.ts';
import type { Database } from '../../../src/store/database.ts';
import { getPost, recordIntent } from '../../../src/store/posts.ts';
import { listTraces } from '../../../src/store/traces.ts';
import { extendLeases, insertTurn, updateTurn } from '../../../src/store/turns.ts';
import { contextAt, positionAt } from '../../support/turns.ts';
import { type DatabaseHarness, openPlace, readAll, readAllButTraces, startsAt } from './place.ts';
import { deliveredTurn, unpostedTurn, waitingTurn, workingTurn } from './rows.ts';

/** What a worker holds in its hands that was away too long: attempt 3, under `owner-1`. */
const stale = workingTurn({ attempt: 3 });
const later = contextAt(startsAt + 20_000);
const note = { kind: 'note', authorId: 'assistant', body: '<p>late</p>' } as const;

/** What became of the turn meanwhile. */
const meanwhile: Readonly<Record<string, Turn>> = {
  'another owner has it': workingTurn({ attempt: 4, lease: { owner: 'owner-2', endsAt: startsAt + 30_000 } }),
  'another owner has it at the same attempt, after it was handed back': workingTurn({
    attempt: 3,
    lease: { owner: 'owner-2', endsAt: startsAt + 30_000 },
  }),
  'the same owner has taken it up again': workingTurn({
    attempt: 4,
    lease: { owner: 'owner-1', endsAt: startsAt + 30_000 },
  }),
  'it waits for its next attempt': waitingTurn({ attempt: 3, lastError: 'it failed' }),
  'it was handed back': waitingTurn({ attempt: 2 }),
  'it was superseded': unpostedTurn('superseded', { attempt: 3 }),
  'it was withheld': unpostedTurn('withheld', { attempt: 3 }),
  'it is dead': unpostedTurn('dead', { attempt: 3 }),
  'it was delivered': deliveredTurn({ attempt: 3 }),
};

const settles = (result: AttemptResult) => async (db: Database) =>
  (await settleAttempt(db, stale, result, '{}', later)) === undefined;

/** What a worker may write under a lease; each says whether it was refused. */
const writes: Readonly<Record<string, (db: Database) => Promise<boolean>>> = {
  'ends the turn': async (db) => !(await updateTurn(db, stale, unpostedTurn('withheld', { attempt: 3 }))),
  'lets it wait': async (db) => !(await updateTurn(db, stale, waitingTurn({ attempt: 3 }))),
  'says that the answer reaches further': async (db) => !(await extendReach(db, stale, positionAt(200), later)),
  'means to post': async (db) => (await recordIntent(db, stale, note, later.now)) === 'lost',
  'reports a delivery': settles({ kind: 'delivered', partId: parsePartId('201') }),
  'reports that it withheld': settles({ kind: 'withheld', reason: 'late' }),
  'reports that it skipped': settles({ kind: 'skipped', reason: 'late' }),
  'reports that it was superseded': settles({ kind: 'superseded', reason: 'late' }),
  'reports that it was overtaken': settles({ kind: 'overtaken', by: positionAt(200) }),
  'reports a fault': settles({ kind: 'failed', failure: { kind: 'fault', message: 'late', retryAfterMs: undefined } }),
  'reports the end': settles({
    kind: 'failed',
    failure: { kind: 'terminal', message: 'late', retryAfterMs: undefined },
  }),
  'hands it back': settles({ kind: 'handed-back' }),
};

const isHeldBy = (turn: Turn, owner: string): turn is WorkingTurn =>
  turn.state === 'working' && turn.lease.owner === owner;

export function fence(harness: DatabaseHarness): void {
  describe('a worker that lost its turn', () => {
    for (const [what, stored] of Object.entries(meanwhile)) {
      test(`changes nothing where ${what}`, async () => {
        await using place = await openPlace(harness);
        await insertTurn(place.db, stored);
        const before = await readAllButTraces(place.db);
        for (const [write, attempt] of Object.entries(writes)) {
          assert.equal(await attempt(place.db), true, `it ${write}`);
          assert.deepEqual(await readAllButTraces(place.db), before, `it ${write}`);
        }
        if (isHeldBy(stored, 'owner-1')) return; // the process extends by turn, whichever attempt it is at
        assert.equal((await extendLeases(place.db, 'owner-1', [stale.id], later.now)).size, 0);
        assert.deepEqual(await readAllButTraces(place.db), before, 'it extends the lease');
      });
    }

    test('writes nothing at all where the turn is forgotten', async () => {
      await using place = await openPlace(harness);
      const before = await readAll(place.db);
      for (const [write, attempt] of Object.entries(writes)) {
        assert.equal(await attempt(place.db), true, `it ${write}`);
      }
      assert.equal((await extendLeases(place.db, 'owner-1', [stale.id], later.now)).size, 0);
      assert.deepEqual(await readAll(place.db), before);
    });

    test('adds what it posted to the ledger, and what it did to the traces: both are true all the same', async () => {
      await using place = await openPlace(harness);
      const mine = workingTurn();
      await insertTurn(place.db, mine);
      assert.equal(await recordIntent(place.db, mine, note, startsAt), 'stored');
      const taken = workingTurn({ attempt: 2, lease: { owner: 'owner-2', endsAt: later.now } });
      assert.equal(await updateTurn(place.db, mine, taken), true);
      const [, turnsBefore] = await readAll(place.db);

      const posted = { kind: 'delivered', partId: parsePartId('201') } as const;
      assert.equal(await settleAttempt(place.db, mine, posted, '{"late":true}', later), undefined);
      assert.deepEqual((await readAll(place.db))[1], turnsBefore);
      assert.equal((await getPost(place.db, mine.id))?.partId, '201');
      const traces = await listTraces(place.db, mine.id);
      assert.deepEqual(traces, [{ attempt: 1, recordedAt: later.now, trace: '{"late":true}' }]);
    });
  });
}
