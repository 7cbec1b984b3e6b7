import { parseArgs } from 'node:util';
import type { WorkingTurn } from '../domain/turn.ts';
import { firstOpening, openTurn, transition } from '../domain/turn.ts';
import { parseNotification, type ReceivedNotification } from '../intercom/notification.ts';
import type { IntercomClient, OutgoingPart } from '../intercom/client.ts';
import { IntercomError } from '../intercom/errors.ts';
import { migrate, readMigrations } from '../store/migrate.ts';
import { openDatabase } from '../store/open.ts';
import { insertTurn } from '../store/turns.ts';
import { toFailure } from '../turn/failure.ts';
import { createIdentity } from '../turn/identity.ts';
import { createDirectory } from '../turn/look-up.ts';
import { createReplyGate } from '../turn/reply-gate.ts';
import { runTurn } from '../turn/run-turn.ts';
import { TraceRecorder } from '../turn/trace.ts';
import { systemClock } from '../lib/clock.ts';
import { contextMaker, createNeighbours, draftSettings, maskedBy, unlessMasked } from '../wiring.ts';
import { atMost, readJson } from './arguments.ts';
import { type Command, type Io, UsageError } from './command.ts';
import { readSettings } from './settings.ts';
import { openKnowledge } from './stored-knowledge.ts';

/** Thrown in the place of the post: everything before it has happened for real. */
class NotPosted extends IntercomError {
  readonly outgoing: OutgoingPart;

  constructor(outgoing: OutgoingPart) {
    super('rejected', 'Not posted: this is a replay.');
    this.outgoing = outgoing;
  }
}

const withoutPosting = (intercom: IntercomClient): IntercomClient => ({
  ...intercom,
  postPart: async (_id, outgoing) => {
    throw new NotPosted(outgoing);
  },
  tagId: async () => '',
  setTag: async () => undefined,
  setAttributes: async () => undefined,
  assignTeam: async () => undefined,
});

/** Runs the turn that the notification would open through the real stages, with a database of its own. */
async function replay(notification: ReceivedNotification, io: Io): Promise<number> {
  const settings = readSettings(io, { intercom: true, model: true });
  const { config, secrets, policyFile } = settings;
  await using stored = await openKnowledge(settings, io);
  await using neighbours = createNeighbours(config, secrets, { onRefused: io.printError }, systemClock);
  await using db = openDatabase({ kind: 'sqlite', path: ':memory:' });
  await migrate(db, readMigrations(), Date.now());
  const makeContext = contextMaker(0, Date.now);
  const turn = claimed(notification, makeContext);
  await insertTurn(db, turn);
  const intercom = withoutPosting(neighbours.intercom);
  const model = maskedBy(() => policyFile, neighbours.model);
  const budget = unlessMasked(() => policyFile, neighbours.budget);
  const recorder = new TraceRecorder(
    () => performance.now(),
    (stage, ms) => io.print(`${stage.padEnd(9)} ended after ${ms.toFixed(0)} ms`),
  );
  const deps = {
    db,
    intercom,
    model,
    knowledge: stored.knowledge,
    makeContext,
    settings: draftSettings,
    budget,
    guard: neighbours.guard,
    now: Date.now,
    isPaused: async () => false,
    lane: 'teammate' as const,
    identity: createIdentity(intercom, neighbours.intercomToken, config.intercom.assistantId),
    directory: createDirectory(intercom, Date.now),
    policy: () => policyFile.policy,
    replyGate: createReplyGate(db, systemClock),
  };
  try {
    const result = await runTurn(turn, deps, recorder, io.stop);
    io.print(`turn      ${result.kind}${'reason' in result ? `: ${result.reason}` : ''}`);
    return 0;
  } catch (error) {
    if (error instanceof NotPosted) {
      io.print(`checks    ${(recorder.trace.checks ?? []).map(({ check, said }) => `${check} ${said}`).join('; ')}`);
      io.print(`deliver   would post this ${error.outgoing.kind}; nothing was posted:\n${error.outgoing.html}`);
      return 0;
    }
    const { kind, message } = toFailure(error);
    io.print(`turn      failed (${kind}): ${message}`);
    return 1;
  }
}

function claimed(notification: ReceivedNotification, makeContext: ReturnType<typeof contextMaker>): WorkingTurn {
  const { workspaceId, conversationId, event } = notification;
  const opened = openTurn(workspaceId, conversationId, firstOpening(event.position, makeContext()));
  const decided = transition(
    opened,
    { type: 'claimed', owner: 'replay', isAlone: true },
    { ...makeContext(), now: opened.dueAt },
  );
  if (decided.kind !== 'changed' || decided.turn.state !== 'working') throw new Error('A due turn can be claimed.');
  return decided.turn;
}

async function run(args: readonly string[], io: Io): Promise<number> {
  const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true });
  const [file] = atMost(1, positionals);
  if (file === undefined) throw new UsageError('Which webhook? Give a file with its JSON body.');
  const notification = parseNotification(await readJson(file), Date.now());
  if (!notification.ok) {
    io.print(`receive   ${notification.reason.kind}: ${notification.reason.why}`);
    return notification.reason.kind === 'invalid' ? 1 : 0;
  }
  const { topic, conversationId, event } = notification.value;
  io.print(`receive   ${topic}, conversation ${conversationId}, part ${event.position.partId ?? 'not named'}`);
  io.print(`schedule  ${event.type}`);
  if (event.type === 'contact-wrote') return await replay(notification.value, io);
  io.print('turn      none is opened: only what a contact writes opens one');
  return 0;
}

export const receiveCommand: Command = {
  summary: 'replays a saved webhook and prints what each stage decides; posts nothing',
  usage: `Usage: sidenote receive FILE

Reads a webhook's JSON body from FILE and takes it through every stage for real (it reads the conversation from
Intercom, searches what the sources have given so far, and asks the model), but posts nothing and leaves the database
as it is. Prints what each stage decided.`,
  run,
};
