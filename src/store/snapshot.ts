import type { Database, Queryable } from './database.ts';
import { sql } from './sql.ts';

/**
 * Reads the database as it is at one moment, however long that takes and whatever others write meanwhile; nobody waits
 * for it. On SQLite nothing else may use `db` until it ends. @throws DatabaseAway
 */
export async function readSnapshot<Value>(db: Database, read: (at: Queryable) => Promise<Value>): Promise<Value> {
  if (db.dialect === 'postgres') {
    return await db.transaction(async (tx) => {
      await tx.query(sql`set transaction isolation level repeatable read, read only`);
      return await read(tx);
    });
  }
  // A transaction of the handle's own takes the write lock at once; this one never does.
  await db.query(sql`begin`);
  try {
    return await read(db);
  } finally {
    await db.query(sql`rollback`);
  }
}
