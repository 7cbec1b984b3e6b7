import { parseArgs } from 'node:util';
import { fill } from '../backup/copy.ts';
import { checkBackup, readBackup } from '../backup/file.ts';
import { readMigrations } from '../store/migrate.ts';
import { openDatabase } from '../store/open.ts';
import { databaseSource } from '../wiring.ts';
import { atMost } from './arguments.ts';
import { type Command, type Io, UsageError } from './command.ts';
import { readSettings } from './settings.ts';

async function run(args: readonly string[], io: Io): Promise<number> {
  const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true });
  const [path] = atMost(1, positionals);
  if (path === undefined) throw new UsageError('Which backup? Give its file.');
  const { config, secrets } = readSettings(io, { intercom: false, model: false });
  const { migrations, createdAt } = await checkBackup(path);
  await using db = openDatabase(databaseSource(config, secrets));
  const rows = await fill(db, { migrations, contents: readBackup(path) }, readMigrations(), Date.now());
  io.print(`${db.description} holds the ${rows} rows of ${path}, as they were at ${createdAt}.`);
  return 0;
}

export const restore: Command = {
  summary: 'fills an empty database from a backup',
  usage: `Usage: sidenote restore FILE

Fills the database that DATABASE_URL or DATA_DIR names from a file that "sidenote backup" wrote, all or nothing. The
database must be empty: nothing is overwritten. A backup of an older version is brought up to date. Start Sidenote
afterwards: it looks for the messages that came since the backup, and does not repeat the notes that stand already.`,
  run,
};
