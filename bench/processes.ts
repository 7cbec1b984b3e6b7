import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Place } from './places.ts';
import { type LoadJob, type LoadResult, ResultMessage } from './load-job.ts';

export type Environment = Readonly<Record<string, string>>;

/** A server in a process of its own. */
export type Running = AsyncDisposable & {
  readonly url: string;
  /** From the start of the process to its line that it listens, in ms. */
  readonly startMs: number;
  /** What it holds in memory now, in MB of 10^6 bytes. */
  residentMb(): number;
};

const Listening = z.object({ url: z.string() });

/** Starts `node ARGS` and waits until it prints a line of JSON with a `url`. */
async function startServer(args: readonly string[], environment: Environment): Promise<Running> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    const listening = Listening.safeParse(JSON.parse(line));
    if (!listening.success) continue;
    child.stdout.resume(); // what it logs from now on is read and forgotten
    return {
      url: listening.data.url.replace(/\/$/, ''),
      startMs: performance.now() - startedAt,
      residentMb: () => (Number(execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)])) * 1024) / 1e6,
      [Symbol.asyncDispose]: async () => await stop(child),
    };
  }
  throw new Error(`node ${args.join(' ')} ended before it listened.`);
}

/** A server that still has work is not waited for. */
const stopMsMax = 2000;

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const impatience = setTimeout(() => child.kill('SIGKILL'), stopMsMax);
  await exited;
  clearTimeout(impatience);
}

export const clientSecret = 'bench-client-secret';
const token = 'bench-token';

export const startBareWebhook = async (): Promise<Running> =>
  await startServer(['bench/bare-webhook.ts'], { INTERCOM_CLIENT_SECRET: clientSecret });

/** The least that pays for our promises, on a new SQLite file. Without neighbours turns are opened and wait. */
export const startBareTurns = async (path: string, neighbours?: Neighbours): Promise<Running> =>
  await startServer(
    ['bench/bare-turns.ts', path],
    neighbours === undefined ? { INTERCOM_CLIENT_SECRET: clientSecret } : environmentFor(neighbours),
  );

/** A server that stores webhooks in `place`: those that arrive together in one commit, or each in its own. */
export const startWebhookStore = async (place: Place, commits: 'shared' | 'each'): Promise<Running> =>
  await startServer(['bench/webhook-store.ts', JSON.stringify(place), commits], {
    INTERCOM_CLIENT_SECRET: clientSecret,
  });

export const startModelServer = async (): Promise<Running> => await startServer(['test/support/model-server.ts'], {});

/** Sends no webhooks of its own, and counts no calls: a limit would be measured instead of us. */
export const startSimulator = async (): Promise<Running> =>
  await startServer(['simulator/main.ts', '--token', token, '--rate-limit', '1000000000'], {});

export type Neighbours = { readonly simulatorUrl: string; readonly modelUrl: string };

const environmentFor = ({ simulatorUrl, modelUrl }: Neighbours): Environment => ({
  INTERCOM_TOKEN: token,
  INTERCOM_CLIENT_SECRET: clientSecret,
  INTERCOM_ADMIN_ID: '7100001',
  INTERCOM_API_URL: simulatorUrl,
  LLM_BASE_URL: modelUrl,
});

export const startBareScript = async (neighbours: Neighbours): Promise<Running> =>
  await startServer(['bench/bare-script.ts'], environmentFor(neighbours));

/** `sidenote serve` as it is by default, on a new SQLite file or a given database, but for the quiet period and the port. */
export async function startSidenote(
  neighbours: Neighbours,
  quietPeriodMs: number,
  databaseUrl?: string,
): Promise<Running> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sidenote-bench-'));
  const running = await startServer([...sidenoteFlags(), 'bin/sidenote.js', 'serve'], {
    ...environmentFor(neighbours),
    DATA_DIR: dataDir,
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    SIDENOTE_CONFIG: join(dataDir, 'none.yaml'),
    PORT: '0',
    QUIET_PERIOD_MS: String(quietPeriodMs),
  });
  return {
    ...running,
    [Symbol.asyncDispose]: async () => {
      await running[Symbol.asyncDispose]();
      rmSync(dataDir, { recursive: true });
    },
  };
}

/** `BENCH_NODE_FLAGS="--cpu-prof"` and the like go to Sidenote's process only. */
const sidenoteFlags = (): readonly string[] => (process.env['BENCH_NODE_FLAGS'] ?? '').split(' ').filter(Boolean);

export const webhookUrl = ({ url }: Running): string => `${url}/intercom/webhook`;

export type LoadGenerator = AsyncDisposable & { run(job: LoadJob): Promise<LoadResult> };

/** The load generator in a process of its own, so that its work does not delay what it measures. */
export function startLoadGenerator(): LoadGenerator {
  const child = fork('bench/load.ts');
  const pending = new Map<number, PromiseWithResolvers<LoadResult>>();
  let lastId = 0;
  child.on('message', (message) => {
    const { id, result } = ResultMessage.parse(message);
    pending.get(id)?.resolve(result);
    pending.delete(id);
  });
  child.on('exit', () => {
    for (const { reject } of pending.values()) reject(new Error('The load generator ended; see its error above.'));
  });
  return {
    run: async (job) => {
      const answer = Promise.withResolvers<LoadResult>();
      lastId += 1;
      pending.set(lastId, answer);
      child.send({ id: lastId, job });
      return await answer.promise;
    },
    [Symbol.asyncDispose]: async () => await stop(child),
  };
}
