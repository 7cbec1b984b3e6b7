import type { Secrets } from '../config.ts';
import { createBatcher } from '../inbox/batcher.ts';
import { receive } from '../inbox/receive.ts';
import type { Availability } from '../intercom/availability.ts';
import { pause, resume } from '../kill-switch.ts';
import type { KnowledgeService } from '../knowledge-service.ts';
import type { ModelServers } from '../llm/servers/servers.ts';
import { countLiveTurns } from '../store/turns.ts';
import type { Scheduler } from '../turn/scheduler.ts';
import { createRoutes, type Readiness } from '../web/server.ts';
import { type Core, monotonicNow } from './core.ts';
import { reportCalls } from './intercom-watch.ts';
import type { Steering } from './steering.ts';

/** Ready while the database is there: Intercom and the model may be away, work waits for them. */
async function readiness({ db, health, onError }: Core, inside: Omit<Inside, 'scheduler'>): Promise<Readiness> {
  const { steering, knowledgeService, servers, availability } = inside;
  const { killSwitch, policy } = steering;
  const neighbours = {
    paused: killSwitch.pauses,
    policy: policy.problems.length === 0 ? { state: 'ok' } : { state: 'refused', problems: policy.problems },
    intercom: { ...health.intercom.health, ...reportCalls(availability) },
    model: health.model.health,
    modelServers: servers.report(),
    knowledge: knowledgeService.knowledge.standing,
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
  readonly steering: Steering;
  readonly knowledgeService: KnowledgeService;
  readonly servers: ModelServers;
  readonly availability: Availability;
};

/** The routes, with all that they lead to. */
export function createWeb(
  core: Core,
  secrets: Secrets,
  { scheduler, steering, knowledgeService, servers, availability }: Inside,
): ReturnType<typeof createRoutes> {
  const { db, now, events, onError, registry } = core;
  const { noteArticle } = knowledgeService;
  const batcher = createBatcher(async (all, onCommitted) => await scheduler.store(all, onCommitted));
  const { clientSecrets, controlToken: token } = secrets;
  return createRoutes({
    control: {
      token,
      pause: async (reason) => await pause(db, reason, now()),
      resume: async () => await resume(db),
      pauses: async () => await steering.killSwitch.look(),
    },
    receive: async (request) =>
      await receive(request, { clientSecrets, batcher, noteArticle, now, onDatabaseAway: onError }),
    webhookMibMax: () => steering.policyFile().limits.webhookMib,
    onWebhook: (answer) => events.webhookAnswered(answer),
    readiness: async () => await readiness(core, { steering, knowledgeService, servers, availability }),
    metrics: async () => await registry.metrics(),
    onError,
    monotonicNow,
  });
}
