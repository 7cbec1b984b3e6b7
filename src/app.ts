/**
 * The composition root: settings in, a running Sidenote out. Everything is wired here by hand, and
 * everything is released when the app is disposed.
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Config, Secrets } from './config.ts';
import { createEvents, type Events } from './events.ts';
import { startHousekeeping } from './housekeeping.ts';
import type { TurnId } from './domain/ids.ts';
import type { TransitionContext } from './domain/turn.ts';
import { createBatcher } from './inbox/batcher.ts';
import { receive } from './inbox/receive.ts';
import type { IntercomClient } from './intercom/client.ts';
import { startFollowing } from './knowledge/follow.ts';
import { createKnowledge, type LiveKnowledge } from './knowledge/live-knowledge.ts';
import { type Clock, systemClock } from './lib/clock.ts';
import { IntercomError } from './intercom/errors.ts';
import { HealthRecord } from './lib/health.ts';
import type { LanguageModel } from './llm/model.ts';
import { createWindow } from './llm/window.ts';
import type { PolicyFile } from './policy-file/policy-file.ts';
import { Worker } from './queue/worker.ts';
import { type Database, DatabaseAway } from './store/database.ts';
import { type DatabaseSource, openDatabase } from './store/open.ts';
import { migrate, readMigrations } from './store/migrate.ts';
import { countLiveTurns } from './store/turns.ts';
import { openWakeLine, type WakeLine } from './store/wake.ts';
import { createSweeping, type Sweeping } from './sweeping.ts';
import { createAttempts } from './turn/attempts.ts';
import { createIdentity } from './turn/identity.ts';
import { createDirectory } from './turn/look-up.ts';
import { createScheduler, type Scheduler } from './turn/scheduler.ts';
import { createRoutes, listen, type Readiness } from './web/server.ts';
import {
  contextMaker,
  createNeighbours,
  databaseSource,
  draftSettings,
  type NeighbourHooks,
  type Neighbours,
} from './wiring.ts';

/** What an app reaches out with: every wait of a turn is a call of one of these. */
export type Reach = { readonly db: Database; readonly intercom: IntercomClient; readonly model: LanguageModel };

/** What a test or the demo may put in place of the real thing. */
export type Overrides = {
  readonly model?: LanguageModel;
  readonly events?: Events;
  readonly now?: () => number;
  readonly sleep?: Clock['sleep'];
  readonly schema?: string;
  /** Puts something around the real ones, such as a watch over their calls. */
  readonly wrap?: (reach: Reach) => Reach;
};

export type App = AsyncDisposable & {
  /** Listens, and begins to work. Gives the URL. */
  start(): Promise<URL>;
  readonly worker: Worker;
  readonly knowledge: LiveKnowledge;
  readonly sweeping: Sweeping;
  readonly db: Database;
};

/** How long a stop waits for turns under work before it hands them back. */
const stopGraceMs = 8000;

/** Everything that the parts of one app share. */
type Core = {
  readonly db: Database;
  readonly source: DatabaseSource;
  readonly events: Events;
  readonly registry: Registry;
  readonly now: () => number;
  readonly makeContext: () => TransitionContext;
  readonly onError: (error: unknown) => void;
  readonly health: { readonly intercom: HealthRecord; readonly model: HealthRecord };
};

const monotonicNow = (): number => performance.now();

async function createCore(config: Config, secrets: Secrets, log: Logger, overrides: Overrides): Promise<Core> {
  const { now = Date.now } = overrides;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const events = overrides.events ?? createEvents(log, registry);
  const onError = (error: unknown): void => {
    if (error instanceof DatabaseAway) events.databaseAway(error);
    else events.unexpected(error);
  };
  const source = databaseSource(config, secrets, overrides.schema);
  const db = openDatabase(source);
  try {
    await migrate(db, readMigrations(), now());
  } catch (error) {
    await db[Symbol.asyncDispose]();
    throw error;
  }
  const health = {
    intercom: new HealthRecord(now, (change) => events.neighbourChanged('Intercom', change)),
    model: new HealthRecord(now, (change) => events.neighbourChanged('the model server', change)),
  };
  const makeContext = contextMaker(config.quietPeriodMs, now);
  return { db, source, events, registry, now, makeContext, onError, health };
}

type WithIdentity = { readonly identity: ReturnType<typeof createIdentity> };
type WithKnowledge = { readonly knowledge: LiveKnowledge };

function createWorker(
  core: Core,
  config: Config,
  policyFile: () => PolicyFile,
  { intercom, model, identity, knowledge }: Neighbours & WithIdentity & WithKnowledge,
  scheduler: Scheduler,
): Worker {
  const { db, events, now, onError, health, makeContext } = core;
  const run = createAttempts({
    db,
    intercom,
    makeContext,
    model,
    knowledge,
    now,
    events,
    health,
    monotonicNow,
    directory: createDirectory(intercom, now),
    identity,
    policy: () => policyFile().policy,
    lane: 'draft',
    draftSettings: draftSettings(createWindow(model, config.model.name)),
  });
  return new Worker(
    { owner: randomUUID(), turnsMax: config.model.concurrencyMax * 2, pollMs: 1000 },
    {
      db,
      makeContext,
      run,
      onError,
      prepare: async () => await scheduler.catchUp(),
      onClaimed: (turn) => events.turnClaimed(turn),
      onSettled: (attempt, settled) => {
        if (settled === undefined) return events.attemptDiscarded(attempt);
        events.attemptEnded(settled.turn);
        if (settled.opened !== undefined) events.turnOpened(settled.opened);
      },
      onDied: (turn) => events.turnEnded(turn),
    },
  );
}

