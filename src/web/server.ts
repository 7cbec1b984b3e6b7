import type { IncomingMessage } from 'node:http';
import { type HttpBindings, serve, type ServerType } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import type { Events } from '../events.ts';
import type { WebhookAnswer, WebhookRequest } from '../inbox/receive.ts';
import { type Control, createControlRoutes } from './control.ts';

const bytesPerMib = 1024 * 1024;

export type Readiness = { readonly isReady: boolean; readonly details: Readonly<Record<string, unknown>> };

export type WebDeps = {
  /** The longest body of a webhook; Intercom's are some kB. */
  readonly webhookMibMax: () => number;
  readonly receive: (request: WebhookRequest) => Promise<WebhookAnswer>;
  readonly onWebhook: Events['webhookAnswered'];
  readonly onError: (error: unknown) => void;
  readonly readiness: () => Promise<Readiness>;
  readonly control: Control;
  readonly metrics: () => Promise<string>;
  /** Ms, for durations. */
  readonly monotonicNow: () => number;
};

type Env = { Bindings: HttpBindings };

/**
 * The body's bytes; `too-long` as soon as it is that, and the rest is not read; `cut` where the connection ended before
 * the body did.
 */
async function readBody(incoming: IncomingMessage, bodyBytesMax: number): Promise<Uint8Array | 'too-long' | 'cut'> {
  if (Number(incoming.headers['content-length'] ?? 0) > bodyBytesMax) return 'too-long';
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of incoming) {
      const buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
      bytes += buffer.length;
      if (bytes > bodyBytesMax) return 'too-long';
      chunks.push(buffer);
    }
  } catch (error) {
    if (incoming.errored !== null && !incoming.complete) return 'cut';
    throw error;
  }
  return Buffer.concat(chunks);
}

const refused = (status: 400 | 413, text: string) => ({ status, text, result: 'refused', topic: undefined }) as const;

const refusals = {
  'too-long': (mibMax: number) => refused(413, `The body is longer than ${mibMax} MiB.`),
  cut: () => refused(400, 'The connection ended before the body did.'),
};

const single = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;

const receiveBody = async (body: Uint8Array, { headers }: IncomingMessage, deps: WebDeps): Promise<WebhookAnswer> =>
  await deps.receive({
    body,
    contentType: headers['content-type'],
    signature: single(headers['x-hub-signature']),
  });

async function answerWebhook(context: Context<Env>, deps: WebDeps): Promise<Response> {
  const begun = deps.monotonicNow();
  const { incoming } = context.env;
  const mibMax = deps.webhookMibMax();
  const body = await readBody(incoming, mibMax * bytesPerMib);
  const answer = typeof body === 'string' ? refusals[body](mibMax) : await receiveBody(body, incoming, deps);
  deps.onWebhook({ ...answer, ms: deps.monotonicNow() - begun });
  // The rest of a body that is too long is still on its way: nothing else can come over this connection.
  return context.text(answer.text, answer.status, typeof body === 'string' ? { Connection: 'close' } : {});
}

/** All routes. Intercom sends HEAD when the webhook's URL is saved; GET is for people. */
export function createRoutes(deps: WebDeps): Hono<Env> {
  const routes = new Hono<Env>();
  routes.post('/intercom/webhook', async (context) => await answerWebhook(context, deps));
  routes.get('/intercom/webhook', (context) =>
    context.text('Sidenote receives Intercom’s webhooks here. Enter this URL in the Developer Hub.'),
  );
  routes.all('/intercom/webhook', (context) =>
    context.text('Use POST; GET and HEAD tell that the URL is right.', 405, { Allow: 'GET, HEAD, POST' }),
  );
  routes.get('/healthz', (context) => context.text('ok'));
  routes.get('/readyz', async (context) => {
    const { isReady, details } = await deps.readiness();
    return context.json({ ready: isReady, ...details }, isReady ? 200 : 503);
  });
  routes.get('/metrics', async (context) => context.text(await deps.metrics()));
  routes.route('/control', createControlRoutes(deps.control));
  // Never Hono's own page: Intercom reads a 404 or 500 as "deliver again".
  routes.notFound((context) => context.text('There is nothing at this address.', 404));
  routes.onError((error, context) => {
    deps.onError(error);
    return context.text('Something went wrong here; the log says what.', 500);
  });
  return routes;
}

export type WebServer = AsyncDisposable & { readonly url: URL };

/** The address can't be listened on; the message says what to do. */
class ListenError extends Error {
  override readonly name = 'ListenError';
}

function listenError(host: string, port: number, cause: Error): ListenError {
  const code = 'code' in cause ? cause.code : undefined;
  if (code === 'EADDRINUSE') {
    return new ListenError(`Port ${port} of ${host} is taken by another program: end that one, or set PORT.`, {
      cause,
    });
  }
  return new ListenError(`Sidenote can't listen on ${host}, port ${port} (${cause.message}): set HOST and PORT.`, {
    cause,
  });
}

/** Listens on `host` and `port` (0: any free one). @throws ListenError */
export async function listen(routes: Hono<Env>, host: string, port: number): Promise<WebServer> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = serve({ fetch: routes.fetch, hostname: host, port }, (info) => resolve(info.port));
  server.once('error', (cause: Error) => reject(listenError(host, port, cause)));
  const url = new URL(`http://${host.includes(':') ? `[${host}]` : host}:${await promise}`);
  return { url, [Symbol.asyncDispose]: async () => await close(server) };
}

/** An answer takes some ms; whoever has sent half a request by then would keep a stop waiting for minutes. */
const closeGraceMs = 1000;

/** Lets answers under way be finished, then closes. */
async function close(server: ServerType): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  server.close(() => resolve(undefined));
  if ('closeIdleConnections' in server) server.closeIdleConnections();
  const deadline = setTimeout(() => {
    if ('closeAllConnections' in server) server.closeAllConnections();
  }, closeGraceMs);
  await promise;
  clearTimeout(deadline);
}
