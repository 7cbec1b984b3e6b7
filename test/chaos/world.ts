import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { type DatabaseSource, openDatabase } from '../../src/store/open.ts';
import { sql } from '../../src/store/sql.ts';
import { listTurns } from '../../src/store/turns.ts';
import { type ModelServer, startModelServer } from '../support/model-server.ts';
import { freeRepliesYaml } from '../support/replying.ts';
import type { Environment } from '../support/process.ts';
import { type ServeProcess, startServe } from '../support/serve-process.ts';

export type WorldOptions = {
  /** Left out: SQLite in the world's folder. */
  readonly databaseUrl?: string;
  readonly mode?: 'note' | 'reply';
};

/** Intercom, a model server and a database that outlive any number of Sidenotes on one address. */
export type World = AsyncDisposable & {
  readonly simulator: Simulator;
  readonly modelServer: ModelServer;
  /** Starts the next Sidenote; the one before must be gone. */
  serve(script?: readonly string[], changes?: Environment): ServeProcess;
  /** Resolves when Sidenote has called its neighbours as it does once at its start. */
  greeted(): Promise<void>;
  /** Turns that are waiting or working. */
  liveTurns(): Promise<number>;
  /** Lets the leases of Sidenotes that were killed run out now. */
  endLeases(): Promise<void>;
  /** The conversations of turns that were given up. */
  deadConversations(): Promise<readonly string[]>;
  /** Ids of the notifications about contacts' messages that were answered with 200. */
  acknowledged(): ReadonlySet<string>;
  /** Delivers again what has no 200 yet, whatever it is about. @returns how many they were */
  deliverTheRest(): Promise<number>;
};

const Ready = z.object({ turns: z.object({ waiting: z.number(), working: z.number() }) });
const contactTopics: ReadonlySet<string> = new Set(['conversation.user.created', 'conversation.user.replied']);

export async function createWorld({ databaseUrl, mode = 'note' }: WorldOptions = {}): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'sidenote-chaos-'));
  stack.defer(async () => await rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'sidenote.yaml'), `mode: ${mode}\n${freeRepliesYaml}`);
  const modelServer = stack.use(await startModelServer());
  // No retry by itself: the test makes Intercom's second delivery when it wants it.
  const simulator = stack.use(await startSimulator({ retryDelayMs: 3_600_000 }));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  simulator.setWebhookUrl(`${url}/intercom/webhook`);
  const environment = {
    INTERCOM_API_URL: simulator.url,
    INTERCOM_TOKEN: simulator.token,
    INTERCOM_CLIENT_SECRET: simulator.clientSecret,
    LLM_BASE_URL: modelServer.url.href,
    QUIET_PERIOD_MS: '20',
    PORT: String(port),
    DATA_DIR: folder,
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
  };
  const source: DatabaseSource =
    databaseUrl === undefined
      ? { kind: 'sqlite', path: join(folder, 'sidenote.sqlite') }
      : { kind: 'postgres', url: databaseUrl };
  let running: ServeProcess | undefined;
  stack.defer(async () => await running?.kill());
  const owned = stack.move();
  return {
    simulator,
    modelServer,
    serve: (script, changes = {}) => (running = startServe({ ...environment, ...changes }, folder, script)),
    greeted: async () => {
      const isGreeted = await until(async () => !(await (await fetch(`${url}/readyz`)).text()).includes('"unknown"'));
      assert.ok(isGreeted, 'The neighbours were not called.');
    },
    liveTurns: async () => {
      const { turns } = Ready.parse(await (await fetch(`${url}/readyz`)).json());
      return turns.waiting + turns.working;
    },
    endLeases: async () => {
      await using db = openDatabase(source);
      await db.query(sql`update turns set lease_ends_at = 1 where state = 'working'`);
    },
    deadConversations: async () => {
      await using db = openDatabase(source);
      const dead = await listTurns(db, { state: 'dead', conversationId: undefined }, 1000);
      return dead.map(({ conversationId }) => conversationId);
    },
    acknowledged: () =>
      new Set(delivered(simulator).flatMap(({ id, topic }) => (contactTopics.has(topic) ? (id ?? []) : []))),
    deliverTheRest: async () => await deliverTheRest(simulator),
    [Symbol.asyncDispose]: async () => await owned.disposeAsync(),
  };
}

const delivered = ({ webhooks }: Simulator) => webhooks.log.filter(({ status }) => status === 200);

async function deliverTheRest(simulator: Simulator): Promise<number> {
  const sent = new Set(simulator.webhooks.log.flatMap(({ id }) => id ?? []));
  const missing = sent.difference(new Set(delivered(simulator).flatMap(({ id }) => id ?? [])));
  for (const id of missing) await simulator.webhooks.redeliver(id);
  return missing.size;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  assert.ok(address !== null && typeof address === 'object');
  probe.close();
  await once(probe, 'close');
  return address.port;
}

/** Longer than the lease of 15 s, after which the turns of a killed process are taken up again. */
const patienceMs = 90_000;

/** Looks every few milliseconds, until the deadline. @returns whether it came to be */
export async function until(isSo: () => boolean | Promise<boolean>, deadlineMs = patienceMs): Promise<boolean> {
  const deadline = performance.now() + deadlineMs;
  while (performance.now() < deadline) {
    if (await isSo()) return true;
    await wait(2);
  }
  return false;
}
