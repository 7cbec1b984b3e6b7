import { topTokens } from './chat-request.ts';
import type { ChatDialect, OptionalField, RequestParts } from './dialect.ts';
import { alternate } from './messages.ts';

/** How Ollama names the fields when it objects to them. */
export const ollamaMentions: ChatDialect['mentions'] = {
  think: /\bthink(ing)?\b/i,
  format: /\bformat\b|grammar|json_?schema/i,
  logprobs: /logprobs/i,
};

/** The model stays in memory: loading it again takes up to a minute. */
export const keepLoaded = { keep_alive: -1 };

/**
 * The body of `POST /api/chat`. A prompt that does not fit is refused (`truncate`, `shift`) instead of losing its
 * beginning without a word. The window is the same in every call: another one makes Ollama load the model again.
 */
export function ollamaBody(parts: RequestParts): Record<string, unknown> {
  const { model, request, refusedFields } = parts;
  const { answerFormat } = request;
  const kept = (field: OptionalField, fields: object): object => (refusedFields.has(field) ? {} : fields);
  return {
    model,
    messages: alternate(request.messages),
    stream: true,
    truncate: false,
    shift: false,
    ...keepLoaded,
    options: { num_ctx: parts.windowTokens, num_predict: request.outputTokensMax, temperature: request.temperature },
    ...kept('think', { think: false }),
    ...(answerFormat === undefined ? {} : kept('format', { format: answerFormat.schema })),
    ...(answerFormat?.choices === undefined ? {} : kept('logprobs', { logprobs: true, top_logprobs: topTokens })),
  };
}
