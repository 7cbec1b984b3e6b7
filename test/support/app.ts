import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../simulator/server.ts';
import { type App, createApp } from '../../src/app/create-app.ts';
import { type Config, parseConfig } from '../../src/config.ts';
import { parseConversationId } from '../../src/domain/ids.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { SourceSettings } from '../../src/domain/source-settings.ts';
import type { Turn } from '../../src/domain/turn.ts';
import type { LanguageModel } from '../../src/llm/model.ts';
import { defaultPolicyFile, type PolicyFile } from '../../src/policy-file/policy-file.ts';
import { saveItem, type SplitDocument } from '../../src/store/documents.ts';
import type { DatabaseSource } from '../../src/store/open.ts';
import { listTraces } from '../../src/store/traces.ts';
import { listTurns } from '../../src/store/turns.ts';
import type { Trace } from '../../src/turn/trace.ts';
import { type ModelServer, type ModelServerOptions, startModelServer } from './model-server.ts';

export type TestAppOptions = {
  readonly modelServer?: ModelServerOptions;
  /** In the place of the model server. */
  readonly model?: LanguageModel;
  readonly simulator?: Omit<SimulatorOptions, 'webhookUrl' | 'now'>;
  readonly policy?: Partial<Policy>;
  /** What the source `help-center` has given so far; with any, there are sources. */
  readonly documents?: readonly SplitDocument[];
  /** Over the settings that lead to the simulator and the model server. */
  readonly environment?: Readonly<Record<string, string>>;
  /** SQLite in a folder of its own when not given. */
  readonly database?: DatabaseSource;
  /** What the model server does beside drafting and deciding. */
  readonly roles?: readonly ('embed' | 'rerank')[];
  readonly sweep?: PolicyFile['sweep'];
  /** Over the defaults. */
  readonly limits?: Partial<PolicyFile['limits']>;
  /** Where knowledge is read from; none when not given. */
  readonly sources?: readonly SourceSettings[];
  readonly privacy?: PolicyFile['privacy'];
  readonly intercomTimeoutMs?: number;
  readonly modelTimeoutMs?: number;
};

/** Simulator, model server and Sidenote in one process, on loopback, with a clock that only the test moves. */
export type TestApp = AsyncDisposable & {
  readonly simulator: Simulator;
  readonly modelServer: ModelServer;
  readonly app: App;
  readonly url: URL;
  readonly webhookUrl: string;
  readonly databasePath: string;
  /** Everything logged so far, at level trace. */
  log(): string;
  /** Ms since the epoch by the clock that Sidenote and the simulator share. */
  now(): number;
  advance(ms: number): void;
  /** Holds from the next attempt on. */
  setPolicy(changes: Partial<Policy>): void;
  /** Waits for the webhooks under way and gives them their effect; nothing falls due by it. */
  hear(): Promise<void>;
  /** Moves the clock to where the next turn falls due, and begins it. */
  begin(): Promise<void>;
  /** Begins what is due next and waits until nothing runs, and its webhooks came back. */
  attempt(): Promise<void>;
  /** Attempts until no turn is live; fails after `attemptsMax`. */
  finish(attemptsMax?: number): Promise<void>;
  /** Oldest first. */
  turns(conversationId: string): Promise<readonly Turn[]>;
  /** The newest turn, as `state: reason` where it has one. */
  outcome(conversationId: string): Promise<string>;
  /** Of the newest turn, one for each attempt. */
  traces(conversationId: string): Promise<readonly Trace[]>;
};

/** 17 September 2026: any fixed time does. */
const clockStart = 1_789_630_000_000;

function testConfig(options: TestAppOptions, simulator: Simulator, modelServer: ModelServer, dataDir: string) {
  const environment = {
    INTERCOM_API_URL: simulator.url,
    INTERCOM_TOKEN: simulator.token,
    INTERCOM_CLIENT_SECRET: simulator.clientSecret,
    LLM_BASE_URL: modelServer.url.href,
    DATA_DIR: dataDir,
    HOST: '127.0.0.1',
    PORT: '0',
    ...(options.database?.kind === 'postgres' ? { DATABASE_URL: options.database.url } : {}),
    ...options.environment,
  };
  const { roles = [] } = options;
  const server = {
    url: modelServer.url.href,
    model: 'test-model',
    kind: 'openai',
    concurrency: 8,
    drain: false,
  } as const;
  const listed = [{ ...server, roles: ['draft' as const, 'decide' as const, ...roles], keyFrom: 'LLM_API_KEY' }];
  const parsed = parseConfig(environment, { intercom: true, model: true }, roles.length > 0 ? listed : []);
  const { config } = parsed;
  const intercom = { ...config.intercom, timeoutMs: options.intercomTimeoutMs ?? config.intercom.timeoutMs };
  const model = { ...config.model, timeoutMs: options.modelTimeoutMs ?? config.model.timeoutMs };
  const patient: Config = { ...config, intercom, model };
  return { ...parsed, config: patient };
}

/** Can't be read, so the documents that are there stay. */
const storedSource: PolicyFile['knowledge']['sources'][number] = {
  type: 'folder',
  name: 'help-center',
  path: 'nowhere',
  audience: 'public',
};

