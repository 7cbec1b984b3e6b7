import { parseArgs } from 'node:util';
import { parseConversationId, parseTurnId } from '../domain/ids.ts';
import type { Turn, TurnState } from '../domain/turn.ts';
import type { Database } from '../store/database.ts';
import { getPost } from '../store/posts.ts';
import { listTraces } from '../store/traces.ts';
import { getTurn, listTurns } from '../store/turns.ts';
import { atMost } from './arguments.ts';
import { type Command, type Io, UsageError } from './command.ts';
import { readSettings } from './settings.ts';
import { openStored, readId } from './stored.ts';

const states: readonly TurnState[] = ['waiting', 'working', 'delivered', 'withheld', 'skipped', 'superseded', 'dead'];

const options = {
  state: { type: 'string' },
  conversation: { type: 'string' },
  limit: { type: 'string', default: '20' },
  json: { type: 'boolean', default: false },
} as const;

const time = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').slice(0, 19);

/** What a turn came to, in a few words. */
function outcome(turn: Turn): string {
  switch (turn.state) {
    case 'waiting':
      return `due ${time(turn.dueAt)}${turn.lastError === undefined ? '' : `; last attempt: ${turn.lastError}`}`;
    case 'working':
      return `lease until ${time(turn.lease.endsAt)}`;
    case 'delivered':
      return `part ${turn.partId}, after ${((turn.endedAt - turn.openedAt) / 1000).toFixed(1)} s`;
    default:
      return turn.reason;
  }
}

const line = (turn: Turn): string =>
  [time(turn.openedAt), turn.id, turn.state.padEnd(10), turn.conversationId, outcome(turn)].join('  ');

async function showTurn(db: Database, id: string, isJson: boolean, io: Io): Promise<number> {
  const turn = await getTurn(db, readId(parseTurnId, id));
  if (turn === undefined) {
    io.printError(`There is no turn ${id}. "sidenote turns" lists the newest ones.`);
    return 1;
  }
  const traces = (await listTraces(db, turn.id)).map((stored) => ({ ...stored, trace: parseTrace(stored.trace) }));
  const post = await getPost(db, turn.id);
  if (isJson) {
    io.print(JSON.stringify({ turn, post, traces }));
    return 0;
  }
  io.print(line(turn));
  for (const { attempt, recordedAt, trace } of traces) {
    io.print(`\nAttempt ${attempt}, recorded ${time(recordedAt)}`);
    io.print(JSON.stringify(trace, undefined, 2));
  }
  if (post !== undefined) io.print(`\nPosted as ${post.kind}, part ${post.partId ?? 'not confirmed'}:\n${post.body}`);
  return 0;
}

const parseTrace = (text: string): unknown => JSON.parse(text);

async function run(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const [id] = atMost(1, positionals);
  const limit = Number(values.limit);
  if (!Number.isInteger(limit) || limit < 1)
    throw new UsageError(`--limit is "${values.limit}": give a number from 1.`);
  const state = states.find((known) => known === values.state);
  if (values.state !== undefined && state === undefined) {
    throw new UsageError(`--state is "${values.state}": it must be one of ${states.join(', ')}.`);
  }
  await using db = await openStored(readSettings(io, { intercom: false, model: false }));
  if (id !== undefined) return await showTurn(db, id, values.json, io);
  const conversationId =
    values.conversation === undefined ? undefined : readId(parseConversationId, values.conversation);
  const found = await listTurns(db, { state, conversationId }, limit);
  if (found.length === 0 && !values.json) io.print('No turns yet, or none that match.');
  for (const turn of found) io.print(values.json ? JSON.stringify(turn) : line(turn));
  return 0;
}

export const turns: Command = {
  summary: 'lists turns, or shows one with all it did',
  usage: `Usage: sidenote turns [--state STATE] [--conversation ID] [--limit N] [--json]
       sidenote turns ID [--json]

Lists the newest turns (20 unless --limit says otherwise), or shows one with its whole trace: prompt, answer,
model, checks, timings, what was posted. Reads the database that DATABASE_URL or DATA_DIR names, also while
Sidenote runs. Times are UTC. STATE is one of: ${states.join(', ')}.`,
  run,
};
