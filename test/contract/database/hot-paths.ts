import { parseConversationId, parseNotificationId, parsePartId } from '../../../src/domain/ids.ts';
import { forgetOld } from '../../../src/housekeeping.ts';
import { claimTurns, extendReach, nextWorkAt, settleAttempt } from '../../../src/queue/queue.ts';
import { selectClaimable } from '../../../src/store/claimable.ts';
import type { Database } from '../../../src/store/database.ts';
import {
  claimUnscheduled,
  hasUnscheduled,
  insertNotifications,
  markScheduled,
} from '../../../src/store/notifications.ts';
import { getPost, isOwnComment, listPosts, recordIntent, recordPosted } from '../../../src/store/posts.ts';
import { reserveReply } from '../../../src/store/replies.ts';
import {
  countLiveTurns,
  extendLeases,
  insertTurn,
  isPartCovered,
  lockNewestTurn,
  newestReaches,
} from '../../../src/store/turns.ts';
import { storeAndSchedule } from '../../../src/turn/schedule.ts';
import { conversationId, positionAt, retry, suspectFaults, workspaceId } from '../../support/turns.ts';
import { createClock, startsAt } from './place.ts';
import { apart, notification, waitingTurn, workingTurn } from './rows.ts';

/** What a webhook, a turn, a heartbeat, a look at `/readyz` and the hourly housekeeping ask of the database. */
export const hotPaths: Readonly<Record<string, (db: Database) => Promise<unknown>>> = {
  'a webhook is stored and given its effect': async (db) => {
    await insertNotifications(db, [notification('plan')], startsAt);
    await hasUnscheduled(db);
    await claimUnscheduled(db, 10);
    await markScheduled(db, [parseNotificationId('plan')], startsAt);
    await lockNewestTurn(db, workspaceId, conversationId);
  },
  'a webhook opens a turn, the next one moves it, and a teammate’s reply ends it, in one commit each': async (db) => {
    const { context } = createClock();
    const hear = async (type: 'contact-wrote' | 'teammate-replied', at: number): Promise<unknown> => {
      const event = { type, position: positionAt(at), authorId: 'assistant' };
      return await storeAndSchedule(db, [notification(`${type}-${at}`, { event })], context, () => undefined);
    };
    await hear('contact-wrote', 300);
    await hear('contact-wrote', 400);
    await hear('teammate-replied', 500);
  },
  'a conversation is erased': async (db) => {
    for (const type of ['part-redacted', 'conversation-deleted'] as const) {
      const event = { type, position: positionAt(300), authorId: undefined };
      await storeAndSchedule(db, [notification(type, { event })], createClock().context, () => undefined);
    }
  },
  'turns are claimed': async (db) => {
    await insertTurn(db, waitingTurn({ ...apart(1), dueAt: startsAt }));
    await insertTurn(db, workingTurn({ ...apart(2), faults: suspectFaults, lease: { owner: 'o', endsAt: startsAt } }));
    const room = { limit: 4, isIdle: false, prefersSuspect: false };
    await claimTurns(db, 'owner-1', room, createClock().context);
    const search = { now: startsAt, faultsBeforeSuspect: retry.faultsBeforeSuspect, limit: 4 };
    await selectClaimable(db, { newestFrom: startsAt, hasAbandoned: true }, search);
    await nextWorkAt(db);
  },
  'an attempt posts and ends': async (db) => {
    const turn = workingTurn();
    await insertTurn(db, turn);
    await isPartCovered(db, turn);
    await extendReach(db, turn, positionAt(101), createClock().context());
    await listPosts(db, workspaceId, conversationId);
    await recordIntent(db, turn, { kind: 'note', authorId: 'assistant', body: '<p>Hello</p>' }, startsAt);
    await getPost(db, turn.id);
    await reserveReply(db, turn, { hourlyMax: 9, spacingMs: 0, waitMaxMs: 0 }, startsAt);
    await recordPosted(db, turn.id, parsePartId('201'), startsAt);
    await settleAttempt(db, turn, { kind: 'withheld', reason: 'done' }, '{}', createClock().context());
    await isOwnComment(db, workspaceId, conversationId, { partId: parsePartId('201'), authorId: 'assistant' });
  },
  'leases are extended': async (db) => await extendLeases(db, 'owner-1', [apart(1).id, apart(2).id], startsAt),
  'the sweep looks for what is known': async (db) =>
    await newestReaches(db, workspaceId, [conversationId, parseConversationId('c7')]),
  'what is live is counted': async (db) => await countLiveTurns(db),
  'what is old is forgotten': async (db) => await forgetOld(db, 30, startsAt),
};
