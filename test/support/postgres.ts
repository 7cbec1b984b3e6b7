import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import type { DatabaseSource } from '../../src/store/open.ts';
import { KeeperGreeting } from './postgres-keeper.ts';

/** A real PostgreSQL on loopback, for one test file; released with `await using` or `after`. */
export type PostgresServer = AsyncDisposable & {
  /** Of a superuser, to the database `postgres`. */
  readonly url: string;
  /** An empty schema of its own: some milliseconds, where a database costs a hundred. */
  readonly freshSchema: () => Promise<DatabaseSource>;
  /** Stops the server as an operator does, and breaks every connection. */
  readonly stop: () => Promise<void>;
  /** Starts it again: the same data on the same port. */
  readonly start: () => Promise<void>;
};

/** Why there is no server, where the platform has none: to be handed to `skip`. */
export type PostgresUnavailable = { readonly unavailable: string };

/**
 * Starts a server in about a second; a `durable` one flushes each commit to the disk, as benchmarks need it. It ends with this process, whatever ends that.
 * @throws when it does not start on a platform that has one
 */
export async function startPostgres(
  durability: 'volatile' | 'durable' = 'volatile',
): Promise<PostgresServer | PostgresUnavailable> {
  const keeper = spawn(process.execPath, [join(import.meta.dirname, 'postgres-keeper.ts'), durability], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(keeper, 'exit');
  const lines = createInterface({ input: keeper.stdout })[Symbol.asyncIterator]();
  const nextAnswer = async (): Promise<unknown> => {
    const { done, value } = await lines.next();
    if (done === true) throw new Error('The keeper of the test’s PostgreSQL ended; what it said stands above.');
    return JSON.parse(value);
  };
  const command = async (word: 'stop' | 'start'): Promise<void> => {
    keeper.stdin.write(`${word}\n`);
    await nextAnswer();
  };

  const greeting = KeeperGreeting.parse(await nextAnswer());
  if ('unavailable' in greeting) return { unavailable: `NOT TESTED on PostgreSQL: ${greeting.unavailable}.` };
  const { url } = greeting;
  let schemas = 0;
  return {
    url,
    freshSchema: async () => {
      schemas += 1;
      const schema = `test_${schemas}`;
      await runSql(url, `create schema ${schema}`);
      return { kind: 'postgres', url, schema };
    },
    stop: async () => await command('stop'),
    start: async () => await command('start'),
    [Symbol.asyncDispose]: async () => {
      keeper.stdin.end();
      await exited;
    },
  };
}

/** Runs statements on a connection of their own; gives the rows of the last one. */
export async function runSql(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}
