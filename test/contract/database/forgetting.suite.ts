import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { NotificationEvent } from '../../../src/domain/notification.ts';
import { forgetOld } from '../../../src/housekeeping.ts';
import { settleAttempt } from '../../../src/queue/queue.ts';
import type { Database } from '../../../src/store/database.ts';
import { insertNotifications, markScheduled } from '../../../src/store/notifications.ts';
import { recordIntent } from '../../../src/store/posts.ts';
import { saveTrace } from '../../../src/store/traces.ts';
import { getTurn, insertTurn, insertTurns } from '../../../src/store/turns.ts';
import { scheduleBatch } from '../../../src/turn/schedule.ts';
import { positionAt } from '../../support/turns.ts';
import { createClock, type DatabaseHarness, openPlace, readAll, startsAt } from './place.ts';
import { apart, deliveredTurn, notification, unpostedTurn, waitingTurn, workingTurn } from './rows.ts';

const secret = 'my-card-ends-in-4242';
const trace = JSON.stringify({ prompt: secret });
const note = { kind: 'note', authorId: 'assistant', body: `<p>${secret}</p>` } as const;
const dayMs = 86_400_000;

/** A turn under work, with a trace of an earlier attempt and a post, all with the contact's words in them. */
async function storeWords(db: Database, turn = workingTurn({ attempt: 2 })): Promise<void> {
  await insertTurn(db, turn);
  await saveTrace(db, turn.id, { attempt: 1, recordedAt: startsAt, trace });
  await recordIntent(db, turn, note, startsAt);
}

async function hear(db: Database, type: NotificationEvent['type'], id: string = type): Promise<void> {
  const event = { type, position: positionAt(300), authorId: undefined };
  await insertNotifications(db, [notification(id, { event })], startsAt);
  await scheduleBatch(db, createClock().context);
}

const insertEnded = async (db: Database, count: number): Promise<void> =>
  await insertTurns(
    db,
    Array.from({ length: count }, (_, index) => deliveredTurn({ ...apart(index), endedAt: startsAt })),
  );

const words = async (db: Database): Promise<number> => JSON.stringify(await readAll(db)).split(secret).length - 1;

