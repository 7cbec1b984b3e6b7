import { z } from 'zod';
import { type Queryable, queryRows } from './database.ts';
import { sql } from './sql.ts';

/** Why nothing is drafted and posted. */
export type Pause = {
  /** Who set it: `operator`, or an instance's pause file. One pause of each. */
  readonly source: string;
  readonly reason: string;
  /** Ms since the epoch. */
  readonly pausedAt: number;
};

const PauseRow = z
  .object({ source: z.string(), reason: z.string(), paused_at: z.number() })
  .transform((row): Pause => ({ source: row.source, reason: row.reason, pausedAt: row.paused_at }));

/** Oldest first. */
export async function listPauses(db: Queryable): Promise<readonly Pause[]> {
  return await queryRows(db, PauseRow, sql`select source, reason, paused_at from pauses order by paused_at, source`);
}

/** A pause that its source has set before stays as it is. */
export async function insertPause(db: Queryable, { source, reason, pausedAt }: Pause): Promise<void> {
  await db.query(sql`
    insert into pauses (source, reason, paused_at) values (${source}, ${reason}, ${pausedAt})
    on conflict (source) do nothing`);
}

export async function deletePause(db: Queryable, source: string): Promise<void> {
  await db.query(sql`delete from pauses where source = ${source}`);
}

export async function deletePauses(db: Queryable): Promise<void> {
  await db.query(sql`delete from pauses`);
}
