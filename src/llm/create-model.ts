import { parseBaseUrl, serverRoot } from './base-url.ts';
import type { ChatModelOptions } from './chat-adapter.ts';
import { createConnection } from './connection.ts';
import { createOllamaDetector } from './detect-ollama.ts';
import type { EmbeddingModel, RerankModel } from './embedding.ts';
import { createEmbeddingModel, ollamaEmbeddings, openAiEmbeddings } from './embedding-client.ts';
import { createJsonServer } from './json-server.ts';
import type { JsonServerOptions } from './json-server.ts';
import { ModelError } from './model.ts';
import type { LanguageModel } from './model.ts';
import { createOllamaModel } from './ollama.ts';
import { createOpenAiModel } from './openai-compatible.ts';
import { createRerankModel } from './rerank-client.ts';

/** `LLM_KIND`. */
export type ModelKind = 'auto' | 'openai' | 'ollama';

/** The adapter of this kind. @throws ModelError `config`, at once, for an address or a key that cannot work */
export function createLanguageModel(kind: ModelKind, options: ChatModelOptions): LanguageModel {
  if (kind === 'openai') return createOpenAiModel(options);
  return kind === 'ollama' ? createOllamaModel(options) : createDetectingModel(options);
}

/** Ollama's own API where the server is Ollama, else chat completions, whose own call says what is wrong. */
function createDetectingModel(options: ChatModelOptions): LanguageModel {
  const openAi = createOpenAiModel(options);
  const ollama = createOllamaModel(options);
  const isOllama = createOllamaDetector(rootConnection(options));
  const detect = async (signal: AbortSignal): Promise<LanguageModel> => ((await isOllama(signal)) ? ollama : openAi);
  return {
    async *generate(request, call) {
      const model = await detect(call.signal);
      yield* model.generate(request, call);
    },
    async servedModels(signal) {
      const model = await detect(signal);
      return await model.servedModels(signal);
    },
  };
}

/** `baseUrl` with or without `/v1`, as for a language model; `model` is the name that the server knows it by. */
export type RetrievalModelOptions = JsonServerOptions & { readonly model: string };

/** Embeddings by a server of this kind. @throws ModelError `config`, at once, for an address or a key that cannot work */
export function createServedEmbeddings(kind: ModelKind, options: RetrievalModelOptions): EmbeddingModel {
  const baseUrl = checkedUrl(options.baseUrl);
  const { model } = options;
  const openAi = createEmbeddingModel(model, openAiEmbeddings, createJsonServer({ ...options, baseUrl }));
  if (kind === 'openai') return openAi;
  const root = createJsonServer({ ...options, baseUrl: serverRoot(baseUrl) });
  const ollama = createEmbeddingModel(model, ollamaEmbeddings, root);
  if (kind === 'ollama') return ollama;
  const isOllama = createOllamaDetector(rootConnection({ ...options, baseUrl }));
  return {
    name: model,
    async embed(texts, call) {
      const chosen = (await isOllama(call.signal)) ? ollama : openAi;
      return await chosen.embed(texts, call);
    },
  };
}

/** A reranker by a server of the team's own. @throws ModelError `config`, at once, for an address or a key that cannot work */
export function createServedReranker(options: RetrievalModelOptions): RerankModel {
  const baseUrl = serverRoot(checkedUrl(options.baseUrl));
  return createRerankModel(options.model, createJsonServer({ ...options, baseUrl }));
}

function rootConnection(options: Pick<JsonServerOptions, 'baseUrl' | 'apiKey' | 'dispatcher'>) {
  const { apiKey, dispatcher } = options;
  return createConnection({ baseUrl: serverRoot(options.baseUrl), apiKey, dispatcher, onResend: () => undefined });
}

function checkedUrl(url: URL): URL {
  const baseUrl = parseBaseUrl(url.href);
  if (baseUrl.ok) return baseUrl.value;
  throw new ModelError('config', baseUrl.reason);
}
