import { z } from 'zod';
import type { ConversationId, TurnId, WorkspaceId } from '../domain/ids.ts';
import { type Queryable, queryRows } from './database.ts';
import { joinSql, sql } from './sql.ts';

/** What one attempt did, as JSON; `turn/trace.ts` says what is in it. */
export type StoredTrace = { readonly attempt: number; readonly recordedAt: number; readonly trace: string };

/** Keeps nothing of an attempt that began before the conversation's words were erased: it has read them. */
export async function saveTrace(db: Queryable, turnId: TurnId, stored: StoredTrace): Promise<void> {
  await db.query(sql`
    insert into traces (turn_id, attempt, recorded_at, trace)
    select id, cast(${stored.attempt} as integer), cast(${stored.recordedAt} as bigint), ${stored.trace} from turns
    where id = ${turnId} and (erased_attempt is null or erased_attempt < ${stored.attempt})
    on conflict (turn_id, attempt) do update set recorded_at = excluded.recorded_at, trace = excluded.trace`);
}

const TraceRow = z
  .object({ attempt: z.number(), recorded_at: z.number(), trace: z.string() })
  .transform((row): StoredTrace => ({ attempt: row.attempt, recordedAt: row.recorded_at, trace: row.trace }));

/** By attempt, the first one first. */
export async function listTraces(db: Queryable, turnId: TurnId): Promise<readonly StoredTrace[]> {
  return await queryRows(
    db,
    TraceRow,
    sql`select attempt, recorded_at, trace from traces where turn_id = ${turnId} order by attempt`,
  );
}

const TurnIdRow = z.object({ id: z.string() });

/** Forgets what was kept of a conversation's words, as when the contact had it deleted, and what is yet to be kept. */
export async function eraseTraces(
  db: Queryable,
  workspaceId: WorkspaceId,
  conversationId: ConversationId,
): Promise<void> {
  const erased = await queryRows(
    db,
    TurnIdRow,
    sql`
      update turns set erased_attempt = attempt
      where workspace_id = ${workspaceId} and conversation_id = ${conversationId} returning id`,
  );
  if (erased.length === 0) return;
  // By their ids: with a subquery in their place PostgreSQL may read all traces, before it knows how many there are.
  const ids = joinSql(
    erased.map(({ id }) => sql`${id}`),
    ', ',
  );
  await db.query(sql`delete from traces where turn_id in (${ids})`);
}
