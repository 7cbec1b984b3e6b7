import type { Database, Queryable } from '../store/database.ts';
import { type Migration, migrateIn } from '../store/migrate.ts';
import {
  emptyTables,
  insertRows,
  listTables,
  readTable,
  refuseWrites,
  type Table,
  type Values,
} from '../store/tables.ts';

/** The data may not go there; the message says why and what to do. */
class CopyRefused extends Error {
  override readonly name = 'CopyRefused';
}

/** Rows of one table after another. */
export type Contents = AsyncIterable<{
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: readonly Values[];
}>;

/** All that the database holds, from the moment of the first read on if `at` is a snapshot or a transaction. */
export async function* readContents(at: Queryable): Contents {
  for (const { name, columns, key } of await listTables(at)) {
    yield { table: name, columns, rows: [] };
    for await (const rows of readTable(at, { name, columns, key })) yield { table: name, columns, rows };
  }
}

/** Whether a database has never been Sidenote's. */
async function isFresh(tx: Queryable): Promise<boolean> {
  return (await listTables(tx)).length === 0;
}

export type FillSource = {
  /** The migrations that made the data's tables: this version's, or the first of them. */
  readonly migrations: readonly string[];
  readonly contents: Contents;
};

/**
 * Fills an empty database, all or nothing, and brings it up to this version. Gives the number of rows.
 * @throws CopyRefused when it is not empty or the data is of a newer version; DatabaseAway
 */
export async function fill(db: Database, source: FillSource, ours: readonly Migration[], now: number): Promise<number> {
  const theirs = ours.slice(0, source.migrations.length);
  const isKnown = source.migrations.every((name, index) => ours[index]?.name === name);
  if (!isKnown) {
    throw new CopyRefused(
      'The data was made by another version of Sidenote: use the version that made it, or a newer one.',
    );
  }
  return await db.transaction(async (tx) => {
    if (!(await isFresh(tx))) {
      throw new CopyRefused(
        `${db.description} holds tables already, and nothing is overwritten: give an empty database.`,
      );
    }
    await migrateIn(tx, theirs, now);
    const tables = await listTables(tx);
    await emptyTables(tx, tables);
    const count = await insertContents(tx, tables, source.contents);
    await migrateIn(tx, ours, now);
    return count;
  });
}

async function insertContents(tx: Queryable, tables: readonly Table[], contents: Contents): Promise<number> {
  let count = 0;
  for await (const { table: name, columns, rows } of contents) {
    const known = tables.find((table) => table.name === name);
    if (known === undefined || columns.some((column) => !known.columns.includes(column))) {
      throw new CopyRefused(
        `The data has a table ${name} that its version of Sidenote did not have: it was changed by hand.`,
      );
    }
    await insertRows(tx, { ...known, columns }, rows);
    count += rows.length;
  }
  return count;
}

/**
 * Copies all from one database, SQLite, to another one, and ends the first: while it copies nobody can write there, and
 * afterwards every write is refused with a sentence that says where the data is. A Sidenote that runs on it answers 503,
 * so that Intercom delivers again to the one that is started on the new database.
 * @throws CopyRefused, DatabaseAway
 */
export async function move(from: Database, to: Database, ours: readonly Migration[], now: number): Promise<number> {
  return await from.transaction(async (tx) => {
    const source = { migrations: ours.map(({ name }) => name), contents: readContents(tx) };
    const count = await fill(to, source, ours, now);
    await markMoved(tx, to.description);
    return count;
  });
}

async function markMoved(tx: Queryable, destination: string): Promise<void> {
  const tables = await listTables(tx);
  await tx.query({ texts: ['create table moved (destination text not null)'], values: [] });
  await tx.query({ texts: ['insert into moved (destination) values (', ')'], values: [destination] });
  await refuseWrites(tx, tables, `the data was moved to ${destination}, restart with that DATABASE_URL`);
}
