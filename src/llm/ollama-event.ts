import { z } from 'zod';
import type { AnswerPiece } from './answer.ts';
import { brokenStream, refusalError } from './errors.ts';
import type { CallContext } from './errors.ts';
import { parseJson, parseRefusal } from './refusal.ts';
import { toChances, TokenChances } from './token-chance.ts';

const Count = z.number().nullish().catch(undefined);

/** One line of `POST /api/chat`; only the last one has `done: true`, the reason and the counts. */
const Line = z.object({
  model: z.string().nullish().catch(undefined),
  message: z.object({ content: z.string().nullish(), thinking: z.string().nullish() }).nullish(),
  logprobs: TokenChances.nullish().catch(undefined),
  done: z.boolean(),
  done_reason: z.string().nullish(),
  prompt_eval_count: Count,
  eval_count: Count,
});

const Fault = z.object({ error: z.union([z.string().min(1), z.looseObject({})]) });

/**
 * What one line of Ollama's own chat says. A last line without a reason gives none here either: Ollama leaves it out
 * when it gave up on a model that repeated itself.
 *
 * @throws ModelError `broken-stream` for a line that is none, and the kind of an error that the line tells of
 */
export function parseOllamaLine(data: string, context: CallContext): AnswerPiece {
  const json = parseJson(data);
  if (data.includes('"error"') && Fault.safeParse(json).success)
    throw refusalError(context, parseRefusal(data, { status: undefined }));
  const line = Line.safeParse(json);
  // Neither the line nor the parser's words are kept: both hold the model's answer.
  if (!line.success) throw brokenStream(context, 'sent a line that is not part of a chat.');
  const { model, message, done, done_reason: reason, prompt_eval_count: input, eval_count: output } = line.data;
  return {
    model: model ?? undefined,
    content: message?.content ?? undefined,
    reasoning: message?.thinking ?? undefined,
    chances: toChances(line.data.logprobs),
    finish: done ? (reason ?? undefined) : undefined,
    usage: done
      ? { inputTokens: input ?? undefined, cachedInputTokens: undefined, outputTokens: output ?? undefined }
      : undefined,
    isLast: done,
  };
}
