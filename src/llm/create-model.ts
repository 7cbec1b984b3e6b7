import { z } from 'zod';
import { serverRoot } from './base-url.ts';
import type { ChatModelOptions } from './chat-adapter.ts';
import { bodyText, createConnection } from './connection.ts';
import type { LanguageModel } from './model.ts';
import { createOllamaModel } from './ollama.ts';
import { createOpenAiModel } from './openai-compatible.ts';
import { parseJson } from './refusal.ts';

/** `LLM_KIND`. */
export type ModelKind = 'auto' | 'openai' | 'ollama';

/** A server that takes longer to say its version is asked again at the next call. */
const detectionMs = 3000;

const Version = z.object({ version: z.string() });

/** The adapter of this kind. @throws ModelError `config`, at once, for an address or a key that cannot work */
export function createLanguageModel(kind: ModelKind, options: ChatModelOptions): LanguageModel {
  if (kind === 'openai') return createOpenAiModel(options);
  return kind === 'ollama' ? createOllamaModel(options) : createDetectingModel(options);
}

/** Ollama's own API where the server is Ollama, else chat completions: found out at the first call it answers. */
function createDetectingModel(options: ChatModelOptions): LanguageModel {
  const openAi = createOpenAiModel(options);
  const ollama = createOllamaModel(options);
  const connection = createConnection({ ...options, baseUrl: serverRoot(options.baseUrl), onResend: () => undefined });
  let known: LanguageModel | undefined;

  async function detect(callerSignal: AbortSignal): Promise<LanguageModel> {
    if (known !== undefined) return known;
    const signal = AbortSignal.any([callerSignal, AbortSignal.timeout(detectionMs)]);
    const call = { signal, context: { host: connection.host, promptTexts: [] } };
    try {
      const response = await connection.get('/api/version', call);
      const isOllama = Version.safeParse(parseJson(await bodyText(response, call.context))).success;
      known = response.statusCode === 200 && isOllama ? ollama : openAi;
      return known;
    } catch {
      return openAi; // its own call says what is wrong
    }
  }

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
