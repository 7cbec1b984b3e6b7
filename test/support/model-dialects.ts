import { chatEvent, ollamaEnd, ollamaLine } from './model-wire.ts';
import type { Dialect, EventParts } from './model-wire.ts';

type ChatDialect = Exclude<Dialect, 'ollama'>;

/** One thing that the server does while it answers. */
export type Step =
  /** One event of the stream, as an object. */
  | { readonly event: unknown }
  /** Bytes as they are: comments, broken events, half a character. */
  | { readonly raw: string | Uint8Array }
  /** Waits until the test calls `release()`, or the client is gone. */
  | 'wait'
  /** Destroys the connection. */
  | 'reset';

/** How the server answers one request. */
export type Reply = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Before the status line: waits for `release()`, closes the connection in good order, or resets it. */
  readonly beforeHeaders?: 'wait' | 'close' | 'reset';
  /** `every-byte`: each byte is written by itself. */
  readonly split?: 'every-byte';
  readonly steps: Iterable<Step>;
};

export type AnswerParts = {
  readonly dialect?: Dialect;
  /** The text in pieces; default: word by word. */
  readonly pieces?: readonly string[];
  /** Goes out before the text, in the field that the dialect has for it. */
  readonly reasoning?: string;
  readonly finish?: string | null;
  readonly usage?: unknown;
  readonly hasDone?: boolean;
  readonly model?: string;
};

const chunkBase = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_760_000_000 };

/** One chunk with a delta, as every dialect sends it. */
export function delta(
  fields: Readonly<Record<string, unknown>>,
  finish: string | null = null,
  model = 'test-model',
): Step {
  return { event: { ...chunkBase, model, choices: [{ index: 0, delta: fields, finish_reason: finish }] } };
}

/** The chunk without choices that carries the usage. */
export function usageChunk(usage: unknown, model = 'test-model'): Step {
  return { event: { ...chunkBase, model, choices: [], usage } };
}

export const done: Step = { raw: 'data: [DONE]\n\n' };

/** llama.cpp's keep-alive comment. */
export const ping: Step = { raw: ':\n\n' };

/** A stream that goes well; `finish: null` and `hasDone: false` leave its last parts out. */
export function answer(text: string, parts: AnswerParts = {}): Reply {
  const { dialect = 'vllm' } = parts;
  const pieces = parts.pieces ?? text.split(/(?<= )/);
  return dialect === 'ollama' ? ollamaAnswer(pieces, parts) : chatAnswer(dialect, pieces, parts);
}

function chatAnswer(dialect: ChatDialect, pieces: readonly string[], parts: AnswerParts): Reply {
  const { finish = 'stop', hasDone = true, model = 'test-model' } = parts;
  const event = (fields: EventParts): Step => ({ event: chatEvent(dialect, fields, model) });
  const steps: Step[] = [event({ isFirst: true })];
  if (parts.reasoning !== undefined) steps.push(event({ reasoning: parts.reasoning }));
  for (const piece of pieces) steps.push(event({ content: piece }));
  if (finish !== null) steps.push(event({ finish }));
  if (parts.usage !== null) steps.push(usageChunk(parts.usage ?? usageOf(dialect, pieces.length), model));
  if (hasDone) steps.push(done);
  return { steps };
}

function ollamaAnswer(pieces: readonly string[], parts: AnswerParts): Reply {
  const { finish = 'stop', hasDone = true, model = 'test-model' } = parts;
  const steps: Step[] = [];
  if (parts.reasoning !== undefined) steps.push(line(ollamaLine({ reasoning: parts.reasoning }, model)));
  for (const piece of pieces) steps.push(line(ollamaLine({ content: piece }, model)));
  if (hasDone) steps.push(line(ollamaEnd(finish, 12, pieces.length, model)));
  return { headers: ndjson, steps };
}

/** What Ollama's own API calls its streams. */
export const ndjson = { 'content-type': 'application/x-ndjson' };

/** One line of such a stream. */
export const line = (value: object): Step => ({ raw: `${JSON.stringify(value)}\n` });

function usageOf(dialect: ChatDialect, outputTokens: number): unknown {
  const usage = { prompt_tokens: 12, completion_tokens: outputTokens, total_tokens: 12 + outputTokens };
  if (dialect === 'llama.cpp') return { ...usage, prompt_tokens_details: { cached_tokens: 8 } };
  return dialect === 'vllm' || dialect === 'sglang' ? { ...usage, prompt_tokens_details: null } : usage;
}

/** The list under `/v1/models`. Ollama says `null` when it has none. */
export function modelList(dialect: Dialect, names: readonly string[]): unknown {
  if (dialect === 'ollama-v1' && names.length === 0) return { object: 'list', data: null };
  const extra: Readonly<Record<Dialect, object>> = {
    vllm: { owned_by: 'vllm', max_model_len: 32_768 },
    'ollama-v1': { owned_by: 'library' },
    'llama.cpp': { owned_by: 'llamacpp', meta: { n_ctx: 8192, n_ctx_train: 131_072 } },
    sglang: { owned_by: 'sglang', max_model_len: 32_768 },
    'lm-studio': { owned_by: 'organization_owner' },
    litellm: { owned_by: 'openai' },
    ollama: { owned_by: 'library' },
  };
  return { object: 'list', data: names.map((id) => ({ id, object: 'model', ...extra[dialect] })) };
}
