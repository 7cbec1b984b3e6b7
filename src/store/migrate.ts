import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Database, queryRows, type Queryable } from './database.ts';
import { type Sql, sql } from './sql.ts';
import { keepVacuumed } from './vacuum.ts';

export type Migration = { readonly name: string; readonly text: string };

/** The database was made by a newer Sidenote, or its history is not ours. */
export class SchemaMismatch extends Error {
  override readonly name = 'SchemaMismatch';
}

const AppliedMigration = z.object({ name: z.string(), checksum: z.string() });

const checksum = (text: string): string => createHash('sha256').update(text).digest('hex');
const plain = (text: string): Sql => ({ texts: [text], values: [] });

/** The migrations beside this file, in order. They are plain SQL and are never edited after a release. */
export function readMigrations(): readonly Migration[] {
  const folder = new URL('migrations/', import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  return names.toSorted().map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }));
}

/**
 * Brings the database to this version's schema, under a lock, so that any number of instances may
 * start at once. Each call is one transaction: all missing migrations or none.
 * @throws SchemaMismatch, with a sentence for the operator, when the database is ahead of this version.
 */
export async function migrate(db: Database, migrations: readonly Migration[], now: number): Promise<readonly string[]> {
  return await db.transaction(async (tx) => await migrateIn(tx, migrations, now));
}

/** The same in a transaction of the caller's. */
export async function migrateIn(
  tx: Queryable,
  migrations: readonly Migration[],
  now: number,
): Promise<readonly string[]> {
  // SQLite's transaction is the lock. The number is arbitrary, and ours alone in a database of our own.
  if (tx.dialect === 'postgres') await tx.query(sql`select pg_advisory_xact_lock(7239054)`);
  await refuseMoved(tx);
  await tx.query(
    sql`create table if not exists migrations (name text primary key, checksum text not null, applied_at bigint not null)`,
  );
  const applied = await queryRows(tx, AppliedMigration, sql`select name, checksum from migrations order by name`);
  refuseUnknown(applied, migrations);
  const missing = migrations.slice(applied.length);
  for (const migration of missing) await apply(tx, migration, now);
  if (tx.dialect === 'postgres') await keepVacuumed(tx);
  return missing.map((migration) => migration.name);
}

const MovedRow = z.object({ destination: z.string() });

async function refuseMoved(tx: Queryable): Promise<void> {
  if (tx.dialect !== 'sqlite') return;
  const found = await tx.query(sql`select 1 as found from sqlite_master where type = 'table' and name = 'moved'`);
  if (found.length === 0) return;
  const [moved] = await queryRows(tx, MovedRow, sql`select destination from moved`);
  throw new SchemaMismatch(
    `The data was moved to ${moved?.destination ?? 'another database'}: set DATABASE_URL to it.`,
  );
}

/** The migrations that the database lacks; writes nothing. @throws SchemaMismatch as `migrate` does. */
export async function pendingMigrations(db: Database, migrations: readonly Migration[]): Promise<readonly Migration[]> {
  const tables =
    db.dialect === 'sqlite'
      ? sql`select 1 as found from sqlite_master where name = 'migrations'`
      : sql`select 1 as found where to_regclass('migrations') is not null`;
  if ((await db.query(tables)).length === 0) return migrations;
  const applied = await queryRows(db, AppliedMigration, sql`select name, checksum from migrations order by name`);
  refuseUnknown(applied, migrations);
  return migrations.slice(applied.length);
}

async function apply(tx: Queryable, migration: Migration, now: number): Promise<void> {
  const withoutComments = migration.text.replaceAll(/--.*$/gm, '');
  for (const statement of withoutComments.split(';')) {
    if (statement.trim() !== '') await tx.query(plain(statement));
  }
  await tx.query(sql`
    insert into migrations (name, checksum, applied_at)
    values (${migration.name}, ${checksum(migration.text)}, ${now})`);
}

function refuseUnknown(applied: readonly z.infer<typeof AppliedMigration>[], migrations: readonly Migration[]): void {
  for (const [index, { name, checksum: appliedChecksum }] of applied.entries()) {
    const ours = migrations[index];
    if (ours === undefined || ours.name !== name) {
      throw new SchemaMismatch(
        `The database has the migration ${name}, which this version of Sidenote does not know: start the newer version that made it, or restore a backup from before the upgrade.`,
      );
    }
    if (checksum(ours.text) !== appliedChecksum) {
      throw new SchemaMismatch(
        `The migration ${name} in this version of Sidenote differs from the one the database was made with: install an unmodified release.`,
      );
    }
  }
}
