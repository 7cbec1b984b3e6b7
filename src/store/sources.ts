import { z } from 'zod';
import { type Queryable, queryRows } from './database.ts';
import { type Sql, sql } from './sql.ts';

/** Something a source holds and that could not be read: what it is, and why, a sentence. */
export type SourceProblem = { readonly item: string; readonly why: string };

/** How it stands with a source, for people. Times in ms. */
export type SourceRecord = {
  readonly name: string;
  readonly isSyncing: boolean;
  readonly finishedAt: number | undefined;
  /** Why the newest sync was cut short. */
  readonly failure: string | undefined;
  readonly problems: readonly SourceProblem[];
  readonly documents: number;
  readonly passages: number;
};

const StartedRow = z.object({ started_at: z.number() });

/**
 * Takes a source for one sync: nobody else gets it until the lease ends. Gives the time at which the sync began,
 * which is an earlier one when that sync was cut short; undefined when somebody else has the source.
 */
export async function claimSource(
  db: Queryable,
  name: string,
  lease: { readonly owner: string; readonly durationMs: number },
  now: number,
): Promise<number | undefined> {
  const { owner, durationMs } = lease;
  const [row] = await queryRows(
    db,
    StartedRow,
    sql`insert into sources (name, lease_owner, lease_ends_at, started_at, problems)
        values (${name}, ${owner}, ${now + durationMs}, ${now}, '[]')
        on conflict (name) do update set lease_owner = excluded.lease_owner, lease_ends_at = excluded.lease_ends_at,
          started_at = coalesce(sources.started_at, excluded.started_at)
        where sources.lease_ends_at is null or sources.lease_ends_at <= ${now}
        returning started_at`,
  );
  return row?.started_at;
}

/** Keeps the source for longer; false when it is somebody else's now, and the sync has to stop. */
export async function extendSourceLease(
  db: Queryable,
  name: string,
  lease: { readonly owner: string; readonly durationMs: number },
  now: number,
): Promise<boolean> {
  const rows = await db.query(sql`
    update sources set lease_ends_at = ${now + lease.durationMs}
    where name = ${name} and lease_owner = ${lease.owner} returning name`);
  return rows.length > 0;
}

/** The end of a sync: complete, or cut short, by trouble or by us, and to be gone on with. */
export type SyncEnd =
  | { readonly kind: 'finished'; readonly problems: readonly SourceProblem[] }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'stopped' };

function endColumns(end: SyncEnd, now: number): Sql {
  switch (end.kind) {
    case 'finished':
      return sql`started_at = null, finished_at = ${now}, failure = null, problems = ${JSON.stringify(end.problems)}`;
    case 'failed':
      return sql`failure = ${end.why}`;
    case 'stopped':
      return sql`failure = null`;
  }
}

/** Gives the source back with how it went. Nothing happens when it is somebody else's by now. */
export async function releaseSource(
  db: Queryable,
  name: string,
  owner: string,
  end: SyncEnd,
  now: number,
): Promise<void> {
  const told = endColumns(end, now);
  await db.query(sql`
    update sources set lease_owner = null, lease_ends_at = null, ${told}
    where name = ${name} and lease_owner = ${owner}`);
}

const Problems = z.array(z.object({ item: z.string(), why: z.string() }));

const SourceRow = z
  .object({
    name: z.string(),
    lease_ends_at: z.number().nullable(),
    finished_at: z.number().nullable(),
    failure: z.string().nullable(),
    problems: z.string().transform((json) => Problems.parse(JSON.parse(json))),
    documents: z.number(),
    passages: z.number(),
  })
  .transform((row) => ({
    name: row.name,
    leaseEndsAt: row.lease_ends_at ?? 0,
    finishedAt: row.finished_at ?? undefined,
    failure: row.failure ?? undefined,
    problems: row.problems,
    documents: row.documents,
    passages: row.passages,
  }));

/** Every source that was ever read, by name, as it stands at `now` (ms). */
export async function listSources(db: Queryable, now: number): Promise<readonly SourceRecord[]> {
  const rows = await queryRows(
    db,
    SourceRow,
    sql`select name, lease_ends_at, finished_at, failure, problems,
          (select count(*) from documents where documents.source_name = sources.name) as documents,
          (select count(*) from passages join documents on documents.id = passages.document_id
            where documents.source_name = sources.name) as passages
        from sources order by name`,
  );
  return rows.map(({ leaseEndsAt, ...row }) => ({ ...row, isSyncing: leaseEndsAt > now }));
}
