/**
 * Many answers at once through the model adapter: memory for each open stream, and how long the event loop is held up.
 * The server sends one event of each answer every 20 ms, as an engine does that works on all of them at 50 tokens a second.
 *
 *   node --expose-gc bench/model-streams.ts [--streams 200] [--words 150] [--step 20] [--rounds 3]
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { createOutbound } from '../src/lib/outbound.ts';
import { complete } from '../src/llm/model.ts';
import type { LanguageModel } from '../src/llm/model.ts';
import { createOpenAiModel } from '../src/llm/openai-compatible.ts';
import { median } from './stats.ts';

const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '200' },
    words: { type: 'string', default: '150' },
    step: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
  },
});
const streams = Number(values.streams);
const answerText = Array.from({ length: Number(values.words) }, (_, index) => `word${index} `).join('');
const mebibyte = 1024 * 1024;

const server = spawn(process.execPath, ['test/support/model-server.ts', '--text', answerText, '--step', values.step], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const model = createModel(await serverUrl());
const rounds = [];
for (let count = 0; count <= Number(values.rounds); count += 1) rounds.push(await round(model));
report(rounds.slice(1)); // the first one warms up
server.kill();
process.exitCode = 0;

async function serverUrl(): Promise<URL> {
  for await (const line of createInterface({ input: server.stdout })) {
    return new URL(z.object({ url: z.string() }).parse(JSON.parse(line)).url);
  }
  throw new Error('The model server ended before it told its address.');
}

function createModel(url: URL): LanguageModel {
  const dispatcher = createOutbound({
    allowedOrigins: new Set([url.origin]),
    connectionsPerOriginMax: streams + 2,
    onRefused: () => undefined,
  });
  return createOpenAiModel({
    baseUrl: url,
    apiKey: undefined,
    model: 'test-model',
    timeouts: { firstEventMs: 60_000, idleMs: 60_000, totalMs: 60_000 },
    dispatcher,
    concurrencyMax: streams,
    now: Date.now,
  });
}

/** What the process holds, garbage that is not collected yet included. */
function usedBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** All streams once: how long they took, what they held in memory half-way, and how late the event loop was. */
async function round(to: LanguageModel) {
  globalThis.gc?.();
  const bytesBefore = usedBytes();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const startedAt = performance.now();
  const { signal } = new AbortController();
  let peakBytes = 0;
  const watch = setInterval(() => (peakBytes = Math.max(peakBytes, usedBytes())), 5);
  const messages = [{ role: 'user', content: 'Where is my parcel?' }] as const;
  const request = { messages, outputTokensMax: 700, temperature: 0.2 };
  const answers = await Promise.all(
    Array.from({ length: streams }, async () => await complete(to, request, { signal, lane: 'draft' })),
  );
  const tookMs = performance.now() - startedAt;
  clearInterval(watch);
  delay.disable();
  if (answers.some(({ text }) => text !== answerText)) throw new Error('A stream gave another text than was sent.');
  return {
    tookMs,
    addedMib: (peakBytes - bytesBefore) / mebibyte,
    residentMib: process.memoryUsage.rss() / mebibyte,
    delayP50Ms: delay.percentile(50) / 1e6,
    delayP99Ms: delay.percentile(99) / 1e6,
    delayMaxMs: delay.max / 1e6,
  };
}

function report(all: readonly Awaited<ReturnType<typeof round>>[]): void {
  const of = (name: keyof (typeof all)[number]): string => median(all.map((one) => one[name])).toFixed(1);
  console.log(
    `${streams} streams at once, ${values.words} events each, one every ${values.step} ms, medians of ${all.length} rounds, Node ${process.version}`,
  );
  console.table({
    'all streams, ms': of('tookMs'),
    'memory in use, added at most, MiB': of('addedMib'),
    'resident memory, MiB': of('residentMib'),
    'event-loop delay p50, ms': of('delayP50Ms'),
    'event-loop delay p99, ms': of('delayP99Ms'),
    'event-loop delay max, ms': of('delayMaxMs'),
  });
}
