import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../support/fast-check.ts';
import { claimUnscheduled, insertNotifications, markScheduled } from '../../../src/store/notifications.ts';
import { sql } from '../../../src/store/sql.ts';
import { scheduleBatch } from '../../../src/turn/schedule.ts';
import { inThreads } from '../../support/database-thread.ts';
import { positionAt } from '../../support/turns.ts';
import { createClock, type DatabaseHarness, openPlace, readAll, startsAt } from './place.ts';
import { anyNotification, apart, notification } from './rows.ts';

const ids = (rows: Iterable<{ readonly id: string }>): string[] => Array.from(rows, ({ id }) => id);

export function notifications(harness: DatabaseHarness): void {
  describe('notifications', () => {
    test('a notification is new once, also when it stands twice in one batch', async () => {
      await using place = await openPlace(harness);
      const batch = [notification('b'), notification('a'), notification('b')];
      assert.deepEqual([...(await insertNotifications(place.db, batch, startsAt))].toSorted(), ['a', 'b']);
      assert.deepEqual(ids(await claimUnscheduled(place.db, 10)), ['a', 'b']);
    });

    test('a repeated notification changes nothing, whatever it says now', async () => {
      await using place = await openPlace(harness);
      await insertNotifications(place.db, [notification('a')], startsAt);
      await markScheduled(place.db, [notification('a').id], startsAt);
      const before = await readAll(place.db);
      const repeated = notification('a', {
        topic: 'conversation.admin.closed',
        conversationId: apart(2).conversationId,
      });
      const added = await insertNotifications(place.db, [repeated, notification('b')], startsAt + 60_000);
      assert.deepEqual([...added], ['b']);
      assert.deepEqual((await readAll(place.db))[0]?.[0], before[0]?.[0]);
      assert.deepEqual(ids(await claimUnscheduled(place.db, 10)), ['b']);
    });

    test('instances that store the same notifications at once tell each of them as new once', async () => {
      await using place = await openPlace(harness);
      const all = Array.from({ length: 40 }, (_, number) => notification(`n${number}`));
      const task = { kind: 'insert', now: startsAt } as const;
      const results = await inThreads(place.source, [
        { ...task, notifications: all },
        { ...task, notifications: all.toReversed() },
        { ...task, notifications: [...all.slice(20), ...all.slice(0, 20)] },
      ]);
      assert.deepEqual(results.flat().toSorted(), ids(all).toSorted());
      assert.equal((await claimUnscheduled(place.db, 100)).length, 40);
    });

    test('instances that give stored notifications their effect at once open one turn per conversation', async () => {
      await using place = await openPlace(harness);
      const conversations = 30;
      const messages = Array.from({ length: conversations * 5 }, (_, number) =>
        notification(`n${number}`, {
          conversationId: apart(number % conversations).conversationId,
          event: { type: 'contact-wrote', position: positionAt(100 + number), authorId: undefined },
        }),
      );
      await insertNotifications(place.db, messages, startsAt);
      const opened = await inThreads(
        place.source,
        ['x', 'y', 'z'].map((owner) => ({ kind: 'schedule', owner, now: startsAt }) as const),
      );
      assert.equal(opened.flat().length, conversations);
      assert.equal((await claimUnscheduled(place.db, 1000)).length, 0);
      const [, turns] = await readAll(place.db);
      assert.equal(turns?.length, conversations);
      // The newest message of conversation 7 is the 7th of the last thirty.
      const reaches = turns?.find((turn) => turn['conversation_id'] === 'conversation-7')?.['up_to_part_id'];
      assert.equal(reaches, String(100 + 4 * conversations + 7));
    });

    test('what is kept of a notification is what was stored', async () => {
      await using place = await openPlace(harness);
      const distinct = fc.uniqueArray(anyNotification, { minLength: 1, maxLength: 20, selector: ({ id }) => id });
      const property = fc.asyncProperty(distinct, async (stored) => {
        await place.db.query(sql`delete from notifications`);
        await insertNotifications(place.db, stored, startsAt);
        const read = await claimUnscheduled(place.db, 100);
        const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);
        assert.deepEqual(read.toSorted(byId), stored.toSorted(byId));
      });
      await fc.assert(property, { numRuns: 40 });
    });

    test('the oldest come first: by arrival, then by Intercom’s time, then by id; marked ones do not come again', async () => {
      await using place = await openPlace(harness);
      const at = (seconds: number) =>
        ({ event: { type: 'contact-wrote', position: positionAt(seconds), authorId: undefined } }) as const;
      await insertNotifications(place.db, [notification('late', at(1))], startsAt + 1);
      await insertNotifications(
        place.db,
        [notification('b', at(7)), notification('a', at(7)), notification('c', at(5))],
        startsAt,
      );
      assert.deepEqual(ids(await claimUnscheduled(place.db, 3)), ['c', 'a', 'b']);
      await markScheduled(
        place.db,
        ids([notification('c'), notification('b')]).map((id) => notification(id).id),
        startsAt,
      );
      assert.deepEqual(ids(await claimUnscheduled(place.db, 3)), ['a', 'late']);
    });

    test('effect and mark are one: when the effect fails, the notification is still to do', async () => {
      await using place = await openPlace(harness);
      await insertNotifications(place.db, [notification('a')], startsAt);
      const before = await readAll(place.db);
      const clock = createClock();
      let calls = 0;
      // The second time that the context is asked for is the mark's.
      const failing = () => {
        calls += 1;
        if (calls === 2) throw new Error('killed here');
        return clock.context();
      };
      await assert.rejects(scheduleBatch(place.db, failing), /killed here/);
      assert.deepEqual(await readAll(place.db), before);
      const { opened } = await scheduleBatch(place.db, clock.context);
      assert.equal(opened.length, 1);
    });
  });
}
