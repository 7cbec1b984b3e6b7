import type { Dispatcher } from 'undici';
import { bodyText, createConnection, header } from './connection.ts';
import type { Connection } from './connection.ts';
import { brokenStream, connectionError, refusalError, timeoutError } from './errors.ts';
import type { Limiter } from './limiter.ts';
import type { ModelCall } from './model.ts';
import { parseJson, parseRefusal, parseRetryAfter } from './refusal.ts';
import { startTimers } from './timers.ts';

export type JsonServerOptions = {
  /** The root that paths are added to, without a slash at the end. */
  readonly baseUrl: URL;
  readonly apiKey: string | undefined;
  readonly dispatcher: Dispatcher;
  /** Shared by all that calls the same server. */
  readonly limiter: Limiter;
  /** For one call, from its place in the queue to its answer. */
  readonly timeoutMs: number;
  /** Unix time in ms. */
  readonly now: () => number;
};

/** A model server's calls that are answered in one piece: vectors, scores, counts. */
export type JsonServer = {
  readonly host: string;
  /** Gives the answer's JSON. `texts` are kept out of every error. @throws ModelError */
  post(path: string, body: unknown, texts: readonly string[], call: ModelCall): Promise<unknown>;
};

/** @throws ModelError `config`, at once, for a key that cannot work */
export function createJsonServer(options: JsonServerOptions): JsonServer {
  const connection: Connection = createConnection({ ...options, onResend: () => undefined });
  const { host } = connection;

  return {
    host,
    async post(path, body, texts, { signal, lane }) {
      const slot = await options.limiter.acquire(lane, signal);
      const context = { host, promptTexts: texts };
      const limits = { firstEventMs: options.timeoutMs, idleMs: options.timeoutMs, totalMs: options.timeoutMs };
      const timers = startTimers(limits, signal, (kind, afterMs) => timeoutError(context, kind, afterMs));
      try {
        const response = await connection.post(path, body, { signal: timers.signal, context });
        const text = await bodyText(response, context, wholeBodyBytesMax);
        const retryAfterMs = parseRetryAfter(header(response, 'retry-after'), options.now());
        const { statusCode: status } = response;
        if (status !== 200) throw refusalError(context, parseRefusal(text, { status, retryAfterMs }));
        const json = parseJson(text);
        if (json === undefined)
          throw brokenStream(context, 'answered with something that is not JSON. Check its address.');
        return json;
      } catch (error) {
        throw timers.reason ?? connectionError(context, error);
      } finally {
        timers.stop();
        slot.release();
      }
    },
  };
}

/** 32 vectors of 4096 numbers, 20 characters each, are under 3 MB. */
const wholeBodyBytesMax = 16 * 1024 * 1024;
