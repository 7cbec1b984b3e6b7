import assert from 'node:assert/strict';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { notifyOf } from '../../simulator/notify.ts';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { type Notification, type Topic, Webhooks } from '../../simulator/webhooks.ts';
import { type App, createApp } from '../../src/app/create-app.ts';
import { parseConfig } from '../../src/config.ts';
import { createEvents } from '../../src/events.ts';
import { createBatcher } from '../../src/inbox/batcher.ts';
import { receive, type WebhookAnswer } from '../../src/inbox/receive.ts';
import { defaultPolicyFile } from '../../src/policy-file/policy-file.ts';
import type { DatabaseSource } from '../../src/store/open.ts';
import { createScheduler } from '../../src/turn/scheduler.ts';
import { contextMaker } from '../../src/wiring.ts';
import { freeReplies } from '../support/replying.ts';
import { createHeldModel, type HeldModel } from './held-model.ts';
import { until } from './world.ts';

export type Mode = 'note' | 'reply';

/** One Sidenote: the whole app but its timers and its port. What they would call, the test calls. */
export type Instance = {
  readonly app: App;
  readonly model: HeldModel;
  /** What the inbox answers to a webhook. */
  receive(notification: Notification): Promise<WebhookAnswer>;
};

/** Two instances on one database and an Intercom that tells nobody anything by itself. */
export type Instances = AsyncDisposable & {
  readonly simulator: Simulator;
  /** All that Intercom would have told so far, oldest first. */
  readonly told: readonly Notification[];
  readonly instances: readonly [Instance, Instance];
  /** Instances that were given up while their attempts went on. */
  readonly stalled: readonly Instance[];
  readonly clock: TestClock;
  setMode(mode: Mode): void;
  /** The instance at `index` is heard of no more, and another takes its place. */
  replace(index: 0 | 1): Promise<void>;
  /** Ends the stalled ones, which must have no attempts any more. */
  forgetStalled(): Promise<void>;
  /** The same message under another topic, with an id of its own. */
  under(notification: Notification, topic: Topic): Notification;
  /** Resolves when no attempt goes on, except those whose model is held. */
  quiet(): Promise<void>;
};

/** Ms; what each side's clock is off by. */
export type Skews = { readonly intercomMs: number; readonly secondInstanceMs: number };

export type TestClock = {
  now(): number;
  advance(ms: number): void;
  skew(skews: Skews): void;
};

/** 17 September 2026: any fixed time does. */
const startsAt = 1_789_630_000_000;

function createClock(): TestClock & { readonly skews: () => Skews } {
  let time = startsAt;
  let skews: Skews = { intercomMs: 0, secondInstanceMs: 0 };
  return {
    now: () => time,
    advance: (ms) => void (time += ms),
    skew: (next) => void (skews = next),
    skews: () => skews,
  };
}

export async function startInstances(source: DatabaseSource): Promise<Instances> {
  await using stack = new AsyncDisposableStack();
  const clock = createClock();
  const simulator = stack.use(await startSimulator({ now: () => clock.now() + clock.skews().intercomMs }));
  let mode: Mode = 'note';
  const { clientSecret, appId } = simulator;
  const webhooks = new TellingWebhooks(
    { clientSecret, appId, now: () => clock.now(), retryDelayMs: 0, deadlineMs: 0 },
    undefined,
  );
  simulator.onChange((change) => notifyOf(change, webhooks, 'plain'));

  const owned = stack.move();
  const start = async (index: 0 | 1): Promise<Instance> => {
    const now = (): number => clock.now() + (index === 1 ? clock.skews().secondInstanceMs : 0);
    const model = createHeldModel();
    const parsed = parseConfig(environmentFor(simulator, source), { intercom: true, model: true });
    const policyFile = () => ({
      ...defaultPolicyFile,
      policy: { ...defaultPolicyFile.policy, mode, replying: freeReplies },
    });
    const schema = source.kind === 'postgres' && source.schema !== undefined ? { schema: source.schema } : {};
    const log = pino({ level: 'silent' });
    const overrides = { now, model, policyFile, ...schema };
    const app = owned.use(await createApp({ ...parsed, policyFile: defaultPolicyFile }, log, overrides));
    const scheduler = createScheduler({
      db: app.db,
      makeContext: contextMaker(parsed.config.quietPeriodMs, now),
      events: createEvents(log, new Registry(), Date.now),
      onSuperseded: (turnIds) => app.worker.abort(turnIds, 'the conversation moved on'),
    });
    const batcher = createBatcher(async (notifications) => await scheduler.store(notifications));
    const deps = {
      clientSecrets: [clientSecret],
      batcher,
      now,
      noteArticle: async () => false,
      onDatabaseAway: () => undefined,
    };
    const take = async (notification: Notification): Promise<WebhookAnswer> => {
      const { body, headers } = webhooks.signedRequest(webhooks.envelope(notification));
      const signature = headers['X-Hub-Signature'];
      return await receive({ body: Buffer.from(body), contentType: 'application/json', signature }, deps);
    };
    return { app, model, receive: take };
  };
  const instances: [Instance, Instance] = [await start(0), await start(1)];
  const stalled: Instance[] = [];
  let copies = 0;
  return {
    simulator,
    told: webhooks.told,
    instances,
    stalled,
    clock,
    setMode: (next) => void (mode = next),
    replace: async (index) => {
      stalled.push(instances[index]);
      instances[index] = await start(index);
    },
    forgetStalled: async () => {
      for (const { app } of stalled.splice(0)) await app[Symbol.asyncDispose]();
    },
    under: (notification, topic) => ({ ...notification, id: `notif_copy_${(copies += 1)}`, topic }),
    quiet: async () => {
      const all = [...instances, ...stalled];
      const isQuiet = await until(() => all.every(({ app, model }) => app.worker.running <= model.waiting), 20_000);
      assert.ok(
        isQuiet,
        `attempts do not end: ${all.map(({ app, model }) => `${app.worker.running} ${model.waiting}`).join(', ')}`,
      );
    },
    [Symbol.asyncDispose]: async () => {
      for (const { model } of [...instances, ...stalled]) model.release();
      await owned.disposeAsync();
    },
  };
}

/** Keeps what would be sent: without an address nothing is, and what comes back is what would have been. */
class TellingWebhooks extends Webhooks {
  readonly told: Notification[] = [];

  override notify(topic: Topic, item: unknown, createdAt?: number): Notification {
    const notification = super.notify(topic, item, createdAt);
    this.told.push(notification);
    return notification;
  }
}

const environmentFor = (simulator: Simulator, source: DatabaseSource): Record<string, string> => ({
  INTERCOM_API_URL: simulator.url,
  INTERCOM_TOKEN: simulator.token,
  INTERCOM_CLIENT_SECRET: simulator.clientSecret,
  LLM_BASE_URL: 'http://127.0.0.1:9',
  DATABASE_URL: source.kind === 'postgres' ? source.url : `sqlite:${source.path}`,
});
