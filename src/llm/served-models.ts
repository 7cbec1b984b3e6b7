import { z } from 'zod';
import { brokenStream } from './errors.ts';
import type { CallContext } from './errors.ts';
import { ModelError } from './model.ts';
import type { ServedModel } from './model.ts';
import { parseJson } from './refusal.ts';

const Entry = z.object({
  id: z.string().min(1),
  /** vLLM and SGLang. */
  max_model_len: z.number().nullish().catch(undefined),
  /** llama.cpp: the window that the server was started with; `n_ctx_train` is what the model could do. */
  meta: z.object({ n_ctx: z.number().nullish() }).nullish().catch(undefined),
});

const List = z.object({ data: z.array(z.unknown()).nullish() });

/** Reads `GET /v1/models`. Entries without a name are dropped. @throws ModelError `broken-stream` */
export function parseServedModels(text: string, context: CallContext): ServedModel[] {
  const list = List.safeParse(parseJson(text));
  if (!list.success) {
    throw brokenStream(context, 'gave no list of models at /models. Check LLM_BASE_URL.');
  }
  return (list.data.data ?? []).flatMap((item) => {
    const entry = Entry.safeParse(item);
    if (!entry.success) return [];
    const { id, max_model_len: maxModelLen, meta } = entry.data;
    return [{ id, contextTokens: maxModelLen ?? meta?.n_ctx ?? undefined }];
  });
}

/** The model to use when none is configured: the only one. @throws ModelError `config`, `loading` */
export function onlyModel(models: readonly ServedModel[], host: string): string {
  const [first, second] = models;
  if (first === undefined) {
    throw new ModelError('loading', `The model server ${host} serves no model yet. Load one, or wait until it has.`);
  }
  if (second === undefined) return first.id;
  const names = models.slice(0, 20).map((model) => model.id);
  const list = models.length > names.length ? `${names.join(', ')}, …` : names.join(', ');
  throw new ModelError(
    'config',
    `The model server ${host} serves ${models.length} models (${list}). Set LLM_MODEL to one of them.`,
  );
}
