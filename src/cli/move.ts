import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { move } from '../backup/copy.ts';
import { readMigrations } from '../store/migrate.ts';
import { openDatabase } from '../store/open.ts';
import { type Command, type Io, UsageError } from './command.ts';
import { readSettings } from './settings.ts';
import { openStored } from './stored.ts';

const options = { to: { type: 'string' }, 'to-file': { type: 'string' } } as const;

function destination(args: readonly string[]): string {
  const { values } = parseArgs({ args: [...args], options });
  const path = values['to-file'];
  if ((values.to === undefined) === (path === undefined)) {
    throw new UsageError(
      'Where to? Give --to postgres://user:password@host:port/database, or --to-file with it in a file.',
    );
  }
  const url = path === undefined ? (values.to ?? '') : readUrl(path);
  if (/^postgres(?:ql)?:\/\//.test(url) && URL.canParse(url)) return url;
  throw new UsageError('The data can be moved to PostgreSQL only: give postgres://user:password@host:port/database.');
}

function readUrl(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new UsageError(`${path} can't be read: check the path and its permissions.`, { cause });
  }
}

async function run(args: readonly string[], io: Io): Promise<number> {
  const url = destination(args);
  const settings = readSettings(io, { intercom: false, model: false });
  if (settings.config.database.kind !== 'sqlite') {
    throw new UsageError(
      'The data is on PostgreSQL already; "sidenote backup" and "restore" carry it to another server.',
    );
  }
  await using from = await openStored(settings);
  await using to = openDatabase({ kind: 'postgres', url });
  const rows = await move(from, to, readMigrations(), Date.now());
  io.print(
    `All ${rows} rows of ${from.description} are in ${to.description} now, and ${from.description} takes no more.`,
  );
  io.print('Set DATABASE_URL to it and restart Sidenote; what Intercom sends until then it delivers again.');
  return 0;
}

export const moveCommand: Command = {
  summary: 'moves all data from SQLite to PostgreSQL',
  usage: `Usage: sidenote move --to postgres://user:password@host:port/database
       sidenote move --to-file FILE

Copies all data of the SQLite file that DATA_DIR or DATABASE_URL names into an empty PostgreSQL database, all or nothing,
and ends the file: from then on every write to it is refused with a sentence that says where the data is. Sidenote may
run meanwhile. From the beginning of the copy (a second per 20,000 rows or so) until it is restarted with the new
DATABASE_URL it answers webhooks 503, and Intercom delivers each again a minute later; what fails twice the sweep finds.
--to-file reads the address from a file, so that its password stands in no list of processes.`,
  run,
};
