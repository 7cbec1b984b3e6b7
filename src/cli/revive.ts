import { parseArgs } from 'node:util';
import { contextMaker } from '../wiring.ts';
import { parseTurnId } from '../domain/ids.ts';
import { reviveTurn } from '../queue/queue.ts';
import { atMost } from './arguments.ts';
import { type Command, type Io, UsageError } from './command.ts';
import { readSettings } from './settings.ts';
import { openStored, readId } from './stored.ts';

async function run(args: readonly string[], io: Io): Promise<number> {
  const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true });
  const [id] = atMost(1, positionals);
  if (id === undefined) throw new UsageError('Which turn? Give its id; "sidenote turns --state dead" lists them.');
  const settings = readSettings(io, { intercom: false, model: false });
  await using db = await openStored(settings);
  const revived = await reviveTurn(
    db,
    readId(parseTurnId, id),
    contextMaker(settings.config.quietPeriodMs, Date.now)(),
  );
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
