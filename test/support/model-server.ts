import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';
import { answer, modelList } from './model-dialects.ts';
import type { Reply, Step } from './model-dialects.ts';
import type { Dialect } from './model-wire.ts';
import { probeAnswer, promptTokens } from './probe-answers.ts';

/** A text is a reply that goes well. */
export type ReplyLike = Reply | string;

export type RecordedRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Tells one connection of the client from another. */
  readonly clientPort: number | undefined;
  /** The JSON body; `undefined` without one. */
  readonly body: unknown;
  /** True once the client has closed the connection before our answer was complete. */
  isAborted: boolean;
  /** Resolves when the client closed early, or when the answer is complete. */
  readonly closed: Promise<void>;
  /** Resolves when the reply waits for `release()` for the first time. */
  readonly held: Promise<void>;
};

export type ModelServerOptions = {
  /** What is answered when nothing is queued. */
  readonly reply?: ReplyLike | ((body: unknown) => ReplyLike);
  /** Queued replies, first in first out; they are for chat completions only. */
  readonly script?: readonly ReplyLike[];
  readonly dialect?: Dialect;
  /** The names under `/v1/models`. */
  readonly models?: readonly string[];
  readonly port?: number;
  /** What a probe's chat is answered; by default well. Probes are no `chats` and take nothing from the script. */
  readonly probe?: (body: unknown) => ReplyLike | undefined;
  /** Other pages, by their path: the text or the JSON that each answers a request's body with. */
  readonly pages?: Readonly<Record<string, (body: unknown) => unknown>>;
};

export type ModelServer = AsyncDisposable & {
  /** Without a path, such as `http://127.0.0.1:40123`. */
  readonly url: URL;
  readonly requests: readonly RecordedRequest[];
  /** The requests for chat completions alone. */
  readonly chats: readonly RecordedRequest[];
  enqueue(...replies: readonly ReplyLike[]): void;
  /** What `/v1/models` answers from now on. */
  serve(models: readonly string[]): void;
  /** Resolves with the `count`th chat request, counted from 1, once it has come. */
  chat(count: number): Promise<RecordedRequest>;
  /** Lets everything go on that waits now. */
  release(): void;
  /** Closes the connections that no request is using, as uvicorn does after 5 s. */
  closeIdle(): void;
  close(): Promise<void>;
};

/**
 * A real HTTP server on loopback that speaks `/v1/models` and `/v1/chat/completions` as the engines do, and misbehaves
 * on demand. It never sleeps: what waits goes on when the test says so.
 */
