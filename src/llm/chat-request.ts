import type { ChatDialect, OptionalField, RequestParts } from './dialect.ts';
import { priorityOf } from './family.ts';
import { alternate } from './messages.ts';
import type { AnswerFormat } from './model.ts';

/** How servers name the fields when they object to them. */
export const chatMentions: ChatDialect['mentions'] = {
  chat_template_kwargs: /chat_template_kwargs|enable_thinking/i,
  reasoning_effort: /reasoning[ _](effort|value)|\beffort\b|think value|does not support thinking/i,
  stream_options: /stream_options|include_usage/i,
  response_format: /response_?format|json_schema|grammar|structured[ _]outputs?|guided/i,
  logprobs: /log_?probs|log probabilities/i,
  priority: /\bpriority\b/i,
};

/** How many of the likeliest tokens are told at each place: more than 20 is refused by vLLM and Ollama. */
export const topTokens = 20;

/**
 * The body of a chat completion in the fields that all servers share. `max_tokens` is always there,
 * because vLLM would fill the rest of its window and llama.cpp would never stop; it is not called
 * `max_completion_tokens`, because Ollama ignores that. Thinking is switched off in two ways: the first for
 * vLLM, SGLang and llama.cpp, the second for Ollama as well.
 */
export function chatBody(parts: RequestParts): Record<string, unknown> {
  const { model, request, refusedFields } = parts;
  const { answerFormat } = request;
  const priority = priorityOf(parts.lane, parts.family);
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
    ...(priority === undefined ? {} : kept('priority', { priority })),
  };
}

/** The one way to constrain an answer that vLLM, SGLang, llama.cpp, LM Studio and Ollama's `/v1` have in common. */
function responseFormat({ name, schema }: AnswerFormat): object {
  return { type: 'json_schema', json_schema: { name, strict: true, schema } };
}
