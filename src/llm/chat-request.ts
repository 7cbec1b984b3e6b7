import { alternate } from './messages.ts';
import type { ModelRequest } from './model.ts';
import type { Refusal } from './refusal.ts';

/**
 * Fields that not every server knows. Most ignore what they do not know; a few answer 400, and then
 * the field is left out.
 */
export type OptionalField = 'chat_template_kwargs' | 'reasoning_effort' | 'stream_options';

/** The two ways to switch thinking off: the first for vLLM, SGLang and llama.cpp, the second for Ollama as well. */
export const thinkingFields: readonly OptionalField[] = ['chat_template_kwargs', 'reasoning_effort'];

const optionalFields: Readonly<Record<OptionalField, unknown>> = {
  chat_template_kwargs: { enable_thinking: false },
  reasoning_effort: 'none',
  stream_options: { include_usage: true },
};

/** How servers name the fields when they object to them. */
const mentions: Readonly<Record<OptionalField, RegExp>> = {
  chat_template_kwargs: /chat_template_kwargs|enable_thinking/i,
  reasoning_effort: /reasoning[ _](effort|value)|\beffort\b|think value|does not support thinking/i,
  stream_options: /stream_options|include_usage/i,
};

/**
 * The body of a chat completion in the fields that all servers share. `max_tokens` is always there,
 * because vLLM would fill the rest of its window and llama.cpp would never stop; it is not called
 * `max_completion_tokens`, because Ollama ignores that.
 */
export function chatRequest(
  model: string,
  request: ModelRequest,
  refusedFields: ReadonlySet<OptionalField>,
): Record<string, unknown> {
  const optional = Object.entries(optionalFields).filter(([name]) => isKept(name, refusedFields));
  return {
    model,
    messages: alternate(request.messages),
    max_tokens: request.outputTokensMax,
    temperature: request.temperature,
    stream: true,
    ...Object.fromEntries(optional),
  };
}

/** The optional fields that a server objects to, of those that it was sent. */
export function fieldsRefused(refusal: Refusal, refusedFields: ReadonlySet<OptionalField>): OptionalField[] {
  if (refusal.status !== 400 && refusal.status !== 422) return [];
  // A validation error may print the whole request after "input"; what it says is before that.
  const said = `${refusal.param ?? ''} ${refusal.words.split(/['"]input['"]\s*:/)[0]}`;
  const all: readonly OptionalField[] = [...thinkingFields, 'stream_options'];
  return all.filter((field) => !refusedFields.has(field) && mentions[field].test(said));
}

function isKept(name: string, refusedFields: ReadonlySet<string>): boolean {
  return !refusedFields.has(name);
}
