/**
 * What each server sends, in its exact shape and order of fields; no text is anybody's. Sources: the servers' own
 * source code and documentation, as of autumn 2026. `ollama-v1` is Ollama's OpenAI-compatible side.
 */
export type Dialect = 'vllm' | 'sglang' | 'llama.cpp' | 'lm-studio' | 'litellm' | 'ollama-v1' | 'ollama';

/** Those that speak chat completions. */
export const chatDialects: readonly Dialect[] = ['vllm', 'sglang', 'llama.cpp', 'lm-studio', 'litellm', 'ollama-v1'];

/** What one event of a stream carries. */
export type EventParts = {
  readonly isFirst?: boolean;
  readonly content?: string;
  readonly reasoning?: string;
  readonly finish?: string;
  /** Tokens with their log-probabilities and those of the others at their place. */
  readonly chances?: readonly { readonly token: string; readonly logprob: number; readonly others: Others }[];
};

type Others = Readonly<Record<string, number>>;

const created = 1_760_000_000;
const createdAt = '2025-10-09T08:53:20.123456789Z';

type Wire = (parts: EventParts, model: string) => object;

const wires: Readonly<Record<Exclude<Dialect, 'ollama'>, Wire>> = {
  vllm: (parts, model) => ({
    id: 'chatcmpl-8f3a5d0c2b714e6f9a0d1c2b3e4f5a6b',
    object: 'chat.completion.chunk',
    created,
    model,
    choices: [
      {
        index: 0,
        delta: { ...role(parts, ''), ...contentOf(parts), ...reasoningOf(parts, 'reasoning') },
        logprobs: logprobs(parts),
        finish_reason: parts.finish ?? null,
        ...(parts.finish === undefined ? {} : { stop_reason: null }),
        token_ids: null,
      },
    ],
  }),
  sglang: (parts, model) => ({
    id: '5b1f0c9e7d3a4f2c8e6b0a1d2c3f4e5d',
    object: 'chat.completion.chunk',
    created,
    model,
    choices: [
      {
        index: 0,
        delta: {
          role: parts.isFirst === true ? 'assistant' : null,
          content: parts.isFirst === true ? '' : (parts.content ?? null),
          reasoning_content: parts.reasoning ?? null,
          tool_calls: null,
        },
        logprobs: logprobs(parts),
        finish_reason: parts.finish ?? null,
        matched_stop: parts.finish === 'stop' ? 151_645 : null,
      },
    ],
    usage: null,
  }),
  'llama.cpp': (parts, model) => ({
    choices: [
      {
        finish_reason: parts.finish ?? null,
        index: 0,
        delta: { ...role(parts, null), ...contentOf(parts), ...reasoningOf(parts, 'reasoning_content') },
        ...(parts.chances === undefined ? {} : { logprobs: logprobs(parts) }),
      },
    ],
    created,
    id: 'chatcmpl-Yq3rWn8sT1vUxZ0aBcDeFgHiJkLmNoPq',
    model,
    system_fingerprint: 'b11429-0a1b2c3d',
    object: 'chat.completion.chunk',
  }),
  'lm-studio': (parts, model) => ({
    id: 'chatcmpl-x2m9k4v7q1w8e3r6t5y0u',
    object: 'chat.completion.chunk',
    created,
    model,
    system_fingerprint: model,
    choices: [
      {
        index: 0,
        delta: { ...role(parts), ...contentOf(parts), ...reasoningOf(parts, 'reasoning_content') },
        logprobs: logprobs(parts),
        finish_reason: parts.finish ?? null,
      },
    ],
  }),
  litellm: (parts, model) => ({
    id: 'chatcmpl-0d9c8b7a-6f5e-4d3c-2b1a-0f9e8d7c6b5a',
    created,
    model,
    object: 'chat.completion.chunk',
    choices: [
      {
        ...(parts.finish === undefined ? {} : { finish_reason: parts.finish }),
        index: 0,
        delta: { ...role(parts), ...contentOf(parts), ...reasoningOf(parts, 'reasoning_content') },
        ...(parts.chances === undefined ? {} : { logprobs: logprobs(parts) }),
      },
    ],
  }),
  'ollama-v1': (parts, model) => ({
    id: 'chatcmpl-417',
    object: 'chat.completion.chunk',
    created,
    model,
    system_fingerprint: 'fp_ollama',
    choices: [
      {
        index: 0,
        delta: { role: 'assistant', content: parts.content ?? '', ...reasoningOf(parts, 'reasoning') },
        finish_reason: parts.finish ?? null,
        ...(parts.chances === undefined ? {} : { logprobs: logprobs(parts) }),
      },
    ],
  }),
};

/** One event of a chat completion as the dialect sends it. */
export function chatEvent(dialect: Exclude<Dialect, 'ollama'>, parts: EventParts, model: string): object {
  return wires[dialect](parts, model);
}

/** One line of Ollama's own chat, before the last. */
export function ollamaLine(parts: EventParts, model: string): object {
  return {
    model,
    created_at: createdAt,
    message: {
      role: 'assistant',
      content: parts.content ?? '',
      ...(parts.reasoning === undefined ? {} : { thinking: parts.reasoning }),
    },
    done: false,
    ...(parts.chances === undefined ? {} : { logprobs: tokens(parts) }),
  };
}

/** The last line of Ollama's own chat; times are in nanoseconds. `null`: without a reason. */
export function ollamaEnd(reason: string | null, inputTokens: number, outputTokens: number, model: string): object {
  return {
    model,
    created_at: createdAt,
    message: { role: 'assistant', content: '' },
    done: true,
    ...(reason === null ? {} : { done_reason: reason }),
    total_duration: 1_204_113_500,
    load_duration: 61_250_125,
    prompt_eval_count: inputTokens,
    prompt_eval_duration: 88_000_250,
    eval_count: outputTokens,
    eval_duration: 1_004_500_750,
  };
}

const role = (parts: EventParts, content?: string | null): object => {
  if (parts.isFirst !== true) return {};
  return { role: 'assistant', ...(content === undefined ? {} : { content }) };
};

const contentOf = (parts: EventParts): object => (parts.content === undefined ? {} : { content: parts.content });

const reasoningOf = (parts: EventParts, field: string): object =>
  parts.reasoning === undefined ? {} : { [field]: parts.reasoning };

function logprobs(parts: EventParts): object | null {
  return parts.chances === undefined ? null : { content: tokens(parts) };
}

function tokens({ chances = [] }: EventParts): object[] {
  const one = (token: string, logprob: number): object => ({ token, logprob, bytes: [...Buffer.from(token)] });
  return chances.map(({ token, logprob, others }) => ({
    ...one(token, logprob),
    top_logprobs: [one(token, logprob), ...Object.entries(others).map(([other, value]) => one(other, value))],
  }));
}
