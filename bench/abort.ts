/**
 * From the abort of a call, as when its turn is superseded, until the model server sees its connection closed, while
 * other answers stream: then the card is free for somebody else. The floor is a plain `fetch` in the same moments.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { createOutbound } from '../src/lib/outbound.ts';
import { createLanguageModel } from '../src/llm/create-model.ts';
import { complete, type LanguageModel, type ModelRequest } from '../src/llm/model.ts';
import { CallNews, clockMs, wordsOf } from './abort-job.ts';
import { type Figure, percentile } from './stats.ts';

const streams = 50;
/** Calls that are aborted at the same time, and how often each of these places does it. */
const places = 10;
const abortsPerPlace = 40;
const limitMs = 100;

const kinds = [
  { kind: 'openai', dialect: 'vllm', path: '/v1/chat/completions' },
  { kind: 'ollama', dialect: 'ollama', path: '/api/chat' },
] as const;

type Kind = (typeof kinds)[number];
type Call = (call: number, signal: AbortSignal) => Promise<unknown>;

/** `npm run bench -- abort`. */
export async function benchAbort(): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const kind of kinds) figures.push(...(await measure(kind)));
  return figures;
}

async function measure(kind: Kind): Promise<readonly Figure[]> {
  const server = fork('bench/abort-server.ts', [kind.dialect]);
  const told: readonly unknown[] = await once(server, 'message');
  const url = new URL(z.object({ url: z.string() }).parse(told[0]).url);
  const hear = newsOf(server);
  const model = createModel(kind, url);
  const stopping = new AbortController();
  const others = Array.from({ length: streams }, async () => {
    while (!stopping.signal.aborted) await ours(model)(0, stopping.signal).catch(() => undefined);
  });
  const contenders = { ours: ours(model), floor: plainFetch(kind, url) };
  const times = { ours: [] as number[], floor: [] as number[] };
  let calls = 0;
  const abortMany = async (): Promise<void> => {
    for (let count = 0; count < abortsPerPlace; count += 1) {
      for (const name of ['ours', 'floor'] as const) {
        calls += 1;
        times[name].push(await abortOne(contenders[name], calls, hear));
      }
    }
  };
  await Promise.all(Array.from({ length: places }, abortMany));
  stopping.abort();
  await Promise.all(others);
  server.kill();
  return [0.5, 0.99, 1].map((share) => ({
    name: `${kind.kind}: abort to closed at the server, ${share === 1 ? 'longest' : `p${share * 100}`}`,
    unit: 'ms',
    rounds: [{ value: percentile(times.ours, share), floor: percentile(times.floor, share) }],
    target: { kind: 'value-at-most', limit: limitMs },
  }));
}

type Hear = (call: number, news: CallNews['news']) => Promise<number>;

/** Tells when a call came to the server, and when it was closed there. */
function newsOf(server: ChildProcess): Hear {
  const waiting = new Map<string, (at: number) => void>();
  server.on('message', (message) => {
    const { call, news, at } = CallNews.parse(message);
    waiting.get(`${call} ${news}`)?.(at);
    waiting.delete(`${call} ${news}`);
  });
  return async (call, news) => await new Promise((resolve) => waiting.set(`${call} ${news}`, resolve));
}

/** Begins a call and aborts it, now while the server is silent, now in the middle of its answer; ms until it is closed. */
async function abortOne(run: Call, call: number, hear: Hear): Promise<number> {
  const abort = new AbortController();
  const [come, closed] = [hear(call, 'come'), hear(call, 'closed')];
  const running = run(call, abort.signal).catch(() => undefined);
  await come;
  await sleep((call * 37) % 300);
  const abortedAt = clockMs();
  abort.abort();
  await running;
  return (await closed) - abortedAt;
}

function createModel({ kind }: Kind, url: URL): LanguageModel {
  const dispatcher = createOutbound({
    allowedOrigins: new Set([url.origin]),
    connectionsPerOriginMax: streams + places,
    onRefused: () => undefined,
  });
  const timeouts = { firstEventMs: 60_000, idleMs: 60_000, totalMs: 60_000 };
  const options = { baseUrl: url, apiKey: undefined, model: 'test-model', timeouts, dispatcher, now: Date.now };
  return createLanguageModel(kind, { ...options, concurrencyMax: streams + places });
}

const requestOf = (call: number): ModelRequest => ({
  messages: [{ role: 'user', content: wordsOf(call) }],
  outputTokensMax: 400,
  temperature: 0.2,
});

const ours =
  (model: LanguageModel): Call =>
  async (call, signal) =>
    await complete(model, requestOf(call), { signal, lane: 'draft' });

const plainFetch =
  ({ path }: Kind, url: URL): Call =>
  async (call, signal) => {
    const { messages } = requestOf(call);
    const body = JSON.stringify({ model: 'test-model', messages, stream: true });
    const response = await fetch(new URL(path, url), { method: 'POST', body, signal });
    return await response.text();
  };