export function forgetting(harness: DatabaseHarness): void {
  describe('forgetting', () => {
    for (const type of ['conversation-deleted', 'part-redacted'] as const) {
      test(`${type}: no word of the conversation is left, and every other conversation’s`, async () => {
        await using place = await openPlace(harness);
        await storeWords(place.db);
        await storeWords(place.db, workingTurn({ ...apart(2), attempt: 2 }));
        assert.equal(await words(place.db), 4);
        await hear(place.db, type);
        assert.equal(await words(place.db), 2);
        const state = (await getTurn(place.db, workingTurn().id))?.state;
        assert.equal(state, type === 'part-redacted' ? 'working' : 'superseded');
      });

      test(`${type}: an attempt that was under way leaves no word either`, async () => {
        await using place = await openPlace(harness);
        const turn = workingTurn({ attempt: 2 });
        await storeWords(place.db, turn);
        await hear(place.db, type);
        const failure = { kind: 'fault', message: 'it failed', retryAfterMs: undefined } as const;
        const result = { kind: 'failed', failure } as const;
        await settleAttempt(place.db, turn, result, trace, createClock().context());
        assert.equal(await words(place.db), 0);
      });
    }

    test('an attempt that finds the conversation gone ends its turn and leaves no word, in one commit', async () => {
      await using place = await openPlace(harness);
      const turn = workingTurn({ attempt: 2 });
      await storeWords(place.db, turn);
      await storeWords(place.db, workingTurn({ ...apart(2), attempt: 2 }));
      await settleAttempt(place.db, turn, { kind: 'conversation-gone' }, trace, createClock().context());
      assert.equal(await words(place.db), 2);
      const stored = await getTurn(place.db, turn.id);
      assert.equal(stored?.state, 'superseded');
    });

    test('an attempt that finds the conversation gone and has lost its turn ends nothing, and leaves no word', async () => {
      await using place = await openPlace(harness);
      const turn = workingTurn({ attempt: 2 });
      await storeWords(place.db, turn);
      const lost = { ...turn, attempt: 1 };
      assert.equal(
        await settleAttempt(place.db, lost, { kind: 'conversation-gone' }, trace, createClock().context()),
        undefined,
      );
      assert.equal(await words(place.db), 0);
      assert.equal((await getTurn(place.db, turn.id))?.state, 'working');
    });

    test('part-redacted: the next attempt, which reads the conversation anew, leaves its trace', async () => {
      await using place = await openPlace(harness);
      await storeWords(place.db);
      await hear(place.db, 'part-redacted');
      await saveTrace(place.db, workingTurn().id, { attempt: 3, recordedAt: startsAt, trace });
      assert.equal(await words(place.db), 1);
    });

    test('turns that ended before the retention go, with their posts and traces; live ones stay', async () => {
      await using place = await openPlace(harness);
      const now = startsAt + 30 * dayMs;
      await storeWords(place.db);
      const old = workingTurn({ ...apart(2), attempt: 2 });
      await storeWords(place.db, old);
      await settleAttempt(place.db, old, { kind: 'withheld', reason: 'so' }, trace, createClock().context());
      await insertTurn(place.db, deliveredTurn({ ...apart(3), endedAt: startsAt - 1 }));
      await insertTurn(place.db, unpostedTurn('dead', { ...apart(4), endedAt: startsAt + 1 }));
      await insertTurn(place.db, waitingTurn({ ...apart(5), openedAt: 0, dueAt: 0 }));
      assert.equal(await forgetOld(place.db, 30, now), 1);
      assert.equal(await forgetOld(place.db, 30, now + 1), 1);
      const [, turns, posts, traces] = await readAll(place.db);
      assert.deepEqual(
        turns?.map((row) => row['id']),
        ['turn-1', 'turn-4', 'turn-5'],
      );
      assert.deepEqual(
        posts?.map((row) => row['turn_id']),
        ['turn-1'],
      );
      assert.deepEqual(
        traces?.map((row) => row['turn_id']),
        ['turn-1'],
      );
      assert.equal(await words(place.db), 2);
    });

    test('notifications go after the retention, not before a week, and never before their effect', async () => {
      await using place = await openPlace(harness);
      await insertNotifications(place.db, [notification('a'), notification('b')], startsAt);
      await insertNotifications(place.db, [notification('c')], startsAt + 1);
      await markScheduled(place.db, [notification('a').id, notification('c').id], startsAt + 2);
      const left = async () => (await readAll(place.db))[0]?.map((row) => row['id']);
      await forgetOld(place.db, 1, startsAt + 7 * dayMs);
      assert.deepEqual(await left(), ['a', 'b', 'c']);
      await forgetOld(place.db, 1, startsAt + 7 * dayMs + 1);
      assert.deepEqual(await left(), ['b', 'c']);
      await forgetOld(place.db, 30, startsAt + 29 * dayMs);
      assert.deepEqual(await left(), ['b', 'c']);
      await forgetOld(place.db, 30, startsAt + 31 * dayMs);
      assert.deepEqual(await left(), ['b']);
    });

    test('more than one batch is forgotten in one go', async () => {
      await using place = await openPlace(harness);
      for (let start = 0; start < 1100; start += 100) {
        const batch = Array.from({ length: 100 }, (_, index) => notification(`n${start + index}`));
        await insertNotifications(place.db, batch, startsAt);
        await markScheduled(
          place.db,
          batch.map(({ id }) => id),
          startsAt,
        );
      }
      assert.equal(await forgetOld(place.db, 30, startsAt + 31 * dayMs), 1100);
      assert.deepEqual((await readAll(place.db))[0], []);
    });

    test('a message that comes while much is forgotten is stored at once, between two batches', async () => {
      await using place = await openPlace(harness);
      await insertEnded(place.db, 1500);
      const order: string[] = [];

      const isForgotten = forgetOld(place.db, 30, startsAt + 31 * dayMs).then((count) => order.push(`forgot ${count}`));
      const isStored = insertNotifications(place.db, [notification('new')], startsAt).then(() => order.push('stored'));
      await Promise.all([isForgotten, isStored]);

      assert.deepEqual(order, ['stored', 'forgot 1500']);
    });

    test('what is left when Sidenote is stopped is forgotten after the next start', async () => {
      await using place = await openPlace(harness);
      await insertEnded(place.db, 250);
      const stop = new AbortController();
      const isForgotten = forgetOld(place.db, 30, startsAt + 31 * dayMs, stop.signal);
      stop.abort();

      assert.equal(await isForgotten, 100);
      assert.equal(await forgetOld(place.db, 30, startsAt + 31 * dayMs), 150);
    });
  });
}
