import { parseArgs } from 'node:util';
import { readContents } from '../backup/copy.ts';
import { writeBackup } from '../backup/file.ts';
import { readMigrations } from '../store/migrate.ts';
import { readSnapshot } from '../store/snapshot.ts';
import { atMost } from './arguments.ts';
import { type Command, type Io, UsageError } from './command.ts';
import { readSettings } from './settings.ts';
import { openStored } from './stored.ts';

async function run(args: readonly string[], io: Io): Promise<number> {
  const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true });
  const [path] = atMost(1, positionals);
  if (path === undefined) throw new UsageError('Where to? Give the name of a new file.');
  await using db = await openStored(readSettings(io, { intercom: false, model: false }));
  const head = { createdAt: new Date().toISOString(), migrations: readMigrations().map(({ name }) => name) };
  const { rows } = await readSnapshot(db, async (at) => await writeBackup(path, head, readContents(at)));
  io.print(`${path} holds all ${rows} rows of ${db.description}, as they were at ${head.createdAt}.`);
  return 0;
}

export const backup: Command = {
  summary: 'writes all data into one file, while Sidenote runs',
  usage: `Usage: sidenote backup FILE

Writes all data of the database that DATABASE_URL or DATA_DIR names into a new file, as it is at one moment; Sidenote may
run meanwhile and waits for nothing. The file serves "sidenote restore" on SQLite and on PostgreSQL, and has a checksum.
It holds what customers wrote: keep it as you keep the database.`,
  run,
};
