import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { startSimulator, type Simulator } from '../../simulator/server.ts';
import { createApp } from '../app/create-app.ts';
import { createScriptedModel } from '../llm/scripted.ts';
import type { PolicyFile } from '../policy-file/policy-file.ts';
import { type Command, type Io, UsageError } from './command.ts';
import { readSettings, type Settings } from './settings.ts';
import { createLineEvents } from './stage-lines.ts';

/** A real model takes seconds; this is enough to see the stages. */
const scriptedLatencyMs = 700;

const options = { port: { type: 'string' } } as const;

/** What the simulated Intercom has to read, where the settings name no source of their own. */
const demoSources: PolicyFile['knowledge']['sources'] = [
  { type: 'help-center', name: 'help-center', languages: [], restricted: 'internal' },
  { type: 'internal-articles', name: 'internal-articles' },
  { type: 'macros', name: 'macros' },
];

/** However often the file is read anew. */
function withDemoSources(file: PolicyFile): PolicyFile {
  if (file.knowledge.sources.length > 0) return file;
  return { ...file, knowledge: { ...file.knowledge, sources: demoSources } };
}

/** The settings as they are, with the simulator in Intercom's place and a database that is thrown away. */
function demoSettings(io: Io, simulator: Simulator, dataDir: string): Settings {
  const environment = {
    ...io.environment,
    INTERCOM_API_URL: simulator.url,
    INTERCOM_TOKEN: simulator.token,
    INTERCOM_CLIENT_SECRET: simulator.clientSecret,
    INTERCOM_ADMIN_ID: undefined, // the token's owner is the assistant
    INTERCOM_TOKEN_FILE: undefined,
    INTERCOM_CLIENT_SECRET_FILE: undefined,
    DATA_DIR: dataDir,
    DATABASE_URL: undefined,
    DATABASE_URL_FILE: undefined,
    HOST: '127.0.0.1',
    PORT: '0',
  };
  const settings = readSettings({ ...io, environment }, { intercom: true, model: false });
  return { ...settings, policyFile: withDemoSources(settings.policyFile) };
}

async function startPage(io: Io, port: string | undefined): Promise<Simulator> {
  const wanted = Number(port ?? (io.environment['PORT'] || 3000));
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > 65_535) {
    throw new UsageError(`The port is "${port ?? io.environment['PORT']}": give a number from 0 to 65535.`);
  }
  try {
    return await startSimulator({ port: wanted, seed: true });
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    if (!isTaken) throw error;
    if (port !== undefined) throw new UsageError(`Port ${port} is taken by another program: give another one.`);
    return await startSimulator({ seed: true });
  }
}

async function run(args: readonly string[], io: Io): Promise<number> {
  const { values } = parseArgs({ args: [...args], options });
  const dataDir = await mkdtemp(join(tmpdir(), 'sidenote-demo-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(async () => await rm(dataDir, { recursive: true, force: true }));
  const simulator = stack.use(await startPage(io, values.port));
  const settings = demoSettings(io, simulator, dataDir);
  const { config } = settings;
  const isScripted = !io.environment['LLM_BASE_URL'] && io.environment['LLM_KIND'] !== 'gguf';
  const model = createScriptedModel({ latencyMs: scriptedLatencyMs, now: Date.now });
  const overrides = {
    completePolicyFile: withDemoSources,
    events: createLineEvents(
      (line) => io.print(`${new Date().toISOString().slice(11, 23)}  ${line}`),
      (path) => simulator.showStatus(path),
    ),
    ...(isScripted ? { model } : {}),
  };
  const app = stack.use(await createApp(settings, pino({ level: 'silent' }), overrides));
  const url = await app.start();
  simulator.setWebhookUrl(new URL('/intercom/webhook', url).href);
  io.print(
    isScripted
      ? 'Model: a scripted one, so that nothing is needed; set LLM_BASE_URL to try your own.'
      : `Model: ${config.model.local?.path ?? `the one at ${config.model.servers.map(({ baseUrl }) => baseUrl.href).join(', ')}`}`,
  );
  io.print(
    `\nOpen ${simulator.url}\nWrite as a customer on the left; see the AI draft arrive as a note on the right. Ctrl+C ends it.\n`,
  );
  await app.knowledgeService.syncing.tick(); // so that the first drafts have the articles
  simulator.begin();
  if (!io.stop.aborted) await once(io.stop, 'abort');
  return 0;
}

export const demo: Command = {
  summary: 'shows all of it with a simulated Intercom; needs nothing',
  usage: `Usage: sidenote demo [--port N]

Starts a simulated Intercom with a page to write in (port 3000, PORT or --port), Sidenote beside it, and a scripted model
where LLM_BASE_URL is not set. Prints one line for each stage. Everything is forgotten when it ends.`,
  run,
};
