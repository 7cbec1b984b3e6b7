import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../simulator/server.ts';
import { type ModelServer, type ModelServerOptions, startModelServer } from './model-server.ts';
import { type Environment, type Finished, runCommand, type RunningCommand, startCommand } from './process.ts';

/** Neighbours and an empty folder for commands that run as processes. */
export type CommandBench = AsyncDisposable & {
  readonly simulator: Simulator;
  readonly modelServer: ModelServer;
  /** Where the commands run, with the database in `data/`. */
  readonly folder: string;
  /** The settings that lead to the neighbours. */
  readonly environment: Environment;
  run(args: readonly string[], changes?: Environment): Promise<Finished>;
  start(args: readonly string[], changes?: Environment): RunningCommand;
  /** `serve` in a process of its own, listening, with the simulator's webhooks directed to it. */
  serve(changes?: Environment): Promise<RunningCommand & { readonly url: string }>;
};

export async function startCommandBench(
  options: { readonly simulator?: SimulatorOptions; readonly modelServer?: ModelServerOptions } = {},
): Promise<CommandBench> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'sidenote-test-'));
  stack.defer(async () => await rm(folder, { recursive: true, force: true }));
  const modelServer = stack.use(await startModelServer(options.modelServer));
  const simulator = stack.use(await startSimulator(options.simulator));
  const environment = {
    INTERCOM_API_URL: simulator.url,
    INTERCOM_TOKEN: simulator.token,
    INTERCOM_CLIENT_SECRET: simulator.clientSecret,
    LLM_BASE_URL: modelServer.url.href,
    QUIET_PERIOD_MS: '0',
    PORT: '0',
  };
  const owned = stack.move();
  const start = (args: readonly string[], changes: Environment = {}): RunningCommand =>
    owned.use(startCommand(args, { ...environment, ...changes }, folder));
  const serve = async (changes: Environment = {}) => {
    const command = start(['serve'], changes);
    const [, url = ''] = await command.printed(/"url":"(http:[^"]+)"/);
    simulator.setWebhookUrl(new URL('/intercom/webhook', url).href);
    return { ...command, url };
  };
  return {
    simulator,
    modelServer,
    folder,
    environment,
    start,
    serve,
    run: async (args, changes = {}) => await runCommand(args, { ...environment, ...changes }, folder),
    [Symbol.asyncDispose]: async () => await owned.disposeAsync(),
  };
}

/** Resolves with our note's HTML as soon as it stands in the conversation. */
export async function noteIn(simulator: Simulator, conversationId: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const look = (): void => {
    const body = simulator.notes(conversationId)[0]?.body;
    if (body != null) resolve(body);
  };
  const stop = simulator.onChange(look);
  look();
  try {
    return await promise;
  } finally {
    stop();
  }
}
