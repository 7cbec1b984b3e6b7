import { existsSync } from 'node:fs';
import type { Database } from '../store/database.ts';
import { pendingMigrations, readMigrations, SchemaMismatch } from '../store/migrate.ts';
import { openDatabase } from '../store/open.ts';
import { databaseSource } from '../wiring.ts';
import { UsageError } from './command.ts';
import type { Settings } from './settings.ts';

/** Whether there is a database to look into. Opening an SQLite file that is not there would make it. */
export function isDatabaseMade({ config }: Pick<Settings, 'config'>): boolean {
  return config.database.kind !== 'sqlite' || existsSync(config.database.path);
}

/**
 * The database that Sidenote was started with before, left as it is.
 * @throws SchemaMismatch when it has not been, with what to do; DatabaseAway
 */
export async function openStored(settings: Pick<Settings, 'config' | 'secrets'>): Promise<Database> {
  const { config, secrets } = settings;
  const remedy = 'start Sidenote once ("npm start"), which sets it up.';
  if (config.database.kind === 'sqlite' && !isDatabaseMade(settings)) {
    throw new SchemaMismatch(`There is no database at ${config.database.path} yet: check DATA_DIR, or ${remedy}`);
  }
  const db = openDatabase(databaseSource(config, secrets));
  try {
    const missing = await pendingMigrations(db, readMigrations());
    if (missing.length === 0) return db;
    throw new SchemaMismatch(`${db.description} is not up to date with this version: ${remedy}`);
  } catch (error) {
    await db[Symbol.asyncDispose]();
    throw error;
  }
}

/** An id from the command line. @throws UsageError when it can't be one */
export function readId<Id>(parse: (raw: string) => Id, raw: string): Id {
  try {
    return parse(raw);
  } catch (cause) {
    throw new UsageError(`"${raw}" can't be an id: ids hold no white space.`, { cause });
  }
}
