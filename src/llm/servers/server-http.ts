import { startDeadline } from '../../lib/deadline.ts';
import { serverRoot } from '../base-url.ts';
import { bodyText, createConnection } from '../connection.ts';
import type { ConnectionOptions } from '../connection.ts';
import { parseJson } from '../refusal.ts';

/** An answer to one of the small questions that are no chat: status, text, and the text as JSON if it is some. */
type ServerAnswer = { readonly status: number; readonly text: string; readonly json: unknown };

/** Small questions to a server besides chats: its version, its metrics, a count of tokens. */
export type ServerHttp = {
  readonly host: string;
  /** `path` under the API's root (`/v1`). @throws ModelError when nobody answers */
  api(path: string, signal: AbortSignal, body?: unknown): Promise<ServerAnswer>;
  /** `path` under the address without `/v1`, where servers keep what is their own. @throws ModelError */
  root(path: string, signal: AbortSignal, body?: unknown): Promise<ServerAnswer>;
};

/** `timeoutMs` is for each question: a server that does not answer one leaves it open. */
export function createServerHttp(options: Omit<ConnectionOptions, 'onResend'>, timeoutMs: number): ServerHttp {
  const { baseUrl } = options;
  const toApi = createConnection({ ...options, onResend: () => undefined });
  const toRoot = createConnection({ ...options, baseUrl: serverRoot(baseUrl), onResend: () => undefined });

  async function ask(
    connection: typeof toApi,
    path: string,
    callerSignal: AbortSignal,
    body: unknown,
  ): Promise<ServerAnswer> {
    using deadline = startDeadline(timeoutMs, callerSignal);
    const context = { host: baseUrl.host, promptTexts: [] };
    const call = { signal: deadline.signal, context };
    const response = await (body === undefined ? connection.get(path, call) : connection.post(path, body, call));
    const text = await bodyText(response, context);
    return { status: response.statusCode, text, json: parseJson(text) };
  }

  return {
    host: baseUrl.host,
    api: async (path, signal, body) => await ask(toApi, path, signal, body),
    root: async (path, signal, body) => await ask(toRoot, path, signal, body),
  };
}