function createSweep(
  { db, events, now, onError }: Core,
  policyFile: () => PolicyFile,
  { intercomInBackground: intercom, identity }: Neighbours & WithIdentity,
  onFound: () => void,
): Sweeping {
  return createSweeping({
    db,
    intercom,
    identity,
    now,
    onFound,
    random: Math.random,
    settings: () => {
      const { sweep, retention } = policyFile();
      // Of what is older, the turns are forgotten: it would look missed.
      return { minutes: sweep.minutes, hours: Math.min(sweep.hours, retention.days * 24) };
    },
    onEnded: (found) => events.sweepEnded(found),
    onFailed: (error) => (error instanceof IntercomError ? events.sweepFailed(error.message) : onError(error)),
  });
}

/** Ready while the database is there: Intercom and the model may be away, work waits for them. */
async function readiness({ db, health, onError }: Core, knowledge: LiveKnowledge): Promise<Readiness> {
  const neighbours = {
    intercom: health.intercom.health,
    model: health.model.health,
    knowledge: knowledge.standing,
  };
  try {
    const turns = await countLiveTurns(db);
    return { isReady: true, details: { database: { state: 'ok' }, ...neighbours, turns } };
  } catch (error) {
    onError(error);
    return { isReady: false, details: { database: { state: 'away' }, ...neighbours } };
  }
}

function createWeb(
  core: Core,
  secrets: Secrets,
  scheduler: Scheduler,
  worker: Worker,
  knowledge: LiveKnowledge,
): ReturnType<typeof createRoutes> {
  const { now, events, onError, registry } = core;
  const batcher = createBatcher(async (notifications) => await scheduler.store(notifications));
  const { clientSecrets } = secrets;
  return createRoutes({
    receive: async (request) => {
      const answer = await receive(request, { clientSecrets, batcher, now, onDatabaseAway: onError });
      if (answer.result === 'stored') worker.wake();
      return answer;
    },
    onWebhook: (answer) => events.webhookAnswered(answer),
    readiness: async () => await readiness(core, knowledge),
    metrics: async () => await registry.metrics(),
    onError,
    monotonicNow,
  });
}

/** One call to each neighbour, so that a wrong token shows at the start and not with the first message. */
async function greetNeighbours(core: Core, { intercom, model }: Neighbours, signal: AbortSignal): Promise<void> {
  const greet = async (record: HealthRecord, call: () => Promise<unknown>): Promise<void> => {
    try {
      await call();
      record.succeeded();
    } catch (error) {
      if (!signal.aborted) record.failed(error);
    }
  };
  await Promise.all([
    greet(core.health.intercom, async () => await intercom.me(signal)),
    greet(core.health.model, async () => await model.servedModels(signal)),
  ]);
}

/**
 * Opens the database, brings its schema up to date and wires the rest. `policyFile` is asked anew for
 * each turn. @throws SchemaMismatch, DatabaseAway
 */
export async function createApp(
  config: Config,
  secrets: Secrets,
  policyFile: () => PolicyFile,
  log: Logger,
  overrides: Overrides = {},
): Promise<App> {
  const opened = await createCore(config, secrets, log, overrides);
  const { source, events, now, makeContext, onError } = opened;
  const stack = new AsyncDisposableStack();
  stack.use(opened.db);
  const hooks: NeighbourHooks = {
    onRefused: (origin) => events.outboundRefused(origin),
    onNotice: (notice) => events.modelNoticed(notice),
    onIntercomWaited: (urgency, waitedMs) => events.intercomWaited(urgency, waitedMs),
  };
  const clock: Clock = { now, sleep: overrides.sleep ?? systemClock.sleep };
  const real = stack.use(createNeighbours(config, secrets, hooks, clock));
  const reach: Reach = { db: opened.db, intercom: real.intercom, model: overrides.model ?? real.model };
  const { db, intercom, model } = overrides.wrap?.(reach) ?? reach;
  const core = { ...opened, db };
  const identity = createIdentity(intercom, config.intercom.assistantId);
  const neighbours = { ...real, intercom, model, identity };
  let wakeLine: WakeLine | undefined;
  const onSuperseded = (turnIds: readonly TurnId[]): void => {
    worker.abort(turnIds, 'the conversation moved on');
    wakeLine?.send();
  };
  const scheduler = createScheduler({ db, makeContext, events, onSuperseded });
  const isConfigured = (): boolean => policyFile().knowledge.sources.length > 0;
  const knowledge = createKnowledge({ db, isConfigured });
  const worker = createWorker(core, config, policyFile, { ...neighbours, knowledge }, scheduler);
  if (source.kind === 'postgres') wakeLine = stack.use(openWakeLine(source.url, () => void worker.heartbeat()));
  const sweeping = stack.use(createSweep(core, policyFile, neighbours, () => worker.wake()));
  const routes = createWeb(core, secrets, scheduler, worker, knowledge);

  const start = async (): Promise<URL> => {
    const server = stack.use(await listen(routes, config.host, config.port));
    const stopping = new AbortController();
    stack.defer(() => stopping.abort());
    void greetNeighbours(core, neighbours, stopping.signal);
    stack.use(startHousekeeping({ db, retentionDays: () => policyFile().retention.days, now, onError }));
    stack.use(startFollowing(knowledge, onError));
    stack.defer(async () => await worker.stop(stopGraceMs));
    worker.start();
    sweeping.start();
    return server.url;
  };
  return { start, worker, knowledge, sweeping, db, [Symbol.asyncDispose]: async () => await stack.disposeAsync() };
}
