import { parseArgs } from 'node:util';
import { contextMaker, databaseSource } from '../wiring.ts';
import { parseTurnId } from '../domain/ids.ts';
import { reviveTurn } from '../queue/queue.ts';
import { openDatabase } from '../store/open.ts';
import { type Command, type Io, UsageError } from './command.ts';
import { readSettings } from './settings.ts';

async function run(args: readonly string[], io: Io): Promise<number> {
  const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true });
  const [id] = positionals;
  if (id === undefined) throw new UsageError('Which turn? Give its id; "sidenote turns --state dead" lists them.');
  const { config, secrets } = readSettings(io, { intercom: false, model: false });
  await using db = openDatabase(databaseSource(config, secrets));
  const revived = await reviveTurn(db, parseTurnId(id), contextMaker(config.quietPeriodMs, Date.now)());
  if (revived.ok) io.print(`Turn ${id} is due now; the running Sidenote takes it up within a second.`);
  else io.printError(revived.reason);
  return revived.ok ? 0 : 1;
}

export const revive: Command = {
  summary: 'makes a dead turn due again',
  usage: `Usage: sidenote revive ID

Makes a dead turn (see "sidenote turns --state dead") due at once, with its attempts counted anew. Refused
when the conversation has a newer turn.`,
  run,
};
