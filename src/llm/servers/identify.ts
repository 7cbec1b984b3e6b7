import { z } from 'zod';
import type { ServerFamily } from '../family.ts';
import type { ServerHttp } from './server-http.ts';

/** What a server is, and what its own pages tell of the window. */
export type Identity = {
  readonly family: ServerFamily;
  readonly version: string | undefined;
  readonly windowTokens: number | undefined;
};

const Version = z.object({ version: z.string() });
const Props = z.object({
  default_generation_settings: z.object({ n_ctx: z.number().optional() }),
  build_info: z.string().optional(),
});
const SglangInfo = z.object({ model_path: z.string() });
const LmStudioModels = z.object({ models: z.array(z.object({ key: z.string() })) });
const OllamaProcesses = z.object({
  models: z.array(z.object({ name: z.string().optional(), context_length: z.number().optional() })),
});
const OwnedBy = z.object({ data: z.array(z.object({ owned_by: z.string() })) });

/** Who owns a model in the list under `/v1/models`, for servers whose other pages a proxy hides. */
const owners: ReadonlyMap<string, ServerFamily> = new Map([
  ['vllm', 'vllm'],
  ['sglang', 'sglang'],
  ['llamacpp', 'llama.cpp'],
  ['library', 'ollama'],
  ['organization_owner', 'lm-studio'],
]);

/**
 * Tells the families apart by pages that only they have; all are asked for at once. Sources: the projects' own
 * documentation of `/version` (vLLM), `/get_model_info` (SGLang), `/props` (llama.cpp), `/api/version` and `/api/ps`
 * (Ollama), `/api/v1/models` (LM Studio), `/health/liveliness` (LiteLLM). Never throws.
 */
export async function identify(http: ServerHttp, signal: AbortSignal): Promise<Identity> {
  const page = async <Value>(path: string, schema: z.ZodType<Value>): Promise<Value | undefined> => {
    const answer = await http.root(path, signal).catch(() => undefined);
    return answer?.status === 200 ? schema.safeParse(answer.json).data : undefined;
  };
  const [props, sglang, ollama, vllm, lmStudio, litellm, owner] = await Promise.all([
    page('/props', Props),
    page('/get_model_info', SglangInfo),
    page('/api/version', Version),
    page('/version', Version),
    page('/api/v1/models', LmStudioModels),
    page('/health/liveliness', z.literal("I'm alive!")),
    ownerOf(http, signal),
  ]);
  if (props !== undefined) {
    const windowTokens = props.default_generation_settings.n_ctx;
    return { family: 'llama.cpp', version: props.build_info, windowTokens };
  }
  if (sglang !== undefined) return { family: 'sglang', version: undefined, windowTokens: undefined };
  if (ollama !== undefined) {
    const running = await page('/api/ps', OllamaProcesses);
    return { family: 'ollama', version: ollama.version, windowTokens: running?.models[0]?.context_length };
  }
  if (vllm !== undefined) return { family: 'vllm', version: vllm.version, windowTokens: undefined };
  if (lmStudio !== undefined) return { family: 'lm-studio', version: undefined, windowTokens: undefined };
  if (litellm !== undefined) return { family: 'litellm', version: undefined, windowTokens: undefined };
  return { family: owner ?? 'other', version: undefined, windowTokens: undefined };
}

async function ownerOf(http: ServerHttp, signal: AbortSignal): Promise<ServerFamily | undefined> {
  const answer = await http.api('/models', signal).catch(() => undefined);
  const owned = OwnedBy.safeParse(answer?.json).data?.data[0]?.owned_by;
  return owned === undefined ? undefined : owners.get(owned);
}
