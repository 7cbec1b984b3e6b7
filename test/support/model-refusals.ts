import type { Reply } from './model-dialects.ts';
import type { Dialect } from './model-wire.ts';

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

const statuses: Readonly<Record<RefusalKind, number>> = {
  'too-long': 400,
  unauthorized: 401,
  'unknown-model': 404,
  busy: 503,
  loading: 503,
  engine: 500,
};

const types: Readonly<Record<RefusalKind, string>> = {
  'too-long': 'BadRequestError',
  unauthorized: 'authentication_error',
  'unknown-model': 'NotFoundError',
  busy: 'ServiceUnavailableError',
  loading: 'unavailable_error',
  engine: 'InternalServerError',
};

/** What a dialect says, and with which status. Where a server has no such answer, the nearest gateway's is used. */
export function errorAnswer(dialect: Dialect, kind: RefusalKind): ErrorAnswer {
  const message = words(dialect, kind);
  const type = types[kind];
  const status = dialect === 'litellm' && kind === 'busy' ? 429 : statuses[kind];
  if (dialect === 'vllm' && kind === 'unauthorized') return { status, body: { error: 'Unauthorized' } };
  const bodies: Readonly<Record<Dialect, unknown>> = {
    vllm: { error: { message, type, param: kind === 'too-long' ? 'input_tokens' : null, code: status } },
    sglang: { object: 'error', message, type, param: null, code: status },
    'llama.cpp': {
      error: {
        code: status,
        message,
        type: kind === 'too-long' ? 'exceed_context_size_error' : type,
        ...(kind === 'too-long' ? { n_prompt_tokens: 13_392, n_ctx: 8192 } : {}),
      },
    },
    'lm-studio': { error: kind === 'unauthorized' ? message : { message, type, param: null, code: null } },
    litellm: {
      error: { message: `litellm.${type}: Hosted_vllmException - ${message}`, type, param: null, code: String(status) },
    },
    'ollama-v1': { error: { message, type: 'api_error', param: null, code: null } },
    ollama: { error: message },
  };
  return { status, body: bodies[dialect] };
}

function words(dialect: Dialect, kind: RefusalKind): string {
  if (kind === 'too-long') return tooLongWords[dialect];
  const isOllama = dialect === 'ollama' || dialect === 'ollama-v1';
  const all: Readonly<Record<Exclude<RefusalKind, 'too-long'>, string>> = {
    unauthorized: 'Invalid API Key',
    'unknown-model': isOllama ? 'model "x" not found, try pulling it first' : 'The model `x` does not exist.',
    busy: isOllama ? 'server busy, please try again.  maximum pending requests exceeded' : 'The request queue is full.',
    loading: 'Loading model',
    engine: isOllama ? 'llama runner process has terminated: exit status 2' : 'EngineCore encountered an issue.',
  };
  return all[kind];
}

const vllmTooLong =
  "You passed 9000 input tokens and requested 500 output tokens. However, the model's context length is only 8192 " +
  'tokens, resulting in a maximum input length of 7692 tokens. Please reduce the length of the input prompt.';
const ollamaTooLong =
  'the prompt is longer than the context length currently available to the model; shorten the prompt, or raise it';

const tooLongWords: Readonly<Record<Dialect, string>> = {
  vllm: vllmTooLong,
  sglang: "The input (9000 tokens) is longer than the model's context length (8192 tokens).",
  'llama.cpp': 'request (13392 tokens) exceeds the available context size (8192 tokens), try increasing it',
  'lm-studio':
    'The number of tokens to keep from the initial prompt is greater than the context length. Try to load the model ' +
    'with a larger context length, or provide a shorter input',
  litellm: vllmTooLong,
  'ollama-v1': ollamaTooLong,
  ollama: ollamaTooLong,
};
