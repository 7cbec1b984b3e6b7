/**
 * What the model adapter adds to a call, against the floor of a plain fetch with a split at blank lines, and against
 * the `openai` package where that can be found. All of them talk to the same server, in a process
 * of its own, in turns within one run.
 *
 *   node bench/model-overhead.ts [--calls 1000] [--words 100] [--openai-from DIR]
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { createOutbound } from '../src/lib/outbound.ts';
import { complete } from '../src/llm/model.ts';
import type { ModelRequest } from '../src/llm/model.ts';
import { createOpenAiModel } from '../src/llm/openai-compatible.ts';
import { percentile } from './stats.ts';

/** One call from start to end; gives the text, so that all contenders do the same work. */
type Contender = { readonly name: string; readonly run: () => Promise<string> };

const request: ModelRequest = {
  messages: [
    { role: 'system', content: 'You draft replies for a support team. '.repeat(50) },
    { role: 'user', content: 'Contact: Where is my parcel? '.repeat(20) },
  ],
  outputTokensMax: 400,
  temperature: 0.2,
};
const wireRequest = {
  model: 'test-model',
  messages: request.messages,
  max_tokens: request.outputTokensMax,
  temperature: request.temperature,
  stream: true,
  stream_options: { include_usage: true },
};

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '1000' },
    words: { type: 'string', default: '100' },
    'openai-from': { type: 'string', default: '.' },
  },
});
const calls = Number(values.calls);
const words = Number(values.words);

const answerText = Array.from({ length: words }, (_, index) => `word${index} `).join(''); // a loop would be stopped
const server = spawn(process.execPath, ['test/support/model-server.ts', '--text', answerText], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const url = await serverUrl();
const openAi = await openAiClient();
const contenders = [plainFetch(), adapter(), ...(openAi === undefined ? [] : [openAi])];
const samples = await measure(contenders);
report(samples);
server.kill();
process.exitCode = 0;

async function serverUrl(): Promise<URL> {
  for await (const line of createInterface({ input: server.stdout })) {
    return new URL(z.object({ url: z.string() }).parse(JSON.parse(line)).url);
  }
  throw new Error('The model server ended before it told its address.');
}

function plainFetch(): Contender {
  const Event = z.object({ choices: z.array(z.object({ delta: z.object({ content: z.string().nullish() }) })) });
  return {
    name: 'plain fetch',
    async run() {
      const response = await fetch(new URL('/v1/chat/completions', url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(wireRequest),
      });
      const decoder = new TextDecoder();
      let pending = '';
      let text = '';
      for await (const bytes of response.body ?? []) {
        if (!(bytes instanceof Uint8Array)) continue;
        const events = (pending + decoder.decode(bytes, { stream: true })).split('\n\n');
        pending = events.pop() ?? '';
        for (const event of events) {
          if (event === 'data: [DONE]') continue;
          text += Event.parse(JSON.parse(event.slice('data: '.length))).choices[0]?.delta.content ?? '';
        }
      }
      return text;
    },
  };
}

function adapter(): Contender {
  const dispatcher = createOutbound({
    allowedOrigins: new Set([url.origin]),
    connectionsPerOriginMax: 10,
    onRefused: () => undefined,
  });
  const model = createOpenAiModel({
    baseUrl: url,
    apiKey: undefined,
    model: 'test-model',
    timeouts: { firstEventMs: 15_000, idleMs: 15_000, totalMs: 60_000 },
    dispatcher,
    concurrencyMax: 8,
    now: Date.now,
  });
  const { signal } = new AbortController();
  return { name: 'our adapter', run: async () => (await complete(model, request, { signal, lane: 'draft' })).text };
}

/** As much of the package as this file uses. */
type OpenAiPackage = {
  readonly default: new (options: object) => {
    readonly chat: {
      readonly completions: {
        create(body: object): Promise<AsyncIterable<{ choices: { delta: { content?: string | null } }[] }>>;
      };
    };
  };
};

async function openAiClient(): Promise<Contender | undefined> {
  let path: string;
  try {
    path = createRequire(resolve(values['openai-from'], 'from.js')).resolve('openai');
  } catch {
    return undefined;
  }
  const startedAt = performance.now();
  const memoryBefore = process.memoryUsage.rss();
  const { default: OpenAi } = z.custom<OpenAiPackage>().parse(await import(pathToFileURL(path).href));
  const memoryMib = (process.memoryUsage.rss() - memoryBefore) / 1024 / 1024;
  console.log(
    `openai: import ${(performance.now() - startedAt).toFixed(0)} ms, resident memory +${memoryMib.toFixed(1)} MiB`,
  );
  const client = new OpenAi({ baseURL: new URL('/v1', url).href, apiKey: 'none', maxRetries: 0, logLevel: 'off' });
  return {
    name: 'openai package',
    async run() {
      let text = '';
      for await (const chunk of await client.chat.completions.create(wireRequest)) {
        text += chunk.choices[0]?.delta.content ?? '';
      }
      return text;
    },
  };
}

/** Call times in ms, by contender; they take turns, so that a slow moment of the machine hits all of them. */
async function measure(all: readonly Contender[]): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>(all.map(({ name }) => [name, []]));
  const warmUps = Math.ceil(calls / 5);
  for (let count = -warmUps; count < calls; count += 1) {
    for (const { name, run } of all) {
      const startedAt = performance.now();
      const text = await run();
      const took = performance.now() - startedAt;
      if (text !== answerText) throw new Error(`${name} read another text than was sent.`);
      if (count >= 0) times.get(name)?.push(took);
    }
  }
  return times;
}

function report(times: ReadonlyMap<string, readonly number[]>): void {
  const floor = percentile(times.get('plain fetch') ?? [], 0.5);
  const rows = [...times].map(([name, took]) => {
    const p50 = percentile(took, 0.5);
    return {
      contender: name,
      'p50 ms': p50.toFixed(2),
      'p99 ms': percentile(took, 0.99).toFixed(2),
      'p50 / floor': (p50 / floor).toFixed(2),
      'added ms': (p50 - floor).toFixed(2),
    };
  });
  console.log(`${calls} calls each, one after another, ${words} text events each, Node ${process.version}`);
  console.table(rows);
}
