import { z } from 'zod';
import { type Queryable, queryRows } from './database.ts';
import { joinSql, sql } from './sql.ts';

const VersionRow = z.object({ version: z.number() });

/**
 * Takes the lock under which everything about documents is written, until the transaction ends: so versions
 * are committed in their order, and whoever follows them misses none.
 */
export async function lockKnowledge(tx: Queryable): Promise<void> {
  await tx.query(sql`update knowledge_version set version = version`);
}

/** Gives these documents, changed or removed by this transaction, the next version. Needs `lockKnowledge`. */
export async function recordChanges(tx: Queryable, documentIds: readonly string[]): Promise<void> {
  if (documentIds.length === 0) return;
  const [row] = await queryRows(
    tx,
    VersionRow,
    sql`update knowledge_version set version = version + 1 returning version`,
  );
  const rows = documentIds.map((id) => sql`(${id}, ${row?.version ?? 0})`);
  await tx.query(sql`
    insert into document_changes (document_id, version) values ${joinSql(rows, ', ')}
    on conflict (document_id) do update set version = excluded.version`);
}
