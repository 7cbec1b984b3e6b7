import pg from 'pg';
import { type Database, DatabaseAway, type Durability, type Queryable, type Row } from './database.ts';
import { bindable, renderSql, type Sql, sql } from './sql.ts';

/**
 * Classes of SQLSTATE that say "not now": 08 connection, 28 and 3D a login or a database that a person has to set
 * right, 53 resources, 55 a database that takes no connections, 57 operator intervention, 58 system, 25006 read-only (a server that lost its primary role),
 * 40 serialization and deadlock;
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const isAwayState = (state: string): boolean => /^(?:08|28|3D|53|55|57|58|40)/.test(state) || state === '25006';

function toDatabaseError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  // Without an SQLSTATE it came from the socket or from the pool's time-out.
  const hasSqlState = code !== undefined && /^[0-9A-Z]{5}$/.test(code) && error instanceof pg.DatabaseError;
  if (hasSqlState && !isAwayState(code)) return error;
  const remedy = hasSqlState ? '' : ' Check that it runs, and that its address is right.';
  return new DatabaseAway(`PostgreSQL can't work now: ${error.message}.${remedy}`, { cause: error });
}

/** int8 as a number: ms since the epoch and counts stay far below 2^53. */
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary'): unknown =>
    oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format === 'binary' ? 'binary' : 'text'),
};

async function run(client: pg.Pool | pg.PoolClient, statement: Sql): Promise<readonly Row[]> {
  try {
    const text = renderSql(statement, (position) => `$${position}`);
    const result = await client.query<Row>({ text, values: bindable(statement), types });
    return result.rows;
  } catch (error) {
    throw toDatabaseError(error);
  }
}

/** https://www.postgresql.org/docs/current/wal-async-commit.html: what is lost in a crash is always the newest. */
const begins = { flushed: 'begin', ordered: 'begin; set local synchronous_commit = off' } as const;

async function begin(client: pg.PoolClient, durability: Durability): Promise<void> {
  try {
    await client.query(begins[durability]); // without parameters: two statements in one round trip
  } catch (error) {
    throw toDatabaseError(error);
  }
}

/**
 * A PostgreSQL server, 15 or newer, shared by any number of instances. `url` is a `postgres://` URL;
 * `schema` sets the search path, for tests that share a server.
 */
export function openPostgres(
  url: string,
  options: { readonly connectionsMax: number; readonly schema?: string },
): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.connectionsMax,
    connectionTimeoutMillis: 5000,
    query_timeout: 30_000,
    application_name: 'sidenote',
    ...(options.schema === undefined ? {} : { options: `-c search_path=${options.schema}` }),
  });
  // An idle connection that breaks is dropped by the pool; the next query reports what matters.
  pool.on('error', () => undefined);
  const { host, pathname } = new URL(url);
  return new PostgresDatabase(pool, `PostgreSQL, ${host}${pathname}`);
}

class PostgresDatabase implements Database {
  readonly dialect = 'postgres';
  readonly description: string;
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool, description: string) {
    this.#pool = pool;
    this.description = description;
  }

  async query(statement: Sql): Promise<readonly Row[]> {
    return await run(this.#pool, statement);
  }

  async transaction<Value>(
    work: (transaction: Queryable) => Promise<Value>,
    durability: Durability = 'flushed',
    onCommitted?: (value: Value) => void,
  ): Promise<Value> {
    const value = await this.#transact(work, durability);
    onCommitted?.(value);
    return value;
  }

  async #transact<Value>(work: (transaction: Queryable) => Promise<Value>, durability: Durability): Promise<Value> {
    const client = await this.#connect();
    let broken: Error | undefined;
    // The pool listens only while a connection is idle, and an 'error' that nobody hears ends the process. What
    // matters is told by the statement that fails.
    const ignore = (): void => undefined;
    client.on('error', ignore);
    try {
      await begin(client, durability);
      const value = await work({ dialect: 'postgres', query: async (statement) => await run(client, statement) });
      await run(client, sql`commit`);
      return value;
    } catch (error) {
      await client.query('rollback').catch((cause: unknown) => {
        broken = new Error('The connection is of no more use.', { cause });
      });
      throw error;
    } finally {
      client.release(broken);
      client.off('error', ignore);
    }
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw toDatabaseError(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.end();
  }
}
