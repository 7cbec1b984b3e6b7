import type { Dispatcher } from 'undici';
import { startDeadline } from '../lib/deadline.ts';
import { bodyError, brokenStream, connectionError, isConnectionLoss } from './errors.ts';
import type { CallContext } from './errors.ts';
import { ModelError } from './model.ts';

/** Error bodies and model lists are short; what is longer is cut here. */
const shortBodyBytesMax = 1024 * 1024;

/** How long and how much we read on after the last event, to keep the connection for the next call. */
const restMsMax = 1000;
const restBytesMax = 16 * 1024;

export type ConnectionOptions = {
  /** As `parseBaseUrl` or `serverRoot` gives it. */
  readonly baseUrl: URL;
  readonly apiKey: string | undefined;
  readonly dispatcher: Dispatcher;
  /** A request was sent again, because a kept connection had died under it. */
  readonly onResend: () => void;
};

/** HTTP to one model server. */
export type Connection = {
  readonly host: string;
  get(path: string, call: ConnectionCall): Promise<Dispatcher.ResponseData>;
  post(path: string, body: unknown, call: ConnectionCall): Promise<Dispatcher.ResponseData>;
};

export type ConnectionCall = { readonly signal: AbortSignal; readonly context: CallContext };

/**
 * Sends requests through the outbound dispatcher, whatever the status of the answer. Nothing is
 * repeated, with one exception: vLLM and SGLang close a kept connection after 5 s, and a POST that meets
 * the close dies without an answer and without having been read. Once some answer has come over this
 * connection, such a request is sent once more.
 */
export function createConnection(options: ConnectionOptions): Connection {
  const { baseUrl, dispatcher } = options;
  const headers = requestHeaders(options.apiKey);
  const root = baseUrl.pathname.replace(/\/$/, '');
  let hasAnswered = false;

  async function send(
    request: { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: string },
    { signal, context }: ConnectionCall,
  ): Promise<Dispatcher.ResponseData> {
    const attempt = (): Promise<Dispatcher.ResponseData> => {
      const path = `${root}${request.path}`;
      return unlessAborted(dispatcher.request({ ...request, origin: baseUrl.origin, path, headers, signal }), signal);
    };
    try {
      const response = await attempt().catch((error: unknown) => {
        if (!hasAnswered || signal.aborted || !isConnectionLoss(error)) throw error;
        options.onResend();
        return attempt();
      });
      hasAnswered = true;
      return response;
    } catch (error) {
      throw connectionError(context, error);
    }
  }

  return {
    host: baseUrl.host,
    get: (path, call) => send({ method: 'GET', path }, call),
    post: (path, body, call) => send({ method: 'POST', path, body: JSON.stringify(body) }, call),
  };
}

function requestHeaders(apiKey: string | undefined): Record<string, string> {
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream, application/json' };
  const key = apiKey?.trim() ?? '';
  if (key === '') return headers;
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new ModelError('config', 'LLM_API_KEY holds characters that no HTTP header may carry. Copy the key again.');
  }
  return { ...headers, authorization: `Bearer ${key}` };
}

/** A promise that its caller leaves with the signal's reason: undici tells an abort only after the connection stands. */
export function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** One header as text. */
export function header(response: Dispatcher.ResponseData, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/**
 * The bytes of a body as they come. It may be left early without losing the connection. A connection that
 * dies after `isComplete` says yes ends the bytes quietly. @throws ModelError `broken-stream`
 */
export async function* bodyBytes(
  body: Dispatcher.ResponseData['body'],
  context: CallContext,
  isComplete: () => boolean,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const bytes of body.iterator({ destroyOnReturn: false })) {
      if (bytes instanceof Uint8Array) yield bytes;
    }
  } catch (error) {
    if (!isComplete()) throw bodyError(context, error);
  }
}

/** A short body as text; too long a one is cut. @throws ModelError `broken-stream` */
export async function bodyText(
  { body }: Dispatcher.ResponseData,
  context: CallContext,
  bytesMax = shortBodyBytesMax,
): Promise<string> {
  const text = new TextDecoder();
  let read = '';
  let bytesRead = 0;
  for await (const bytes of bodyBytes(body, context, () => false)) {
    read += text.decode(bytes, { stream: true });
    bytesRead += bytes.byteLength;
    if (bytesRead > bytesMax) {
      leaveBody(body, false);
      break;
    }
  }
  return read + text.decode();
}

/** Leaves a body: read to its end, so that the connection can be used again, or cut at once. */
export function leaveBody(body: Dispatcher.ResponseData['body'], isComplete: boolean): void {
  if (body.destroyed || body.readableEnded) return;
  if (!isComplete) {
    body.on('error', () => undefined).destroy();
    return;
  }
  const deadline = startDeadline(restMsMax);
  body
    .dump({ limit: restBytesMax, signal: deadline.signal })
    .catch(() => undefined)
    .finally(() => deadline[Symbol.dispose]());
}

/** Refuses an answer that is not a stream of this media type. @throws ModelError */
export function checkStream(response: Dispatcher.ResponseData, streamType: RegExp, context: CallContext): void {
  const encoding = header(response, 'content-encoding') ?? 'identity';
  if (encoding !== 'identity') {
    throw brokenStream(
      context,
      `compressed its answer (${encoding}), which nobody asked for. Check the proxy before it.`,
    );
  }
  const type = header(response, 'content-type') ?? 'no content type';
  if (!streamType.test(type)) {
    const shown = type.slice(0, 60);
    throw brokenStream(
      context,
      `answered with ${shown} instead of a stream. Check LLM_BASE_URL and the proxy before it.`,
    );
  }
}
