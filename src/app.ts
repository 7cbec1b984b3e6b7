/**
 * The composition root: settings in, a running Sidenote out. Everything is wired here by hand, and
 * everything is released when the app is disposed.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
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
import { KillSwitch, pause, resume } from './kill-switch.ts';
import type { LiveKnowledge } from './knowledge/live-knowledge.ts';
import { createKnowledgeService, type KnowledgeService } from './knowledge-service.ts';
import { type Clock, systemClock } from './lib/clock.ts';
import { IntercomError } from './intercom/errors.ts';
import { HealthRecord } from './lib/health.ts';
import type { LanguageModel } from './llm/model.ts';
import type { ModelServers } from './llm/servers/servers.ts';
import { watchServers } from './llm/servers/watch.ts';
import { modelHooks, turnsMax } from './model-wiring.ts';
import type { PolicyFile } from './policy-file/policy-file.ts';
import { PolicyWatch } from './policy-file/watch.ts';
import { Worker } from './queue/worker.ts';
import { type Database, DatabaseAway } from './store/database.ts';
import { type DatabaseSource, openDatabase } from './store/open.ts';
import { migrate, readMigrations } from './store/migrate.ts';
import { countLiveTurns } from './store/turns.ts';
import { openWakeLine, type WakeLine, type WakeReason } from './store/wake.ts';
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
  maskedBy,
  unlessMasked,
  type NeighbourHooks,
  type Neighbours,
} from './wiring.ts';

/** What an app reaches out with: every wait of a turn is a call of one of these. */
export type Reach = { readonly db: Database; readonly intercom: IntercomClient; readonly model: LanguageModel };

