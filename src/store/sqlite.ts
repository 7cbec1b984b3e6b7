import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { type Database, DatabaseAway, type Durability, type Queryable, type Row } from './database.ts';
import { bindable, renderSql, type Sql } from './sql.ts';

/** Statements kept prepared. Texts are few: only the multi-row inserts come in several lengths. */
const preparedMax = 500;

/** SQLite's codes for "not now": BUSY, LOCKED, IOERR, FULL, CANTOPEN; https://www.sqlite.org/rescode.html */
const awayCodes = new Set([5, 6, 10, 13, 14]);
/** CONSTRAINT_TRIGGER: our own, which refuse all writes after the data was moved to another database. */
const movedCode = 1811;

function toDatabaseError(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return error;
  const isAway = awayCodes.has(error.errcode & 0xff) || error.errcode === movedCode; // the low byte is the primary code
  return isAway ? new DatabaseAway(`SQLite can't work now: ${error.message}.`, { cause: error }) : error;
}

/**
 * The embedded database: one file, write-ahead log, every commit flushed to the disk before it is
 * acknowledged. node:sqlite is synchronous, so a statement outside a transaction is atomic by itself;
 * transactions queue up one after another. @throws DatabaseAway
 */
export function openSqlite(path: string): Database {
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
    return new SqliteDatabase(connect(path), path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DatabaseAway(`SQLite can't open ${path}: ${why}.`, { cause });
  }
}

function connect(path: string): DatabaseSync {
  const connection = new DatabaseSync(path);
  try {
    // A command beside the server may hold the file for a moment. Waiting stops the whole process, since
    // node:sqlite is synchronous: so not for long, and never as long as Intercom waits for an answer (5 s).
    connection.exec('pragma busy_timeout = 500; pragma journal_mode = wal; pragma synchronous = full;');
    connection.exec('pragma foreign_keys = on;');
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

class SqliteDatabase implements Database {
  readonly dialect = 'sqlite';
  readonly description: string;
  readonly #connection: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();
  /** Settles when no transaction is open or waiting any more. */
  #idle: Promise<unknown> | undefined;

  constructor(connection: DatabaseSync, path: string) {
    this.#connection = connection;
    this.description = `SQLite, ${path}`;
  }

  async query(statement: Sql): Promise<readonly Row[]> {
    while (this.#idle !== undefined) await this.#idle;
    return this.#run(statement);
  }

  async transaction<Value>(
    work: (transaction: Queryable) => Promise<Value>,
    durability: Durability = 'flushed',
  ): Promise<Value> {
    const before = this.#idle;
    const mine = this.#transact(before, work, durability);
    const settled = mine.then(
      () => undefined,
      () => undefined,
    );
    this.#idle = settled;
    try {
      return await mine;
    } finally {
      if (this.#idle === settled) this.#idle = undefined;
    }
  }

  async #transact<Value>(
    before: Promise<unknown> | undefined,
    work: (transaction: Queryable) => Promise<Value>,
    durability: Durability,
  ): Promise<Value> {
    await before;
    // With `normal` a commit is in the log's file, and the next `full` one flushes the whole log:
    // https://www.sqlite.org/pragma.html#pragma_synchronous
    if (durability === 'ordered') this.#exec('pragma synchronous = normal');
    try {
      return await this.#commit(work);
    } finally {
      if (durability === 'ordered') this.#exec('pragma synchronous = full');
    }
  }

  async #commit<Value>(work: (transaction: Queryable) => Promise<Value>): Promise<Value> {
    this.#exec('begin immediate');
    try {
      const value = await work({ dialect: 'sqlite', query: async (statement) => this.#run(statement) });
      this.#exec('commit');
      return value;
    } catch (error) {
      // A failed commit may have ended the transaction already.
      if (this.#connection.isTransaction) this.#connection.exec('rollback');
      throw error;
    }
  }

  #exec(text: string): void {
    try {
      this.#connection.exec(text);
    } catch (error) {
      throw toDatabaseError(error);
    }
  }

  #run(statement: Sql): readonly Row[] {
    try {
      return this.#prepare(renderSql(statement, () => '?')).all(...bindable(statement));
    } catch (error) {
      throw toDatabaseError(error);
    }
  }

  #prepare(text: string): StatementSync {
    const known = this.#prepared.get(text);
    if (known !== undefined) return known;
    if (this.#prepared.size >= preparedMax) this.#prepared.clear();
    const prepared = this.#connection.prepare(text);
    this.#prepared.set(text, prepared);
    return prepared;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#idle !== undefined) await this.#idle;
    this.#prepared.clear();
    this.#connection.close();
  }
}
