import { type ConversationId, type TurnId, type WorkspaceId } from '../domain/ids.ts';
import type { NotificationEvent } from '../domain/notification.ts';
import { openingBy, openTurn, type TransitionContext, type Turn, type TurnEvent } from '../domain/turn.ts';
import { applyEvent, TurnChanged } from '../queue/apply.ts';
import { type Database, DatabaseAway, type Queryable } from '../store/database.ts';
import { claimUnscheduled, markScheduled, type Notification } from '../store/notifications.ts';
import { erasePosts, isOwnComment } from '../store/posts.ts';
import { eraseTraces } from '../store/traces.ts';
import { insertTurn, lockNewestTurn } from '../store/turns.ts';

/** Notifications that get their effect in one transaction, at the most. */
export const batchSize = 100;

/** What a batch did, for logs, counters and aborts. */
export type Scheduled = {
  /** Notifications that had their effect. */
  readonly notifications: number;
  readonly opened: readonly Turn[];
  /** Turns that ended by what the notifications said, with their state before. */
  readonly superseded: readonly { readonly before: Turn; readonly after: Turn }[];
};

type Effects = { readonly opened: Turn[]; readonly superseded: { before: Turn; after: Turn }[] };

/**
 * Gives up to a batch of stored notifications their effect on turns, each once: the effect and the mark
 * are one transaction. Call again while it was a whole batch. @throws DatabaseAway
 */
export async function scheduleBatch(db: Database, makeContext: () => TransitionContext): Promise<Scheduled> {
  try {
    return await db.transaction(async (tx) => await scheduleInTransaction(tx, makeContext));
  } catch (error) {
    // Another instance was faster with the same turn: everything was rolled back and is still to do.
    if (error instanceof TurnChanged) throw new DatabaseAway(error.message, { cause: error });
    throw error;
  }
}

async function scheduleInTransaction(tx: Queryable, makeContext: () => TransitionContext): Promise<Scheduled> {
  const notifications = await claimUnscheduled(tx, batchSize);
  const effects: Effects = { opened: [], superseded: [] };
  if (notifications.length === 0) return { notifications: 0, ...effects };
  for (const [, ofConversation] of byConversation(notifications)) {
    await scheduleConversation(tx, ofConversation, effects, makeContext);
  }
  const ids = notifications.map((notification) => notification.id);
  await markScheduled(tx, ids, makeContext().now);
  return { notifications: notifications.length, ...effects };
}

/** By key in a fixed order, so that instances which lock several conversations can't deadlock. */
function byConversation(notifications: readonly Notification[]): readonly [string, readonly Notification[]][] {
  const groups = Map.groupBy(notifications, ({ workspaceId, conversationId }) => `${workspaceId}/${conversationId}`);
  return [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

async function scheduleConversation(
  tx: Queryable,
  notifications: readonly Notification[],
  effects: Effects,
  makeContext: () => TransitionContext,
): Promise<void> {
  const [first] = notifications;
  if (first === undefined) return;
  let newest = await lockNewestTurn(tx, first.workspaceId, first.conversationId);
  for (const notification of notifications) {
    const { workspaceId, conversationId } = notification;
    const event = await toTurnEvent(tx, workspaceId, conversationId, notification.event);
    if (event === undefined) continue;
    newest =
      newest === undefined
        ? await openFirst(tx, notification, event, effects, makeContext())
        : await applyToNewest(tx, newest, event, effects, makeContext());
  }
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
      await eraseWords(tx, workspaceId, conversationId);
      return undefined;
    case 'conversation-deleted':
      await eraseWords(tx, workspaceId, conversationId);
      return { type };
  }
}

async function eraseWords(tx: Queryable, workspaceId: WorkspaceId, conversationId: ConversationId): Promise<void> {
  await eraseTraces(tx, workspaceId, conversationId);
  await erasePosts(tx, workspaceId, conversationId);
}

/** The first turn of a conversation, if what happened opens one. */
async function openFirst(
  tx: Queryable,
  { workspaceId, conversationId }: Notification,
  event: TurnEvent,
  effects: Effects,
  context: TransitionContext,
): Promise<Turn | undefined> {
  const opening = openingBy(event, context);
  if (opening === undefined) return undefined;
  const opened = openTurn(workspaceId, conversationId, opening);
  await insertTurn(tx, opened);
  effects.opened.push(opened);
  return opened;
}

async function applyToNewest(
  tx: Queryable,
  newest: Turn,
  event: TurnEvent,
  effects: Effects,
  context: TransitionContext,
): Promise<Turn> {
  const { transition, newest: after } = await applyEvent(tx, newest, event, context);
  if (transition.kind === 'replaced') effects.superseded.push({ before: newest, after: transition.ended });
  if (after.id !== newest.id) effects.opened.push(after);
  else if (after.state !== newest.state) effects.superseded.push({ before: newest, after });
  return after;
}

/** The turns among them that a worker was on. */
export const abortedBy = (scheduled: Scheduled): readonly TurnId[] =>
  scheduled.superseded.flatMap(({ before }) => (before.state === 'working' ? [before.id] : []));