/** What a test or the demo may put in place of the real thing. */
export type Overrides = {
  /** Asked anew for each turn, instead of the file that the settings name. */
  readonly policyFile?: () => PolicyFile;
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
  readonly knowledgeService: KnowledgeService;
  readonly sweeping: Sweeping;
  readonly killSwitch: KillSwitch;
  readonly policy: PolicyWatch;
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

type Steering = {
  readonly killSwitch: KillSwitch;
  readonly policy: PolicyWatch;
  readonly policyFile: () => PolicyFile;
};

/** What people steer with while Sidenote runs. */
function createSteering(
  core: Core,
  config: Config,
  firstPolicy: PolicyFile,
  overrides: Overrides,
  onResume: () => void,
): Steering {
  const { db, events, now, onError } = core;
  const policy = new PolicyWatch(config.policyPath, firstPolicy, {
    onReloaded: (file) => events.policyReloaded({ mode: file.policy.mode, rules: file.policy.rules.length }),
    onRefused: (problems) => events.policyRefused(problems),
  });
  const killSwitch = new KillSwitch({
    db,
    path: join(config.dataDir, 'pause'),
    host: hostname(),
    now,
    onError,
    onChange: (pauses) => {
      events.pauseChanged(pauses.map(({ reason }) => reason));
      if (pauses.length === 0) onResume();
    },
  });
  return { killSwitch, policy, policyFile: overrides.policyFile ?? (() => policy.current) };
}

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
  { policyFile, killSwitch }: Steering,
  { intercom, model, identity, knowledge, budget, turnsAllowed }: Neighbours & WithIdentity & WithKnowledge,
  { scheduler, onWork }: { readonly scheduler: Scheduler; readonly onWork: () => void },
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
    isPaused: async () => (await killSwitch.look()).length > 0,
    lane: 'draft',
    settings: draftSettings,
    budget,
  });
  return new Worker(
    { owner: randomUUID(), turnsMax: turnsMax(config), pollMs: 1000 },
    {
      db,
      makeContext,
      run,
      isPaused: () => killSwitch.isPaused,
      onError,
      turnsAllowed,
      prepare: async () => await scheduler.catchUp(),
      onClaimed: (turn) => events.turnClaimed(turn),
      onSettled: (attempt, settled) => {
        if (settled === undefined) return events.attemptDiscarded(attempt);
        events.attemptEnded(settled.turn);
        if (settled.opened !== undefined) events.turnOpened(settled.opened);
        if (settled.opened !== undefined || settled.turn.state === 'waiting') onWork();
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

function createReading(
  { db, events, onError }: Core,
  { intercomInBackground: intercom }: Neighbours,
  clock: Clock,
  policyFile: () => PolicyFile,
): KnowledgeService {
  return createKnowledgeService({
    db,
    intercom,
    clock,
    events,
    onError,
    settings: () => policyFile().knowledge,
  });
}

/** Ready while the database is there: Intercom and the model may be away, work waits for them. */
async function readiness(
  { db, health, onError }: Core,
  { steering: { killSwitch, policy }, knowledgeService: { knowledge }, servers }: Omit<Inside, 'scheduler' | 'worker'>,
): Promise<Readiness> {
  const neighbours = {
    paused: killSwitch.pauses,
    policy: policy.problems.length === 0 ? { state: 'ok' } : { state: 'refused', problems: policy.problems },
    intercom: health.intercom.health,
    model: health.model.health,
    modelServers: servers.report(),
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

/** What the routes lead to. */
type Inside = {
  readonly scheduler: Scheduler;
  readonly worker: Worker;
  readonly steering: Steering;
  readonly knowledgeService: KnowledgeService;
  readonly servers: ModelServers;
};

function createWeb(
  core: Core,
  secrets: Secrets,
  { scheduler, worker, steering, knowledgeService, servers }: Inside,
): ReturnType<typeof createRoutes> {
  const { db, now, events, onError, registry } = core;
  const { noteArticle } = knowledgeService;
  const batcher = createBatcher(async (notifications) => await scheduler.store(notifications));
  const { clientSecrets, controlToken: token } = secrets;
  return createRoutes({
    control: {
      token,
      pause: async (reason) => await pause(db, reason, now()),
      resume: async () => await resume(db),
      pauses: async () => await steering.killSwitch.look(),
    },
    receive: async (request) => {
      const answer = await receive(request, { clientSecrets, batcher, noteArticle, now, onDatabaseAway: onError });
      if (answer.result === 'stored') worker.wake();
      return answer;
    },
    onWebhook: (answer) => events.webhookAnswered(answer),
    readiness: async () => await readiness(core, { steering, knowledgeService, servers }),
    metrics: async () => await registry.metrics(),
    onError,
    monotonicNow,
  });
}

/** One call to each neighbour, so that a wrong token shows at the start and not with the first message. */
async function greetNeighbours(core: Core, { intercom, greetModel }: Neighbours, signal: AbortSignal): Promise<void> {
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
    greet(core.health.model, async () => await greetModel(signal)),
  ]);
}

/**
 * Opens the database, brings its schema up to date and wires the rest. `firstPolicy` is what the
 * policy's file said at the start; it is watched from then on. @throws SchemaMismatch, DatabaseAway
 */
export async function createApp(
  config: Config,
  secrets: Secrets,
  firstPolicy: PolicyFile,
  log: Logger,
  overrides: Overrides = {},
): Promise<App> {
  const opened = await createCore(config, secrets, log, overrides);
  const { source, events, now, makeContext, onError } = opened;
  const stack = new AsyncDisposableStack();
  stack.use(opened.db);
  const hooks: NeighbourHooks = {
    onRefused: (origin) => events.outboundRefused(origin),
    onIntercomWaited: (urgency, waitedMs) => events.intercomWaited(urgency, waitedMs),
    ...modelHooks(events, opened.health.model, overrides.model, () => worker.wake()),
  };
  const clock: Clock = { now, sleep: overrides.sleep ?? systemClock.sleep };
  const real = stack.use(createNeighbours(config, secrets, hooks, clock));
  const reach: Reach = { db: opened.db, intercom: real.intercom, model: real.model };
  const { db, intercom, model: bare } = overrides.wrap?.(reach) ?? reach;
  const core = { ...opened, db };
  const identity = createIdentity(intercom, config.intercom.assistantId);
  const model = maskedBy(() => steering.policyFile(), bare);
  const budget = unlessMasked(() => steering.policyFile(), real.budget);
  const neighbours = { ...real, intercom, model, budget, identity };
  let wakeLine: WakeLine | undefined;
  const onSuperseded = (turnIds: readonly TurnId[]): void => {
    worker.abort(turnIds, 'the conversation moved on');
    wakeLine?.send('superseded');
  };
  const onWork = (): void => wakeLine?.send('work');
  const scheduler = createScheduler({ db, makeContext, events, onSuperseded, onOpened: onWork });
  const steering = createSteering(core, config, firstPolicy, overrides, () => worker.wake());
  const { policyFile, killSwitch, policy } = steering;
  const knowledgeService = stack.use(createReading(core, real, clock, policyFile));
  const { knowledge } = knowledgeService;
  const worker = createWorker(core, config, steering, { ...neighbours, knowledge }, { scheduler, onWork });
  const onWake = (reason: WakeReason): void => (reason === 'work' ? worker.wake() : void worker.heartbeat());
  if (source.kind === 'postgres') wakeLine = stack.use(openWakeLine(source.url, onWake));
  const sweeping = stack.use(createSweep(core, policyFile, neighbours, () => worker.wake()));
  const { servers } = neighbours;
  const routes = createWeb(core, secrets, { scheduler, worker, steering, knowledgeService, servers });

  const start = async (): Promise<URL> => {
    const server = stack.use(await listen(routes, config.host, config.port));
    const stopping = new AbortController();
    stack.defer(() => stopping.abort());
    stack.use(killSwitch.start());
    if (overrides.policyFile === undefined) stack.use(policy.start());
    void greetNeighbours(core, neighbours, stopping.signal);
    stack.use(startHousekeeping({ db, retentionDays: () => policyFile().retention.days, now, onError }));
    stack.use(watchServers(neighbours.servers));
    stack.defer(async () => await worker.stop(stopGraceMs));
    worker.start();
    knowledgeService.start();
    sweeping.start();
    return server.url;
  };
  return {
    start,
    worker,
    knowledgeService,
    sweeping,
    killSwitch,
    policy,
    db,
    [Symbol.asyncDispose]: async () => await stack.disposeAsync(),
  };
}
