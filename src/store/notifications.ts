import { z } from 'zod';
import {
  type ConversationId,
  type NotificationId,
  parseConversationId,
  parseNotificationId,
  parsePartId,
  parseWorkspaceId,
  type WorkspaceId,
} from '../domain/ids.ts';
import type { NotificationEvent } from '../domain/notification.ts';
import { type Queryable, queryRows, skipLocked } from './database.ts';
import { joinSql, sql } from './sql.ts';

/** A notification as it is kept: who, where and what, without the contact's words. */
export type Notification = {
  readonly id: NotificationId;
  readonly workspaceId: WorkspaceId;
  readonly conversationId: ConversationId;
  readonly topic: string;
  readonly event: NotificationEvent;
};

const InsertedRow = z.object({ id: z.string().transform(parseNotificationId) });

/**
 * Stores what is new and says which were; the rest had been stored before. At most some hundred at once.
 * `scheduledAt` is for notifications that get their effect in the same transaction.
 */
export async function insertNotifications(
  db: Queryable,
  notifications: readonly Notification[],
  now: number,
  scheduledAt: number | null = null,
): Promise<ReadonlySet<NotificationId>> {
  // Ordered by key, so that two instances which insert the same ones can't deadlock.
  const ordered = notifications.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const rows = ordered.map(({ id, workspaceId, conversationId, topic, event }) => {
    const partId = event.position.partId ?? null;
    const place = sql`${event.type}, ${partId}, ${event.authorId ?? null}, ${event.position.at}`;
    return sql`(${id}, ${workspaceId}, ${conversationId}, ${topic}, ${place}, ${now}, ${scheduledAt})`;
  });
  const inserted = await queryRows(
    db,
    InsertedRow,
    sql`
      insert into notifications
        (id, workspace_id, conversation_id, topic, event, part_id, author_id, happened_seconds, received_at, scheduled_at)
      values ${joinSql(rows, ', ')}
      on conflict (id) do nothing
      returning id`,
  );
  return new Set(inserted.map((row) => row.id));
}

const NotificationRow = z
  .object({
    id: z.string().transform(parseNotificationId),
    workspace_id: z.string().transform(parseWorkspaceId),
    conversation_id: z.string().transform(parseConversationId),
    topic: z.string(),
    event: z.enum([
      'contact-wrote',
      'teammate-replied',
      'bot-replied',
      'conversation-closed',
      'conversation-deleted',
      'part-redacted',
    ]),
    part_id: z.string().transform(parsePartId).nullable(),
    author_id: z.string().nullable(),
    happened_seconds: z.number(),
  })
  .transform((row): Notification => ({
    id: row.id,
    workspaceId: row.workspace_id,
    conversationId: row.conversation_id,
    topic: row.topic,
    event: {
      type: row.event,
      position: { partId: row.part_id ?? undefined, at: row.happened_seconds },
      authorId: row.author_id ?? undefined,
    },
  }));

/** Whether there are notifications that no turn knows of yet. */
export async function hasUnscheduled(db: Queryable): Promise<boolean> {
  const rows = await db.query(sql`select 1 as found from notifications where scheduled_at is null limit 1`);
  return rows.length > 0;
}

/** The oldest notifications that no turn knows of yet; in a transaction they stay ours until it ends. */
export async function claimUnscheduled(db: Queryable, limit: number): Promise<readonly Notification[]> {
  return await queryRows(
    db,
    NotificationRow,
    sql`
      select id, workspace_id, conversation_id, topic, event, part_id, author_id, happened_seconds
      from notifications
      where scheduled_at is null
      order by received_at, happened_seconds, id
      limit ${limit} ${skipLocked(db)}`,
  );
}

/** Their effect is stored in the same transaction as this, so each has its effect once. */
export async function markScheduled(db: Queryable, ids: readonly NotificationId[], now: number): Promise<void> {
  const list = joinSql(
    ids.map((id) => sql`${id}`),
    ', ',
  );
  await db.query(sql`update notifications set scheduled_at = ${now} where id in (${list})`);
}

/** Forgets notifications older than `before` that have had their effect; returns how many. */
export async function deleteNotificationsBefore(db: Queryable, before: number, limit: number): Promise<number> {
  const deleted = await db.query(sql`
    delete from notifications
    where id in (
      select id from notifications
      where received_at < ${before} and scheduled_at is not null
      order by received_at limit ${limit}
    )
    returning id`);
  return deleted.length;
}
