import { z } from 'zod';
import { bodyText, header } from './connection.ts';
import type { Connection } from './connection.ts';
import type { Call } from './dialect.ts';
import { brokenStream, refusalError } from './errors.ts';
import type { ServedModel } from './model.ts';
import { keepLoaded } from './ollama-request.ts';
import { parseJson, parseRefusal, parseRetryAfter } from './refusal.ts';

/** What a draft with its history needs. On cards under 24 GiB Ollama gives 4096 unless told otherwise. */
const windowTokensMin = 8192;

const Named = z.object({ name: z.string().min(1), context_length: z.number().positive().nullish().catch(undefined) });
const List = z.object({ models: z.array(z.unknown()).nullish() });
const Details = z.object({ model_info: z.record(z.string(), z.unknown()).nullish() });

/** Ollama's words for the newest version of a model, which people leave out. */
const shortName = (name: string): string => name.replace(/:latest$/, '');

async function read(
  answer: ReturnType<Connection['get']>,
  what: string,
  { context }: Call,
  now: () => number,
): Promise<unknown> {
  const response = await answer;
  const text = await bodyText(response, context);
  const retryAfterMs = parseRetryAfter(header(response, 'retry-after'), now());
  const { statusCode: status } = response;
  if (status !== 200) throw refusalError(context, parseRefusal(text, { status, retryAfterMs }));
  const json = parseJson(text);
  if (json !== undefined) return json;
  throw brokenStream(context, `gave no ${what}. Check LLM_BASE_URL, or set LLM_KIND=openai if it is not Ollama.`);
}

function parseList(json: unknown): ServedModel[] {
  return (List.safeParse(json).data?.models ?? []).flatMap((item) => {
    const model = Named.safeParse(item).data;
    if (model === undefined) return [];
    return [{ id: shortName(model.name), contextTokens: model.context_length ?? undefined }];
  });
}

/** What an Ollama has, and how much of a conversation its models are given. */
export type OllamaModels = {
  /** All that are pulled; the window is told of those that are loaded. @throws ModelError */
  list(connection: Connection, call: Call): Promise<ServedModel[]>;
  /**
   * The window to ask for with every call. It is chosen once: what the model is loaded with, which may mean loading
   * it first, but at least 8192 where the model can do that. @throws ModelError
   */
  windowTokens(connection: Connection, model: string, call: Call): Promise<number>;
};

export function createOllamaModels(now: () => number): OllamaModels {
  const chosen = new Map<string, number>();

  const running = async (connection: Connection, call: Call): Promise<ServedModel[]> =>
    parseList(await read(connection.get('/api/ps', call), 'list of running models at /api/ps', call, now));

  const loadedWith = async (connection: Connection, model: string, call: Call): Promise<number | undefined> =>
    (await running(connection, call)).find(({ id }) => id === shortName(model))?.contextTokens;

  /** A chat without messages loads the model and answers nothing. */
  async function load(connection: Connection, model: string, call: Call): Promise<void> {
    const body = { model, messages: [], stream: false, ...keepLoaded };
    await read(connection.post('/api/chat', body, call), 'answer to loading the model', call, now);
    call.timers.heard();
    call.timers.waiting();
  }

  async function trainedWith(connection: Connection, model: string, call: Call): Promise<number | undefined> {
    const json = await read(connection.post('/api/show', { model }, call), 'details at /api/show', call, now);
    const details = Object.entries(Details.safeParse(json).data?.model_info ?? {});
    const told = details.find(([key]) => key.endsWith('.context_length'))?.[1];
    return typeof told === 'number' ? told : undefined;
  }

  async function choose(connection: Connection, model: string, call: Call): Promise<number> {
    let loaded = await loadedWith(connection, model, call);
    if (loaded === undefined) {
      await load(connection, model, call);
      loaded = await loadedWith(connection, model, call);
    }
    if (loaded !== undefined && loaded >= windowTokensMin) return loaded;
    const trained = await trainedWith(connection, model, call);
    return Math.min(windowTokensMin, trained ?? windowTokensMin);
  }

  return {
    async list(connection, call) {
      const all = parseList(await read(connection.get('/api/tags', call), 'list of models at /api/tags', call, now));
      const loaded = new Map((await running(connection, call)).map(({ id, contextTokens }) => [id, contextTokens]));
      return all.map(({ id }) => ({ id, contextTokens: chosen.get(id) ?? loaded.get(id) }));
    },
    async windowTokens(connection, model, call) {
      const known = chosen.get(shortName(model)) ?? (await choose(connection, model, call));
      chosen.set(shortName(model), known);
      return known;
    },
  };
}
