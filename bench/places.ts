import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type PostgresUnavailable, type PostgresServer, runSql } from '../test/support/postgres.ts';

/** Where a process stores: a fresh place for each run. */
export const Place = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('sqlite'), path: z.string() }),
  z.object({ kind: z.literal('postgres'), url: z.string() }),
]);
export type Place = z.infer<typeof Place>;
type SqlitePlace = Extract<Place, { kind: 'sqlite' }>;

/** Hands out places until disposed, and the server with them. */
export class Places implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'sidenote-bench-'));
  readonly #server: PostgresServer | PostgresUnavailable;
  #count = 0;

  constructor(server: PostgresServer | PostgresUnavailable) {
    this.#server = server;
  }

  sqlite(): SqlitePlace {
    return { kind: 'sqlite', path: join(this.#folder, `${(this.#count += 1)}.sqlite`) };
  }

  /** Undefined where the platform has no server. */
  async postgres(): Promise<Place | undefined> {
    if ('unavailable' in this.#server) return undefined;
    const name = `bench_${(this.#count += 1)}`;
    await runSql(this.#server.url, `create database ${name}`);
    return { kind: 'postgres', url: this.#server.url.replace(/postgres$/, name) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.#folder, { recursive: true });
    if ('url' in this.#server) await this.#server[Symbol.asyncDispose]();
  }
}
