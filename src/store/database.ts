import type { z } from 'zod';
import { emptySql, type Sql, sql } from './sql.ts';

type Dialect = 'sqlite' | 'postgres';
export type Row = Readonly<Record<string, unknown>>;

/** A database, or a transaction in it. Every store function takes one of these first. */
export interface Queryable {
  readonly dialect: Dialect;
  /** @throws DatabaseAway when the database can't be reached or refuses work for now. */
  query(statement: Sql): Promise<readonly Row[]>;
}

/**
 * What a commit promises. `flushed`: it is on the disk, whatever happens next. `ordered`: it survives the death of
 * this process, but a power cut, or a crash of PostgreSQL, may take the newest such commits back, always together with
 * everything after them. That is enough for what is done again by itself, and it waits for no disk.
 */
export type Durability = 'flushed' | 'ordered';

export interface Database extends Queryable, AsyncDisposable {
  /**
   * Runs `work` in one transaction, committed when it resolves and rolled back when it throws. `work`
   * must use the transaction it is given, never the database, and must not wait for anything else.
   * The default durability is `flushed`; a flushed commit flushes all ordered ones before it. `onCommitted` is called when
   * everyone sees the commit, which may be before it is on the disk: whoever goes on then must not rely on it further
   * than the next flushed commit.
   */
  transaction<Value>(
    work: (transaction: Queryable) => Promise<Value>,
    durability?: Durability,
    onCommitted?: (value: Value) => void,
  ): Promise<Value>;
  /** Where it is, for people: never with a password. */
  readonly description: string;
}

/** The database is away or refuses work for now: keep what you have and try again. */
export class DatabaseAway extends Error {
  override readonly name = 'DatabaseAway';
}

/** The rows of a statement, parsed. Unknown columns are dropped. */
export async function queryRows<Parsed>(
  db: Queryable,
  schema: z.ZodType<Parsed>,
  statement: Sql,
): Promise<readonly Parsed[]> {
  const rows = await db.query(statement);
  return rows.map((row) => schema.parse(row));
}

/**
 * Ends a `select` whose rows the transaction is about to claim: rows that another instance holds are
 * passed over. SQLite has one writer at a time, so there is nothing to pass over.
 */
export const skipLocked = (db: Queryable): Sql => (db.dialect === 'postgres' ? sql`for update skip locked` : emptySql);

/** Ends a `select` of one row that the transaction is about to change, and waits for its turn. */
export const forUpdate = (db: Queryable): Sql => (db.dialect === 'postgres' ? sql`for update` : emptySql);
