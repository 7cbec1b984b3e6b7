import { alternate } from './messages.ts';
import type { AnswerFormat, ModelRequest } from './model.ts';
import type { Refusal } from './refusal.ts';

/**
 * Fields that not every server knows. Most ignore what they do not know; a few answer 400, and then
 * the field is left out.
 */
export type OptionalField =
  | 'chat_template_kwargs'
  | 'reasoning_effort'
  | 'stream_options'
  | 'response_format'
  | 'logprobs';

/** The two ways to switch thinking off: the first for vLLM, SGLang and llama.cpp, the second for Ollama as well. */
export const thinkingFields: readonly OptionalField[] = ['chat_template_kwargs', 'reasoning_effort'];

/** How many of the likeliest tokens are told at each place: more than 20 is refused by vLLM and Ollama. */
const topTokens = 20;

const optionalFields: readonly OptionalField[] = [...thinkingFields, 'stream_options', 'response_format', 'logprobs'];

/** How servers name the fields when they object to them. */
const mentions: Readonly<Record<OptionalField, RegExp>> = {
  chat_template_kwargs: /chat_template_kwargs|enable_thinking/i,
  reasoning_effort: /reasoning[ _](effort|value)|\beffort\b|think value|does not support thinking/i,
  stream_options: /stream_options|include_usage/i,
  response_format: /response_?format|json_schema|grammar|structured[ _]outputs?|guided/i,
  logprobs: /log_?probs|log probabilities/i,
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
  const { answerFormat } = request;
  const kept = (field: OptionalField, fields: object): object => (refusedFields.has(field) ? {} : fields);
  return {
    model,
    messages: alternate(request.messages),
    max_tokens: request.outputTokensMax,
    temperature: request.temperature,
    stream: true,
    ...kept('stream_options', { stream_options: { include_usage: true } }),
    ...kept('chat_template_kwargs', { chat_template_kwargs: { enable_thinking: false } }),
    ...kept('reasoning_effort', { reasoning_effort: 'none' }),
    ...(answerFormat === undefined ? {} : kept('response_format', { response_format: responseFormat(answerFormat) })),
    ...(answerFormat?.choices === undefined ? {} : kept('logprobs', { logprobs: true, top_logprobs: topTokens })),
  };
}

/** The one way to constrain an answer that vLLM, SGLang, llama.cpp, LM Studio and Ollama's `/v1` have in common. */
function responseFormat({ name, schema }: AnswerFormat): object {
  return { type: 'json_schema', json_schema: { name, strict: true, schema } };
}

/** The optional fields that a server objects to, of those that it was sent. */
export function fieldsRefused(refusal: Refusal, refusedFields: ReadonlySet<OptionalField>): OptionalField[] {
  if (refusal.status !== 400 && refusal.status !== 422) return [];
  // A validation error may print the whole request after "input"; what it says is before that.
  const said = `${refusal.param ?? ''} ${refusal.words.split(/['"]input['"]\s*:/)[0]}`;
  return optionalFields.filter((field) => !refusedFields.has(field) && mentions[field].test(said));
}
