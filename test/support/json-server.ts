import { createOutbound } from '../../src/lib/outbound.ts';
import { createJsonServer } from '../../src/llm/json-server.ts';
import type { JsonServer } from '../../src/llm/json-server.ts';
import { createLimiter } from '../../src/llm/limiter.ts';
import { answerJson, startLoopback } from './loopback.ts';
import type { Loopback } from './loopback.ts';

/** What the server answers: a status with it, or 200. Undefined: nothing, until the connection ends. */
export type JsonAnswer = { readonly status?: number; readonly body: unknown } | undefined;

export type JsonServerBench = AsyncDisposable & { readonly server: JsonServer; readonly loopback: Loopback };

/** A client for answers in one piece and a server of its own, connected by the real outbound door. */
export async function startJsonServer(
  answer: (path: string, body: unknown) => JsonAnswer,
  options: { readonly root?: string; readonly timeoutMs?: number } = {},
): Promise<JsonServerBench> {
  const loopback = await startLoopback((response, request) => {
    const given = answer(request.path, JSON.parse(request.body));
    if (given !== undefined) answerJson(response, given.body, given.status);
  });
  const dispatcher = createOutbound({
    allowedOrigins: new Set([loopback.url.origin]),
    connectionsPerOriginMax: 4,
    onRefused: () => undefined,
  });
  const server = createJsonServer({
    baseUrl: new URL(options.root ?? '/', loopback.url),
    apiKey: 'secret-key',
    dispatcher,
    limiter: createLimiter(2, () => 0),
    timeoutMs: options.timeoutMs ?? 20_000,
    now: () => 0,
  });
  return {
    server,
    loopback,
    async [Symbol.asyncDispose]() {
      await dispatcher.destroy();
      await loopback[Symbol.asyncDispose]();
    },
  };
}
