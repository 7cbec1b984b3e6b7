/** The servers whose wire format differs enough to matter. `ollama-v1` is Ollama's OpenAI-compatible side. */
export type Dialect = 'vllm' | 'ollama-v1' | 'llama.cpp' | 'sglang';

export const dialects: readonly Dialect[] = ['vllm', 'ollama-v1', 'llama.cpp', 'sglang'];

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
  const { dialect = 'vllm', finish = 'stop', hasDone = true, model } = parts;
  const pieces = parts.pieces ?? text.split(/(?<= )/);
  const steps: Step[] = [delta({ role: 'assistant', content: dialect === 'llama.cpp' ? null : '' }, null, model)];
  if (parts.reasoning !== undefined) steps.push(delta({ [reasoningField(dialect)]: parts.reasoning }, null, model));
  for (const piece of pieces) steps.push(delta({ content: piece }, null, model));
  if (finish !== null) steps.push(delta(dialect === 'llama.cpp' ? {} : { content: '' }, finish, model));
  if (parts.usage !== null) steps.push(usageChunk(parts.usage ?? usageOf(dialect, pieces.length), model));
  if (hasDone) steps.push(done);
  return { steps };
}

function reasoningField(dialect: Dialect): string {
  return dialect === 'vllm' || dialect === 'ollama-v1' ? 'reasoning' : 'reasoning_content';
}

function usageOf(dialect: Dialect, outputTokens: number): unknown {
  const usage = { prompt_tokens: 12, completion_tokens: outputTokens, total_tokens: 12 + outputTokens };
  if (dialect === 'llama.cpp') return { ...usage, prompt_tokens_details: { cached_tokens: 8 } };
  return dialect === 'ollama-v1' ? usage : { ...usage, prompt_tokens_details: null };
}

/** The list under `/v1/models`. Ollama says `null` when it has none. */
export function modelList(dialect: Dialect, names: readonly string[]): unknown {
  if (dialect === 'ollama-v1' && names.length === 0) return { object: 'list', data: null };
  const extra: Readonly<Record<Dialect, object>> = {
    vllm: { owned_by: 'vllm', max_model_len: 32_768 },
    'ollama-v1': { owned_by: 'library' },
    'llama.cpp': { owned_by: 'llamacpp', meta: { n_ctx: 8192, n_ctx_train: 131_072 } },
    sglang: { owned_by: 'sglang', max_model_len: 32_768 },
  };
  return { object: 'list', data: names.map((id) => ({ id, object: 'model', ...extra[dialect] })) };
}

export type RefusalKind = 'too-long' | 'unauthorized' | 'unknown-model' | 'busy' | 'loading' | 'engine';

type ErrorAnswer = { readonly status: number; readonly body: unknown };

/** A refusal in the words of a dialect. */
export function refusal(kind: RefusalKind, dialect: Dialect, headers: Readonly<Record<string, string>> = {}): Reply {
  const { status, body } = errorAnswer(dialect, kind);
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    steps: [{ raw: JSON.stringify(body) }],
  };
}

/** What a dialect says, and with which status. Where a server has no such answer, the nearest gateway's is used. */
export function errorAnswer(dialect: Dialect, kind: RefusalKind): ErrorAnswer {
  const status = { 'too-long': 400, unauthorized: 401, 'unknown-model': 404, busy: 503, loading: 503, engine: 500 }[
    kind
  ];
  if (dialect === 'vllm' && kind === 'unauthorized') return { status, body: { error: 'Unauthorized' } };
  const message = errorWords(dialect, kind);
  const type = errorTypes[kind];
  if (dialect === 'sglang') return { status, body: { object: 'error', message, type, param: null, code: status } };
  if (dialect === 'ollama-v1')
    return { status, body: { error: { message, type: 'api_error', param: null, code: null } } };
  return { status, body: { error: { message, type, param: null, code: status } } };
}

const errorTypes: Readonly<Record<RefusalKind, string>> = {
  'too-long': 'BadRequestError',
  unauthorized: 'authentication_error',
  'unknown-model': 'NotFoundError',
  busy: 'ServiceUnavailableError',
  loading: 'unavailable_error',
  engine: 'InternalServerError',
};

function errorWords(dialect: Dialect, kind: RefusalKind): string {
  if (kind === 'too-long') return tooLongWords[dialect];
  const words: Readonly<Record<Exclude<RefusalKind, 'too-long'>, string>> = {
    unauthorized: 'Invalid API Key',
    'unknown-model':
      dialect === 'ollama-v1' ? 'model "x" not found, try pulling it first' : 'The model `x` does not exist.',
    busy: 'server busy, please try again.  maximum pending requests exceeded',
    loading: 'Loading model',
    engine: 'EngineCore encountered an issue.',
  };
  return words[kind];
}

const tooLongWords: Readonly<Record<Dialect, string>> = {
  vllm:
    "You passed 9000 input tokens and requested 500 output tokens. However, the model's context length is only 8192 " +
    'tokens, resulting in a maximum input length of 7692 tokens. Please reduce the length of the input prompt.',
  'ollama-v1':
    'the prompt is longer than the context length currently available to the model; shorten the prompt, or raise it',
  'llama.cpp': 'request (13392 tokens) exceeds the available context size (8192 tokens), try increasing it',
  sglang: "The input (9000 tokens) is longer than the model's context length (8192 tokens).",
};
