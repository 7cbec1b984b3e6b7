import { z } from 'zod';
import type { Turn } from '../domain/turn.ts';
import { type Queryable, queryRows, skipLocked } from './database.ts';
import { sql } from './sql.ts';
import { turnColumns, TurnRow } from './turns.ts';

/** Waiting turns that a claim looks through from the newest on: with a backlog of any size it costs no more. */
const newestMax = 1000;

/** What a claim has to look for, so that each pays only for what is there. */
export type Backlog = {
  /** When the last of the `newestMax` newest waiting turns opened; undefined when there are fewer. */
  readonly newestFrom: number | undefined;
  readonly hasAbandoned: boolean;
};

const BacklogRow = z.object({ newest_from: z.number().nullable(), lease_ends_at: z.number().nullable() });

export async function readBacklog(db: Queryable, now: number): Promise<Backlog> {
  const [row] = await queryRows(
    db,
    BacklogRow,
    sql`
      select
        (select opened_at from turns where state = 'waiting' order by opened_at desc limit 1 offset ${newestMax - 1})
          as newest_from,
        (select min(lease_ends_at) from turns where state = 'working') as lease_ends_at`,
  );
  const leaseEndsAt = row?.lease_ends_at ?? undefined;
  return { newestFrom: row?.newest_from ?? undefined, hasAbandoned: leaseEndsAt !== undefined && leaseEndsAt <= now };
}

/** When, which turns are suspects, and how many turns are looked for. */
export type Search = { readonly now: number; readonly faultsBeforeSuspect: number; readonly limit: number };

/**
 * Turns to work on: due ones, the newest first, then those whose worker let the lease run out. After an outage more
 * are due than can be worked on: whoever wrote just now waits at the screen, and the oldest were answered by people.
 * Behind the `newestMax` newest of a long backlog come those that have been due for longest. Suspects are left out.
 */
export async function selectClaimable(
  tx: Queryable,
  { newestFrom, hasAbandoned }: Backlog,
  { now, faultsBeforeSuspect, limit }: Search,
): Promise<readonly Turn[]> {
  const newest = await queryRows(
    tx,
    TurnRow,
    sql`
      select ${turnColumns} from turns
      where state = 'waiting' and due_at <= ${now} and opened_at >= ${newestFrom ?? 0}
      order by opened_at desc limit ${limit} ${skipLocked(tx)}`,
  );
  const isSearchedThrough = newestFrom === undefined || newest.length >= limit;
  const older = isSearchedThrough ? [] : await selectLongestDue(tx, now, newestFrom, limit - newest.length);
  const due = [...newest, ...older];
  if (due.length >= limit || !hasAbandoned) return due;
  const abandoned = await queryRows(
    tx,
    TurnRow,
    sql`
      select ${turnColumns} from turns
      where state = 'working' and lease_ends_at <= ${now} and faults < ${faultsBeforeSuspect}
      order by lease_ends_at limit ${limit - due.length} ${skipLocked(tx)}`,
  );
  return [...due, ...abandoned];
}

async function selectLongestDue(
  tx: Queryable,
  now: number,
  openedBefore: number,
  limit: number,
): Promise<readonly Turn[]> {
  return await queryRows(
    tx,
    TurnRow,
    sql`
      select ${turnColumns} from turns
      where state = 'waiting' and due_at <= ${now} and opened_at < ${openedBefore}
      order by due_at limit ${limit} ${skipLocked(tx)}`,
  );
}

/** The suspect that has been abandoned for longest. */
export async function selectSuspect(tx: Queryable, { now, faultsBeforeSuspect }: Search): Promise<Turn | undefined> {
  const rows = await queryRows(
    tx,
    TurnRow,
    sql`
      select ${turnColumns} from turns where state = 'working' and lease_ends_at <= ${now} and faults >= ${faultsBeforeSuspect}
      order by lease_ends_at limit 1 ${skipLocked(tx)}`,
  );
  return rows[0];
}

const NextRow = z.object({ next_at: z.number().nullable() });

/** When the next turn falls due or the next lease runs out; undefined when no turn is live. */
export async function nextClaimableAt(db: Queryable): Promise<number | undefined> {
  const rows = await queryRows(
    db,
    NextRow,
    sql`
      select min(due_at) as next_at from turns where state = 'waiting'
      union all select min(lease_ends_at) from turns where state = 'working'`,
  );
  const times = rows.flatMap((row) => row.next_at ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}
