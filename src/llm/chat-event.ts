import { z } from 'zod';
import type { AnswerPiece } from './answer.ts';
import { brokenStream, refusalError } from './errors.ts';
import type { CallContext } from './errors.ts';
import type { Usage } from './model.ts';
import { parseJson, parseRefusal } from './refusal.ts';
import { toChances, TokenChances } from './token-chance.ts';

const Logprobs = z.object({ content: TokenChances.nullish() }).nullish().catch(undefined);

const Tokens = z.number().nullish().catch(undefined);

/** One event of a chat completion's stream. `choices` is empty in the event that carries the usage. */
const Chunk = z.object({
  model: z.string().nullish().catch(undefined),
  choices: z
    .array(
      z.object({
        delta: z
          .object({
            content: z.string().nullish(),
            reasoning: z.string().nullish(),
            reasoning_content: z.string().nullish(),
            thinking: z.string().nullish(),
          })
          .nullish(),
        logprobs: Logprobs,
        finish_reason: z.string().nullish(),
      }),
    )
    .nullish(),
  usage: z
    .object({
      prompt_tokens: Tokens,
      completion_tokens: Tokens,
      prompt_tokens_details: z.object({ cached_tokens: Tokens }).nullish().catch(undefined),
    })
    .nullish()
    .catch(undefined),
});

/** An error inside the stream: vLLM's and SGLang's envelope, or older vLLM's flat form. */
const Fault = z.union([
  z.object({ error: z.union([z.string().min(1), z.looseObject({})]) }),
  z.object({ object: z.literal('error') }),
]);

/**
 * What one event of a chat completion's stream says.
 *
 * @throws ModelError `broken-stream` for an event that is none, and the kind of an error that the event tells of
 */
export function parseChatEvent(data: string, context: CallContext): AnswerPiece {
  const trimmed = data.trim();
  if (trimmed === '') return {};
  if (trimmed === '[DONE]') return { isLast: true };
  const json = parseJson(data);
  // The search in the text is for speed: a schema that does not match costs more than the whole event.
  if (data.includes('"error"') && Fault.safeParse(json).success)
    throw refusalError(context, parseRefusal(data, { status: undefined }));
  const chunk = Chunk.safeParse(json);
  // Neither the event nor the parser's words are kept: both hold the model's answer.
  if (!chunk.success) throw brokenStream(context, 'sent an event that is not part of a chat completion.');
  const { choices, model, usage } = chunk.data;
  const choice = choices?.[0];
  const delta = choice?.delta;
  return {
    model: model ?? undefined,
    usage: usage ? toUsage(usage) : undefined,
    content: delta?.content ?? undefined,
    reasoning: delta?.reasoning ?? delta?.reasoning_content ?? delta?.thinking ?? undefined,
    chances: delta?.content ? toChances(choice?.logprobs?.content) : undefined,
    finish: choice?.finish_reason ?? undefined,
  };
}

function toUsage(usage: NonNullable<z.infer<typeof Chunk>['usage']>): Usage {
  return {
    inputTokens: usage.prompt_tokens ?? undefined,
    cachedInputTokens: usage.prompt_tokens_details?.cached_tokens ?? undefined,
    outputTokens: usage.completion_tokens ?? undefined,
  };
}
