import { z } from 'zod';
import type { WorkspaceId } from '../domain/ids.ts';
import type { SweepRange } from '../domain/sweep.ts';
import { type Database, type Queryable, queryRows, skipLocked } from './database.ts';
import { sql } from './sql.ts';

const ReachRow = z.object({ reached_seconds: z.number() });

/** Up to when ranges have been opened, in Unix seconds; undefined before the first time. */
export async function sweepReach(db: Queryable, workspaceId: WorkspaceId): Promise<number | undefined> {
  const rows = await queryRows(
    db,
    ReachRow,
    sql`select reached_seconds from sweep_reach where workspace_id = ${workspaceId}`,
  );
  return rows[0]?.reached_seconds;
}

/** Moves the reach from `previous` to `next` and opens `range`, if nobody else was faster. */
export async function openRange(
  db: Database,
  workspaceId: WorkspaceId,
  reach: { readonly previous: number | undefined; readonly next: number },
  range: SweepRange | undefined,
): Promise<void> {
  await db.transaction(async (tx) => {
    const moved =
      reach.previous === undefined
        ? await tx.query(sql`
            insert into sweep_reach (workspace_id, reached_seconds) values (${workspaceId}, ${reach.next})
            on conflict (workspace_id) do nothing returning workspace_id`)
        : await tx.query(sql`
            update sweep_reach set reached_seconds = ${reach.next}
            where workspace_id = ${workspaceId} and reached_seconds = ${reach.previous} returning workspace_id`);
    if (moved.length === 0 || range === undefined) return;
    await tx.query(sql`
      insert into sweep_ranges (workspace_id, from_seconds, until_seconds, leased_until)
      values (${workspaceId}, ${range.fromSeconds}, ${range.untilSeconds}, 0)`);
  });
}

const RangeRow = z
  .object({ from_seconds: z.number(), until_seconds: z.number() })
  .transform((row): SweepRange => ({ fromSeconds: row.from_seconds, untilSeconds: row.until_seconds }));

/** Takes the newest range that nobody is at, until `leasedUntil` (ms). */
export async function claimRange(
  db: Database,
  workspaceId: WorkspaceId,
  now: number,
  leasedUntil: number,
): Promise<SweepRange | undefined> {
  return await db.transaction(async (tx) => {
    const [range] = await queryRows(
      tx,
      RangeRow,
      sql`
        select from_seconds, until_seconds from sweep_ranges
        where workspace_id = ${workspaceId} and leased_until <= ${now}
        order by until_seconds desc limit 1 ${skipLocked(tx)}`,
    );
    if (range !== undefined) await narrowRange(tx, workspaceId, range, leasedUntil);
    return range;
  });
}

/** Writes how far a range is done: what is left ends at `untilSeconds`; an empty one is forgotten. */
export async function narrowRange(
  db: Queryable,
  workspaceId: WorkspaceId,
  { fromSeconds, untilSeconds }: SweepRange,
  leasedUntil: number,
): Promise<void> {
  const place = sql`workspace_id = ${workspaceId} and from_seconds = ${fromSeconds}`;
  if (untilSeconds < fromSeconds) await db.query(sql`delete from sweep_ranges where ${place}`);
  else {
    await db.query(sql`
      update sweep_ranges set until_seconds = ${untilSeconds}, leased_until = ${leasedUntil} where ${place}`);
  }
}