async function storeDocuments({ db, knowledgeService }: App, documents: readonly SplitDocument[]): Promise<void> {
  for (const one of documents) {
    const item = { sourceName: storedSource.name, itemId: one.document.id, validator: undefined, documents: [one] };
    await saveItem(db, item, clockStart);
  }
  await knowledgeService.knowledge.catchUp();
}

/** Starts everything; release it with `await using`. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  await using stack = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'sidenote-test-'));
  stack.defer(async () => await rm(dataDir, { recursive: true, force: true }));
  let time = clockStart;
  const now = (): number => time;
  const modelServer = stack.use(await startModelServer(options.modelServer));
  const simulator = stack.use(await startSimulator({ ...options.simulator, now }));
  const parsed = testConfig(options, simulator, modelServer, dataDir);
  const { config } = parsed;

  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const {
    sweep: sweepSettings = defaultPolicyFile.sweep,
    privacy = defaultPolicyFile.privacy,
    documents = [],
  } = options;
  let policyFile = {
    ...defaultPolicyFile,
    sweep: sweepSettings,
    limits: { ...defaultPolicyFile.limits, ...options.limits },
    knowledge: {
      ...defaultPolicyFile.knowledge,
      sources: options.sources ?? (documents.length > 0 ? [storedSource] : []),
    },
    privacy,
    policy: { ...defaultPolicyFile.policy, ...options.policy },
  };
  // Whoever sleeps finds the clock where it wanted it, at once.
  const sleep = async (ms: number): Promise<void> => void (time = Math.max(time, now() + ms));
  const overrides = {
    now,
    policyFile: () => policyFile,
    sleep,
    ...(options.model === undefined ? {} : { model: options.model }),
    ...(options.database?.kind === 'postgres' ? { schema: options.database.schema ?? 'public' } : {}),
  };
  const app = stack.use(await createApp({ ...parsed, policyFile }, log, overrides));
  await storeDocuments(app, documents);
  const url = await app.start();
  const webhookUrl = new URL('/intercom/webhook', url).href;
  simulator.setWebhookUrl(webhookUrl);
  await greeted(url);
  // What a test left hanging would keep the app from ending.
  stack.defer(() => {
    simulator.faults.clear();
    modelServer.release();
  });

  const driver = createDriver(app, simulator, (at) => (time = Math.max(time, at)));
  const owned = stack.move();
  return {
    simulator,
    modelServer,
    app,
    url,
    webhookUrl,
    now,
    ...driver,
    databasePath: config.database.kind === 'sqlite' ? config.database.path : '',
    log: () => lines.join(''),
    advance: (ms) => void (time += ms),
    setPolicy: (changes) => void (policyFile = { ...policyFile, policy: { ...policyFile.policy, ...changes } }),
    ...readers(app),
    [Symbol.asyncDispose]: async () => await owned.disposeAsync(),
  };
}

/** Sidenote calls each neighbour once when it starts; what a test does comes after that. */
async function greeted(url: URL): Promise<void> {
  for (;;) {
    const response = await fetch(new URL('/readyz', url));
    if (!(await response.text()).includes('"unknown"')) return;
  }
}

type Driver = Pick<TestApp, 'hear' | 'begin' | 'attempt' | 'finish'>;

/** Does by call what the app's timers do by themselves. */
function createDriver(
  { worker, db, availability }: App,
  simulator: Simulator,
  moveClockTo: (at: number) => void,
): Driver {
  const hear = async (): Promise<void> => {
    await simulator.webhooks.idle();
    await worker.tick();
  };
  const nextDueAt = async (): Promise<number | undefined> => {
    const waiting = await listTurns(db, { state: 'waiting', conversationId: undefined }, 1000);
    const times = waiting.flatMap((turn) => (turn.state === 'waiting' ? [turn.dueAt] : []));
    return times.length === 0 ? undefined : Math.min(...times);
  };
  const begin = async (): Promise<void> => {
    await hear();
    const { state } = availability;
    moveClockTo(Math.max((await nextDueAt()) ?? 0, state.kind === 'open' ? state.canaryAt : 0));
    await availability.look(new AbortController().signal);
    await worker.tick();
  };
  const attempt = async (): Promise<void> => {
    await begin();
    await worker.idle();
    await hear();
  };
  const finish = async (attemptsMax = 20): Promise<void> => {
    await hear();
    for (let attempts = 0; worker.running > 0 || (await nextDueAt()) !== undefined; attempts += 1) {
      if (attempts >= attemptsMax) throw new Error(`A turn is still live after ${attemptsMax} attempts.`);
      await attempt();
    }
  };
  return { hear, begin, attempt, finish };
}

function readers({ db }: App): Pick<TestApp, 'turns' | 'outcome' | 'traces'> {
  const turns = async (id: string): Promise<readonly Turn[]> => {
    const filter = { state: undefined, conversationId: parseConversationId(id) };
    return (await listTurns(db, filter, 1000)).toReversed();
  };
  const newest = async (id: string): Promise<Turn> => {
    const turn = (await turns(id)).at(-1);
    if (turn === undefined) throw new Error(`The conversation ${id} has no turn.`);
    return turn;
  };
  return {
    turns,
    outcome: async (id) => {
      const turn = await newest(id);
      return 'reason' in turn ? `${turn.state}: ${turn.reason}` : turn.state;
    },
    traces: async (id) => {
      const stored = await listTraces(db, (await newest(id)).id);
      return stored.map(({ trace }) => JSON.parse(trace) as Trace);
    },
  };
}
