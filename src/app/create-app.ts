/**
 * The composition root: settings in, a running Sidenote out. Everything is wired here by hand, and
 * everything is released when the app is disposed.
 */
import type { Logger } from 'pino';
import type { TurnId } from '../domain/ids.ts';
import { startHousekeeping } from '../housekeeping.ts';
import type { Availability } from '../intercom/availability.ts';
import type { KillSwitch } from '../kill-switch.ts';
import type { KnowledgeService } from '../knowledge-service.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { loadLanguageDetector } from '../lib/language.ts';
import { modelHooks } from '../model-wiring.ts';
import type { PolicyWatch } from '../policy-file/watch.ts';
import type { Worker } from '../queue/worker.ts';
import { createRetrievalModels } from '../retrieval-models.ts';
import type { Database } from '../store/database.ts';
import { openWakeLine, type WakeLine, type WakeReason } from '../store/wake.ts';
import type { Sweeping } from '../sweeping.ts';
import { createIdentity } from '../turn/identity.ts';
import { createScheduler } from '../turn/scheduler.ts';
import { listen } from '../web/server.ts';
import { createNeighbours, maskedBy, maskOf, type NeighbourHooks, unlessMasked } from '../wiring.ts';
import { createReading, createSweep, greetNeighbours, watchNeighbours } from './background.ts';
import { adoptModels } from './adopt-models.ts';
import { type AppSettings, createCore, type Overrides, type Reach } from './core.ts';
import { intercomHooks } from './intercom-watch.ts';
import { createSteering } from './steering.ts';
import { createWeb } from './web.ts';
import { createWarmUp } from './warm-up.ts';
import { createWorker } from './worker.ts';

export type App = AsyncDisposable & {
  /** Listens, and begins to work. Gives the URL. */
  start(): Promise<URL>;
  readonly worker: Worker;
  readonly availability: Availability;
  readonly knowledgeService: KnowledgeService;
  readonly sweeping: Sweeping;
  readonly killSwitch: KillSwitch;
  readonly policy: PolicyWatch;
  readonly db: Database;
};

/** How long a stop waits for turns under work before it hands them back; `sidenote serve` ends 1.5 s later at the most. */
const stopGraceMs = 7000;

/** Sweep and sources end at once, beside the turns under work. */
async function endWork({ worker, sweeping, knowledgeService }: Pick<App, 'worker' | 'sweeping' | 'knowledgeService'>) {
  sweeping[Symbol.dispose]();
  await Promise.all([worker.stop(stopGraceMs), knowledgeService[Symbol.asyncDispose]()]);
}

/** Opens the database, brings its schema up to date and wires the rest. @throws SchemaMismatch, DatabaseAway */
export async function createApp(settings: AppSettings, log: Logger, overrides: Overrides = {}): Promise<App> {
  const { config, secrets } = settings;
  const opened = await createCore(config, secrets, log, overrides, () => steering.policyFile().limits);
  const { source, events, now, makeContext, onError } = opened;
  const stack = new AsyncDisposableStack();
  stack.use(opened.db);
  const wake = (): void => worker.wake();
  const hooks: NeighbourHooks = {
    onRefused: (origin) => events.outboundRefused(origin),
    ...intercomHooks(opened, () => steering.policyFile().limits, wake),
    ...modelHooks(events, opened.health.model, overrides.model, wake),
  };
  const clock: Clock = { now, sleep: overrides.sleep ?? systemClock.sleep };
  const real = stack.use(createNeighbours(config, secrets, hooks, clock));
  const reach: Reach = { db: opened.db, intercom: real.intercom, model: real.model };
  const { db, intercom, model: bare } = overrides.wrap?.(reach) ?? reach;
  const core = { ...opened, db };
  const identity = createIdentity(intercom, real.intercomToken, config.intercom.assistantId);
  const model = maskedBy(() => steering.policyFile(), bare);
  const budget = unlessMasked(() => steering.policyFile(), real.budget);
  const neighbours = { ...real, intercom, model, budget, identity, clock };
  let wakeLine: WakeLine | undefined;
  const onSuperseded = (turnIds: readonly TurnId[]): void => {
    worker.abort(turnIds, 'the conversation moved on');
    wakeLine?.send('superseded');
  };
  const onWork = (dueAt?: number): void => {
    worker.wake(dueAt);
    wakeLine?.send('work');
  };
  const warmUp = stack.use(createWarmUp(loadLanguageDetector, onError));
  const scheduler = createScheduler({ db, makeContext, events, onSuperseded, onOpened: warmUp.with(onWork) });
  const steering = createSteering(core, settings, overrides, {
    onResume: wake,
    adopt: (file) => adoptModels(file, settings, real, models),
  });
  const { policyFile } = steering;
  const modelSettings = { model: config.model, modelKeys: secrets.modelKeys };
  const models = stack.use(createRetrievalModels(modelSettings, { ...hooks, now, mask: maskOf(policyFile) }));
  const knowledgeService = stack.use(createReading(core, { ...real, models }, clock, policyFile));
  const worker = createWorker(core, steering, { ...neighbours, ...knowledgeService }, { scheduler, onWork });
  const onWake = (reason: WakeReason): void => (reason === 'work' ? worker.wake() : void worker.heartbeat());
  if (source.kind === 'postgres') wakeLine = stack.use(openWakeLine(source.url, onWake));
  const sweeping = stack.use(createSweep(core, policyFile, neighbours, wake));
  const routes = createWeb(core, secrets, { ...neighbours, scheduler, steering, knowledgeService });
  const start = async (): Promise<URL> => {
    const server = stack.use(await listen(routes, config.host, config.port));
    stack.use(steering.killSwitch.start());
    if (overrides.policyFile === undefined) stack.use(steering.policy.start());
    stack.use(greetNeighbours(core, neighbours));
    stack.use(startHousekeeping({ db, retentionDays: () => policyFile().retention.days, now, onError }));
    stack.use(watchNeighbours(neighbours));
    stack.defer(async () => await endWork({ worker, sweeping, knowledgeService }));
    worker.start();
    knowledgeService.start();
    sweeping.start();
    return server.url;
  };
  return {
    start,
    worker,
    availability: neighbours.availability,
    knowledgeService,
    sweeping,
    ...steering,
    db,
    [Symbol.asyncDispose]: async () => await stack.disposeAsync(),
  };
}
