import { z } from 'zod';
import {
  type ConversationId,
  parsePartId,
  parseTurnId,
  type PartId,
  type TurnId,
  type WorkspaceId,
} from '../domain/ids.ts';
import type { PartKind } from '../domain/conversation.ts';
import type { Position } from '../domain/position.ts';
import type { WorkingTurn } from '../domain/turn.ts';
import { type Queryable, queryRows } from './database.ts';
import { listPauses } from './pauses.ts';
import { emptySql, sql } from './sql.ts';

/** What a turn means to post, or has posted. */
export type Post = {
  readonly turnId: TurnId;
  readonly kind: PartKind;
  readonly authorId: string;
  /** The safe HTML as it is sent. */
  readonly body: string;
  /** The part of the contact that it answers: ours stands behind it. */
  readonly answers: Position;
  /** Undefined until Intercom has confirmed the post. */
  readonly partId: PartId | undefined;
};

/**
 * Stores the intent to post before the call to Intercom: the last fence before the outside world, in one statement.
 * Stores nothing when Sidenote is `paused`, or when the turn is `lost`: it is no longer this worker's.
 */
export async function recordIntent(
  db: Queryable,
  turn: WorkingTurn,
  intent: { readonly kind: PartKind; readonly authorId: string; readonly body: string },
  now: number,
): Promise<'stored' | 'paused' | 'lost'> {
  const { kind, authorId, body } = intent;
  const recorded = await db.query(sql`
    insert into posts
      (turn_id, workspace_id, conversation_id, kind, author_id, body, answers_part_id, answers_seconds, intended_at)
    select id, workspace_id, conversation_id, ${kind}, ${authorId}, ${body},
      up_to_part_id, up_to_seconds, cast(${now} as bigint) from turns
    where id = ${turn.id} and state = 'working' and lease_owner = ${turn.lease.owner} and attempt = ${turn.attempt}
      and not exists (select 1 from pauses)
    on conflict (turn_id) do update
      set kind = excluded.kind, author_id = excluded.author_id, body = excluded.body, intended_at = excluded.intended_at,
        answers_part_id = excluded.answers_part_id, answers_seconds = excluded.answers_seconds
      where posts.part_id is null
    returning turn_id`);
  if (recorded.length === 1) return 'stored';
  return (await listPauses(db)).length > 0 ? 'paused' : 'lost';
}

/**
 * Writes down what Intercom confirmed, and forgets the words where the conversation's words were erased meanwhile. Not
 * fenced: that the part exists is true, whoever learns it.
 */
export async function recordPosted(db: Queryable, turnId: TurnId, partId: PartId, now: number): Promise<void> {
  await db.query(sql`
    update posts set part_id = ${partId}, posted_at = ${now},
      body = case when (select erased_attempt from turns where id = ${turnId}) is null then body else '' end
    where turn_id = ${turnId}`);
}

const PostRow = z
  .object({
    turn_id: z.string().transform(parseTurnId),
    kind: z.enum(['note', 'comment']),
    author_id: z.string(),
    body: z.string(),
    answers_part_id: z.string().transform(parsePartId).nullable(),
    answers_seconds: z.number(),
    part_id: z.string().transform(parsePartId).nullable(),
  })
  .transform((row): Post => ({
    turnId: row.turn_id,
    kind: row.kind,
    authorId: row.author_id,
    body: row.body,
    answers: { partId: row.answers_part_id ?? undefined, at: row.answers_seconds },
    partId: row.part_id ?? undefined,
  }));

const columns = sql`turn_id, kind, author_id, body, answers_part_id, answers_seconds, part_id`;

export async function getPost(db: Queryable, turnId: TurnId): Promise<Post | undefined> {
  const rows = await queryRows(db, PostRow, sql`select ${columns} from posts where turn_id = ${turnId}`);
  return rows[0];
}

/** What all turns of a conversation have posted, or meant to. */
export async function listPosts(
  db: Queryable,
  workspaceId: WorkspaceId,
  conversationId: ConversationId,
): Promise<readonly Post[]> {
  return await queryRows(
    db,
    PostRow,
    sql`select ${columns} from posts where workspace_id = ${workspaceId} and conversation_id = ${conversationId}`,
  );
}

/**
 * Whether a comment that a notification speaks of is our own: its part is in the ledger, or one by the
 * same author is on its way, since Intercom's notification can be faster than its answer to our call.
 */
export async function isOwnComment(
  db: Queryable,
  workspaceId: WorkspaceId,
  conversationId: ConversationId,
  comment: { readonly partId: PartId | undefined; readonly authorId: string | undefined },
): Promise<boolean> {
  const rows = await db.query(sql`
    select 1 as found from posts join turns on turns.id = posts.turn_id
    where posts.workspace_id = ${workspaceId} and posts.conversation_id = ${conversationId}
      and (posts.part_id = ${comment.partId ?? ''}
        or (posts.part_id is null and posts.kind = 'comment' and turns.state in ('waiting', 'working')
          and posts.author_id = ${comment.authorId ?? ''}))
    limit 1`);
  return rows.length > 0;
}

/**
 * Forgets the words of a conversation's posts; the ledger's ids stay. `what`: `all`, as when the contact had it deleted;
 * `all-found`, as when a part was redacted, keeps a comment that a live turn may have posted and knows again by nothing but
 * its words: they are forgotten by `recordPosted`.
 */
export async function erasePosts(
  db: Queryable,
  workspaceId: WorkspaceId,
  conversationId: ConversationId,
  what: 'all' | 'all-found',
): Promise<void> {
  const found = sql`and (kind = 'note' or part_id is not null
    or turn_id not in (
      select id from turns
      where workspace_id = ${workspaceId} and conversation_id = ${conversationId} and state in ('waiting', 'working')
    ))`;
  await db.query(sql`
    update posts set body = '' where workspace_id = ${workspaceId} and conversation_id = ${conversationId}
    ${what === 'all' ? emptySql : found}`);
}