export async function startModelServer(options: ModelServerOptions = {}): Promise<ModelServer> {
  const dialect = options.dialect ?? 'vllm';
  const queue: ReplyLike[] = [...(options.script ?? [])];
  const requests: RecordedRequest[] = [];
  const chats: RecordedRequest[] = [];
  const arrivals = new Set<() => void>();
  let waiting = new Set<() => void>();
  let models = options.models ?? ['test-model'];

  /** What is no chat is answered at once; undefined for a chat. */
  function chatPage(path: string | undefined, served: readonly string[]): Page | undefined {
    if (path === '/v1/models') return { body: modelList(dialect, served) };
    return path === '/v1/chat/completions' ? undefined : { status: 404, body: { detail: 'Not Found' } };
  }

  function nextReply(body: unknown): Reply {
    const { reply = 'Hello, how can I help?' } = options;
    const next = queue.shift() ?? (typeof reply === 'function' ? reply(body) : reply);
    return typeof next === 'string' ? toReply(next, body) : next;
  }

  function toReply(text: string, body: unknown): Reply {
    const pieces = text.split(/(?<= )/);
    const usage = { prompt_tokens: promptTokens(body), completion_tokens: pieces.length };
    return answer(text, { dialect, pieces, usage });
  }

  function probeReply(body: unknown): Reply | undefined {
    if (options.probe === undefined) return probeAnswer(body, dialect);
    const reply = options.probe(body);
    return typeof reply === 'string' ? toReply(reply, body) : reply;
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { recorded, holds } = record(request, response, await readJson(request));
    requests.push(recorded);
    const held = options.pages?.[request.url ?? '']?.(recorded.body);
    if (held !== undefined) return sendPage(response, held);
    const page = dialect === 'ollama' ? ollamaPage(request.url, models) : chatPage(request.url, models);
    if (page !== undefined) return sendJson(response, page.status ?? 200, page.body);
    const probed = probeReply(recorded.body);
    if (probed !== undefined) return await play(probed, response, (resume) => void waiting.add(resume));
    const reply = nextReply(recorded.body);
    chats.push(recorded);
    for (const arrived of arrivals) arrived();
    arrivals.clear();
    await play(reply, response, (resume) => {
      waiting.add(resume);
      holds();
    });
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  server.keepAliveTimeout = 0; // connections stay until the test closes them
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The model server has no TCP address.');

  async function close(): Promise<void> {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  return {
    url: new URL(`http://127.0.0.1:${address.port}`),
    requests,
    chats,
    enqueue: (...replies) => void queue.push(...replies),
    serve: (names) => void (models = names),
    async chat(count) {
      for (;;) {
        const found = chats[count - 1];
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => arrivals.add(resolve));
      }
    },
    release() {
      const released = waiting;
      waiting = new Set();
      for (const resume of released) resume();
    },
    closeIdle: () => server.closeIdleConnections(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

type Page = { readonly status?: number; readonly body: unknown };

/** Ollama's own pages: every model is loaded, with a window of 16,384 tokens. */
function ollamaPage(path: string | undefined, names: readonly string[]): Page | undefined {
  if (path === '/api/version') return { body: { version: '0.33.0' } };
  const models = names.map((name) => ({ name: `${name}:latest`, model: `${name}:latest`, size: 5_137_025_024 }));
  if (path === '/api/tags') return { body: { models } };
  if (path === '/api/ps') return { body: { models: models.map((model) => ({ ...model, context_length: 16_384 })) } };
  return path === '/api/chat' ? undefined : { status: 404, body: '404 page not found' };
}

function record(
  request: IncomingMessage,
  response: ServerResponse,
  body: unknown,
): { recorded: RecordedRequest; holds: () => void } {
  const closed = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const recorded: RecordedRequest = {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    clientPort: request.socket.remotePort,
    body,
    isAborted: false,
    closed: closed.promise,
    held: held.promise,
  };
  response.on('close', () => {
    recorded.isAborted = !response.writableFinished;
    closed.resolve();
  });
  return { recorded, holds: held.resolve };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = '';
  request.setEncoding('utf8');
  for await (const piece of request) text += String(piece);
  return text === '' ? undefined : JSON.parse(text);
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function sendPage(response: ServerResponse, content: unknown): void {
  if (typeof content !== 'string') return sendJson(response, 200, content);
  response.writeHead(200, { 'content-type': 'text/plain' }).end(content);
}

async function play(reply: Reply, response: ServerResponse, wait: (resume: () => void) => void): Promise<void> {
  const released = (): Promise<void> =>
    new Promise((resolve) => {
      const goOn = (): void => {
        response.off('close', goOn);
        resolve();
      };
      response.once('close', goOn);
      wait(goOn);
    });
  if (reply.beforeHeaders === 'reset') return void response.socket?.resetAndDestroy();
  if (reply.beforeHeaders === 'close') return void response.destroy();
  if (reply.beforeHeaders === 'wait') await released();
  response.writeHead(reply.status ?? 200, { 'content-type': 'text/event-stream; charset=utf-8', ...reply.headers });
  // Runs of events are written at once: a server for benchmarks must cost next to nothing.
  let bytes: Buffer[] = [];
  const flush = async (): Promise<void> => {
    const ready = Buffer.concat(bytes);
    bytes = [];
    if (reply.split === 'every-byte') await writeByteByByte(response, ready);
    else if (ready.length > 0) response.write(ready);
  };
  for (const step of reply.steps) {
    if (typeof step === 'object') {
      bytes.push(toBytes(step));
      continue;
    }
    await flush();
    if (response.destroyed) return;
    if (step === 'reset') return resetAfterWrites(response);
    response.flushHeaders();
    await released();
  }
  await flush();
  response.end();
}

async function writeByteByByte(response: ServerResponse, bytes: Buffer): Promise<void> {
  for (const byte of bytes) {
    await new Promise((resolve) => response.write(Uint8Array.of(byte), resolve));
    await new Promise(setImmediate);
  }
}

/** Destroys the connection only after the client could read what was written before. */
async function resetAfterWrites(response: ServerResponse): Promise<void> {
  response.flushHeaders();
  await new Promise((resolve) => response.write('', resolve));
  await new Promise(setImmediate);
  response.destroy();
}

function toBytes(step: Exclude<Step, string>): Buffer {
  if ('event' in step) return Buffer.from(`data: ${JSON.stringify(step.event)}\n\n`);
  return Buffer.from(step.raw);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      text: { type: 'string', default: 'Thank you for writing to us.' },
      /** All answers send one event in this time, in ms, as an engine does at each step; 0: as fast as can be. */
      step: { type: 'string', default: '0' },
    },
  });
  const stepMs = Number(values.step);
  const whole = answer(values.text);
  const stepped: Reply = { steps: [...whole.steps].flatMap((step): Step[] => ['wait', step]) };
  const server = await startModelServer({ port: Number(values.port), reply: stepMs > 0 ? stepped : whole });
  if (stepMs > 0) setInterval(() => server.release(), stepMs);
  process.stdout.write(`${JSON.stringify({ url: server.url.href })}\n`);
}
