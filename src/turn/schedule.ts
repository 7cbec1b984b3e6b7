import type { ConversationId, NotificationId, TurnId, WorkspaceId } from '../domain/ids.ts';
import type { NotificationEvent } from '../domain/notification.ts';
import type { TransitionContext, Turn, TurnEvent } from '../domain/turn.ts';
import { foldEvents, type TurnChange, type TurnChanges } from '../domain/turn-changes.ts';
import { TurnChanged } from '../queue/apply.ts';
import { type Database, DatabaseAway, type Queryable } from '../store/database.ts';
import { eraseConversation } from '../store/erase.ts';
import {
  claimUnscheduled,
  hasUnscheduled,
  insertNotifications,
  markScheduled,
  type Notification,
} from '../store/notifications.ts';
import { erasePosts, isOwnComment } from '../store/posts.ts';
import { eraseTraces } from '../store/traces.ts';
import { type ConversationKey, insertTurns, lockNewestTurns, updateTurn } from '../store/turns.ts';

/** Notifications that get their effect in one transaction, at the most. */
export const batchSize = 100;

/** What a batch did, for logs, counters and aborts. */
export type Scheduled = {
  /** Notifications that had their effect. */
  readonly notifications: number;
  readonly opened: readonly Turn[];
  /** Turns that ended by what the notifications said, with their state before. */
  readonly superseded: readonly TurnChange[];
};

const nothing: Scheduled = { notifications: 0, opened: [], superseded: [] };

/** Another instance was faster with the same turn: everything was rolled back and is still to do. */
const toAway = (error: unknown): unknown =>
  error instanceof TurnChanged ? new DatabaseAway(error.message, { cause: error }) : error;

/** Which notifications were new, and what they did. */
export type Stored = { readonly stored: ReadonlySet<NotificationId>; readonly scheduled: Scheduled };

/**
 * Stores notifications and gives the new ones their effect, all in one commit, so that a message costs one flush to
 * the disk until its turn is open; `onCommitted` is called before the flush. @throws DatabaseAway; on any other error
 * nothing is stored either.
 */
export async function storeAndSchedule(
  db: Database,
  notifications: readonly Notification[],
  makeContext: () => TransitionContext,
  onCommitted: (committed: Stored) => void,
): Promise<ReadonlySet<NotificationId>> {
  const store = async (tx: Queryable): Promise<Stored> => {
    const { now } = makeContext();
    const stored = await insertNotifications(tx, notifications, now, now);
    const fresh = notifications.filter(({ id }) => stored.has(id));
    return { stored, scheduled: await giveEffect(tx, fresh, makeContext) };
  };
  return (await db.transaction(store, 'flushed', onCommitted)).stored;
}

/**
 * Gives up to a batch of stored notifications their effect on turns, each once: the effect and the mark
 * are one transaction. Call again while it was a whole batch. @throws DatabaseAway
 */
export async function scheduleBatch(db: Database, makeContext: () => TransitionContext): Promise<Scheduled> {
  if (!(await hasUnscheduled(db))) return nothing;
  try {
    // What a power cut takes back is still stored without its effect, and gets it again.
    return await db.transaction(async (tx) => await scheduleInTransaction(tx, makeContext), 'ordered');
  } catch (error) {
    throw toAway(error);
  }
}

async function scheduleInTransaction(tx: Queryable, makeContext: () => TransitionContext): Promise<Scheduled> {
  const notifications = await claimUnscheduled(tx, batchSize);
  if (notifications.length === 0) return nothing;
  const scheduled = await giveEffect(tx, notifications, makeContext);
  const ids = notifications.map((notification) => notification.id);
  await markScheduled(tx, ids, makeContext().now);
  return scheduled;
}

/** A few statements for all of them, since each is a round trip on PostgreSQL. */
async function giveEffect(
  tx: Queryable,
  notifications: readonly Notification[],
  makeContext: () => TransitionContext,
): Promise<Scheduled> {
  if (notifications.length === 0) return nothing;
  const groups = byConversation(notifications);
  const newest = await lockNewestTurns(
    tx,
    groups.map(({ key }) => key),
  );
  const changes: TurnChanges[] = [];
  for (const [index, group] of groups.entries()) {
    const events = await toTurnEvents(tx, group);
    changes.push(foldEvents(group.key, newest[index], events, makeContext));
  }
  // Before the inserts: a conversation has one live turn at every moment.
  for (const { before, after } of changes.flatMap(({ updates }) => updates)) {
    if (!(await updateTurn(tx, before, after))) throw new TurnChanged(before.id);
  }
  const opened = changes.flatMap(({ inserts }) => inserts);
  await insertTurns(tx, opened);
  const superseded = changes.flatMap(({ ended }) => ended);
  return { notifications: notifications.length, opened, superseded };
}

type Group = { readonly key: ConversationKey; readonly notifications: readonly Notification[] };

/**
 * By key in a fixed order, so that instances which lock several conversations can't deadlock; within one as they came.
 */
function byConversation(notifications: readonly Notification[]): readonly Group[] {
  const groups = Map.groupBy(notifications, ({ workspaceId, conversationId }) => `${workspaceId}/${conversationId}`);
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, [first, ...others]]) =>
      first === undefined ? [] : { key: first, notifications: [first, ...others] },
    );
}

async function toTurnEvents(tx: Queryable, { notifications }: Group): Promise<readonly TurnEvent[]> {
  const events: TurnEvent[] = [];
  for (const { workspaceId, conversationId, event } of notifications) {
    const turnEvent = await toTurnEvent(tx, workspaceId, conversationId, event);
    if (turnEvent !== undefined) events.push(turnEvent);
  }
  return events;
}

/** What a notification means for the turn; undefined when nothing. */
async function toTurnEvent(
  tx: Queryable,
  workspaceId: WorkspaceId,
  conversationId: ConversationId,
  { type, position, authorId }: NotificationEvent,
): Promise<TurnEvent | undefined> {
  switch (type) {
    case 'contact-wrote':
    case 'conversation-closed':
      return { type, position };
    case 'teammate-replied':
    case 'bot-replied': {
      const isOwn = await isOwnComment(tx, workspaceId, conversationId, { partId: position.partId, authorId });
      return isOwn ? undefined : { type, position };
    }
    case 'part-redacted':
      await eraseTraces(tx, workspaceId, conversationId);
      await erasePosts(tx, workspaceId, conversationId, 'all-found');
      return undefined;
    case 'conversation-deleted':
      await eraseConversation(tx, workspaceId, conversationId);
      return { type };
  }
}

/** The turns among them that a worker was on. */
export const abortedBy = (scheduled: Scheduled): readonly TurnId[] =>
  scheduled.superseded.flatMap(({ before }) => (before.state === 'working' ? [before.id] : []));
