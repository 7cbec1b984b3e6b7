import { existsSync, mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { type Database, DatabaseAway, type Durability, type Queryable, type Row } from './database.ts';
import { Flusher } from './flusher.ts';
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
 * transactions queue up one after another. Only the flush does not hold the thread: a commit is in the log's file,
 * and then the file is flushed; see docs/decisions/0021-which-commits-wait-for-the-disk.md. @throws DatabaseAway
 */
export function openSqlite(path: string, openLog: OpenLog = openForFlushing): Database {
  try {
    if (path !== ':memory:') makeFolder(dirname(path));
    return new SqliteDatabase(connect(path), path, openLog);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DatabaseAway(
      `SQLite can't open ${path}: ${why}. Check DATABASE_URL or DATA_DIR, and the permissions there.`,
      { cause },
    );
  }
}

/** One folder after another: Node's own way of making several tries without end under `/proc`, where nobody can. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    if (!existsSync(path)) throw error; // another process was faster
  }
}

function connect(path: string): DatabaseSync {
  const connection = new DatabaseSync(path);
  try {
    // A command beside the server may hold the file for a moment. Waiting stops the whole process, since
    // node:sqlite is synchronous: so not for long, and never as long as Intercom waits for an answer (5 s).
    // `normal` leaves the flush of a commit to us, and flushes log and file in order at a checkpoint:
    // https://www.sqlite.org/pragma.html#pragma_synchronous
    connection.exec('pragma busy_timeout = 500; pragma journal_mode = wal; pragma synchronous = normal;');
    // A checkpoint holds the thread for its two flushes, and a message changes some ten pages of 4 KiB: at the default of
    // 1000 pages every hundredth message would wait for one.
    connection.exec('pragma wal_autocheckpoint = 8000;');
    connection.exec('pragma foreign_keys = on;');
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

const isRead = ({ texts: [start = ''] }: Sql): boolean => /^\s*(?:select|pragma|explain)\b/i.test(start);

/** As much of a file's handle as a flush needs. */
type Flushable = { datasync(): Promise<void>; close(): Promise<void> };
type OpenLog = (path: string) => Promise<Flushable>;

const openForFlushing: OpenLog = async (path) => await open(path, 'r+');

/** A checkpoint of the whole log, which flushes log and database in order. @throws while somebody uses the log */
function emptyLog(connection: DatabaseSync): void {
  const result = connection.prepare('pragma wal_checkpoint(truncate)').get();
  if (result?.['busy'] !== 0) throw new Error('the log is in use and can’t be written anew');
}

/** The write-ahead log as a file. SQLite keeps no locks on it, so a second handle disturbs none. */
class LogFile implements AsyncDisposable {
  readonly #path: string | undefined;
  readonly #flusher = new Flusher(async () => await this.#sync());
  readonly #open: OpenLog;
  readonly #empty: () => void;
  #handle: Flushable | undefined;
  /**
   * After a flush that failed: the system may hold what it could not write for written, and call the next flush a success
   * (https://wiki.postgresql.org/wiki/Fsync_Errors). Then all of it is written once more, into the database's file.
   */
  #isInDoubt = false;

  /** `empty` writes what the log holds into the database's file, flushed, and begins the log anew; it throws if it can't. */
  constructor(databasePath: string, openLog: OpenLog, empty: () => void) {
    this.#open = openLog;
    this.#empty = empty;
    this.#path = databasePath === ':memory:' ? undefined : `${databasePath}-wal`;
  }

  /** Resolves when all that was committed before the call is on the disk. @throws DatabaseAway */
  async flush(): Promise<void> {
    if (this.#path !== undefined) await this.#flusher.flush();
  }

  async #sync(): Promise<void> {
    if (this.#path === undefined) return;
    try {
      this.#handle ??= await this.#open(this.#path);
      if (this.#isInDoubt) this.#empty();
      this.#isInDoubt = false;
      await this.#handle.datasync();
    } catch (cause) {
      this.#isInDoubt = true;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new DatabaseAway(`SQLite’s log can’t be flushed to the disk: ${why}.`, { cause });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#flusher.flush().catch(() => undefined);
    await this.#handle?.close();
  }
}

class SqliteDatabase implements Database {
  readonly dialect = 'sqlite';
  readonly description: string;
  readonly #connection: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();
  readonly #log: LogFile;
  /** Settles when no transaction is open or waiting any more. */
  #idle: Promise<unknown> | undefined;

  constructor(connection: DatabaseSync, path: string, openLog: OpenLog) {
    this.#connection = connection;
    this.#log = new LogFile(path, openLog, () => emptyLog(connection));
    this.description = `SQLite, ${path}`;
  }

  async query(statement: Sql): Promise<readonly Row[]> {
    while (this.#idle !== undefined) await this.#idle;
    const rows = this.#run(statement);
    if (!isRead(statement)) await this.#log.flush();
    return rows;
  }

  async transaction<Value>(
    work: (transaction: Queryable) => Promise<Value>,
    durability: Durability = 'flushed',
    onCommitted?: (value: Value) => void,
  ): Promise<Value> {
    const before = this.#idle;
    const mine = this.#transact(before, work);
    const settled = mine.then(
      () => undefined,
      () => undefined,
    );
    this.#idle = settled;
    const value = await mine.finally(() => {
      if (this.#idle === settled) this.#idle = undefined;
    });
    onCommitted?.(value);
    if (durability === 'flushed') await this.#log.flush(); // the next transaction need not wait for it
    return value;
  }

  async #transact<Value>(
    before: Promise<unknown> | undefined,
    work: (transaction: Queryable) => Promise<Value>,
  ): Promise<Value> {
    await before;
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
    await this.#log[Symbol.asyncDispose]();
    this.#connection.close();
  }
}
