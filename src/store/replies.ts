import { z } from 'zod';
import type { TurnId, WorkspaceId } from '../domain/ids.ts';
import { type Database, type Queryable, queryRows } from './database.ts';
import { sql } from './sql.ts';

export type ReplyPace = {
  readonly hourlyMax: number;
  readonly spacingMs: number;
  /** A reply that would have to wait longer is refused. */
  readonly waitMaxMs: number;
};

/** When a reply may go out, in ms since the epoch, or why it may not. */
export type Reservation = number | 'hour-is-full' | 'queue-is-long';

const hourMs = 3_600_000;

const Reserved = z.object({ count: z.coerce.number(), newest: z.coerce.number().nullable() });
const Own = z.object({ goes_at: z.number() });

/** Only one instance at a time counts a workspace's replies. SQLite has one writer anyhow. */
async function lockReplies(tx: Queryable, workspaceId: WorkspaceId): Promise<void> {
  if (tx.dialect !== 'postgres') return;
  await tx.query(sql`select pg_advisory_xact_lock(hashtextextended(${`replies ${workspaceId}`}, 0))`);
}

/**
 * Reserves the time at which a turn's reply may go out. It is counted before the reply is posted, so that a worker that
 * dies does not make room for one too many; the same turn gets the same reservation again. One that another instance
 * made by a clock far ahead is too long to wait for, as any other. @throws DatabaseAway
 */
export async function reserveReply(
  db: Database,
  turn: { readonly id: TurnId; readonly workspaceId: WorkspaceId },
  { hourlyMax, spacingMs, waitMaxMs }: ReplyPace,
  now: number,
): Promise<Reservation> {
  const { id, workspaceId } = turn;
  return await db.transaction(async (tx) => {
    await lockReplies(tx, workspaceId);
    await tx.query(sql`delete from replies where workspace_id = ${workspaceId} and goes_at <= ${now - hourMs}`);
    const [own] = await queryRows(tx, Own, sql`select goes_at from replies where turn_id = ${id}`);
    if (own !== undefined) return own.goes_at - now > waitMaxMs ? 'queue-is-long' : own.goes_at;
    const [reserved] = await queryRows(
      tx,
      Reserved,
      sql`select count(*) as count, max(goes_at) as newest from replies where workspace_id = ${workspaceId}`,
    );
    if ((reserved?.count ?? 0) >= hourlyMax) return 'hour-is-full';
    const goesAt = Math.max(now, (reserved?.newest ?? -Infinity) + spacingMs);
    if (goesAt - now > waitMaxMs) return 'queue-is-long';
    await tx.query(sql`insert into replies (turn_id, workspace_id, goes_at) values (${id}, ${workspaceId}, ${goesAt})`);
    return goesAt;
  }, 'ordered');
}
