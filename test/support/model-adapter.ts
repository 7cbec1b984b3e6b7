import assert from 'node:assert/strict';
import { createOutbound } from '../../src/lib/outbound.ts';
import type { ModelNotice } from '../../src/llm/chat-call.ts';
import { complete, ModelError } from '../../src/llm/model.ts';
import type { Lane, LanguageModel, ModelRequest } from '../../src/llm/model.ts';
import type { ChatModelOptions } from '../../src/llm/chat-adapter.ts';
import { createLanguageModel } from '../../src/llm/create-model.ts';
import type { ModelKind } from '../../src/llm/create-model.ts';
import { startModelServer } from './model-server.ts';
import type { ModelServer, ModelServerOptions } from './model-server.ts';

export const roomy = { firstEventMs: 20_000, idleMs: 20_000, totalMs: 20_000 };

export type AdapterBench = AsyncDisposable & {
  readonly server: ModelServer;
  readonly model: LanguageModel;
  readonly notices: ModelNotice[];
};

/** An adapter and a server of its own, connected by the real outbound door. */
export async function startAdapter(
  serverOptions: ModelServerOptions = {},
  modelOptions: Partial<ChatModelOptions> & { readonly kind?: ModelKind } = {},
  connectionsMax = 10,
): Promise<AdapterBench> {
  const server = await startModelServer(serverOptions);
  const notices: ModelNotice[] = [];
  const dispatcher = createOutbound({
    allowedOrigins: new Set([server.url.origin]),
    connectionsPerOriginMax: connectionsMax,
    onRefused: () => undefined,
  });
  const model = createLanguageModel(modelOptions.kind ?? 'openai', {
    baseUrl: server.url,
    apiKey: undefined,
    model: 'test-model',
    timeouts: roomy,
    dispatcher,
    concurrencyMax: 8,
    now: () => 0,
    onNotice: (notice) => notices.push(notice),
    ...modelOptions,
  });
  const stop = async (): Promise<void> => {
    await server.close();
    await dispatcher.destroy();
  };
  return { server, model, notices, [Symbol.asyncDispose]: stop };
}

export const request: ModelRequest = {
  messages: [
    { role: 'system', content: 'You help.' },
    { role: 'user', content: 'Where is my parcel, please?' },
  ],
  outputTokensMax: 100,
  temperature: 0.2,
};

export function ask(
  model: LanguageModel,
  lane: Lane = 'draft',
  signal = new AbortController().signal,
): Promise<string> {
  return complete(model, request, { signal, lane }).then((completion) => completion.text);
}

export async function errorOf(model: LanguageModel): Promise<ModelError> {
  const outcome = await ask(model).catch((error: unknown) => error);
  assert.ok(outcome instanceof ModelError, `no ModelError but ${String(outcome)}`);
  return outcome;
}
