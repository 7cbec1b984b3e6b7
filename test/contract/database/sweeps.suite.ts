import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SweepRange } from '../../../src/domain/sweep.ts';
import { claimRange, narrowRange, openRange, sweepReach } from '../../../src/store/sweeps.ts';
import { insertTurn, newestReaches } from '../../../src/store/turns.ts';
import { conversationId, positionAt, workspaceId } from '../../support/turns.ts';
import { type DatabaseHarness, openPlace, startsAt } from './place.ts';
import { apart, unpostedTurn, waitingTurn } from './rows.ts';

const older: SweepRange = { fromSeconds: 100, untilSeconds: 200 };
const newer: SweepRange = { fromSeconds: 190, untilSeconds: 300 };
const leasedUntil = startsAt + 1000;

export function sweeps(harness: DatabaseHarness): void {
  describe('sweeps', () => {
    test('of two instances that open the same range one does, and the reach moves once', async () => {
      await using place = await openPlace(harness);
      const open = async (previous: number | undefined, next: number, range: SweepRange | undefined) =>
        await openRange(place.db, workspaceId, { previous, next }, range);
      await open(undefined, 200, undefined);
      await open(undefined, 250, older);
      assert.equal(await sweepReach(place.db, workspaceId), 200);
      await Promise.all([open(200, 300, older), open(200, 300, older)]);
      assert.equal(await sweepReach(place.db, workspaceId), 300);
      assert.deepEqual(await claimRange(place.db, workspaceId, startsAt, leasedUntil), older);
      assert.equal(await claimRange(place.db, workspaceId, startsAt, leasedUntil), undefined);
    });

    test('take the newest range first, keep it for the time of the lease, and go on where it was left', async () => {
      await using place = await openPlace(harness);
      await openRange(place.db, workspaceId, { previous: undefined, next: 100 }, older);
      await openRange(place.db, workspaceId, { previous: 100, next: 300 }, newer);
      const claim = async (now: number) => await claimRange(place.db, workspaceId, now, leasedUntil);
      assert.deepEqual(await claim(startsAt), newer);
      assert.deepEqual(await claim(startsAt), older);
      assert.equal(await claim(startsAt), undefined);
      await narrowRange(place.db, workspaceId, { ...newer, untilSeconds: 240 }, leasedUntil);
      assert.deepEqual(await claim(leasedUntil), { ...newer, untilSeconds: 240 });
      await narrowRange(place.db, workspaceId, { ...newer, untilSeconds: newer.fromSeconds - 1 }, 0);
      await narrowRange(place.db, workspaceId, { ...older, untilSeconds: older.fromSeconds }, 0);
      assert.deepEqual(await claim(leasedUntil), { fromSeconds: 100, untilSeconds: 100 });
      assert.equal(await claim(startsAt), undefined);
    });

    test('know how far the turns of many conversations reach', async () => {
      await using place = await openPlace(harness);
      await insertTurn(place.db, unpostedTurn('superseded', { ...apart(1), upTo: positionAt(300) }));
      const sameConversation = { conversationId: apart(1).conversationId };
      await insertTurn(place.db, unpostedTurn('skipped', { ...apart(3), ...sameConversation, upTo: positionAt(250) }));
      await insertTurn(place.db, unpostedTurn('dead', { ...apart(4), ...sameConversation, upTo: positionAt(300) }));
      await insertTurn(place.db, waitingTurn({ ...apart(2), upTo: positionAt(200) }));
      const ids = [apart(1).conversationId, apart(2).conversationId, conversationId];
      const reaches = await newestReaches(place.db, workspaceId, ids);
      assert.equal(reaches.size, 2);
      const ended = reaches.get(apart(1).conversationId);
      assert.deepEqual(ended?.upTo, positionAt(300));
      assert.deepEqual(new Set(ended.states), new Set(['dead', 'superseded']));
      assert.deepEqual(reaches.get(apart(2).conversationId), { upTo: positionAt(200), states: ['waiting'] });
      assert.deepEqual(await newestReaches(place.db, workspaceId, []), new Map());
    });
  });
}
