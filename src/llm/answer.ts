import { z } from 'zod';
import { brokenStream, refusalError } from './errors.ts';
import type { CallContext } from './errors.ts';
import { ModelError } from './model.ts';
import type { FinishReason, ModelEvent, Usage } from './model.ts';
import { createReasoningFilter } from './reasoning.ts';
import { parseJson, parseRefusal } from './refusal.ts';

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

export type AnswerOptions = {
  readonly context: CallContext;
  /** The name we asked for, in case that the server gives none. */
  readonly model: string;
  /** See `createReasoningFilter`. */
  readonly holdsBack: boolean;
  /** Whether an answer that landed in the reasoning field is taken for one; see `end`. */
  readonly adoptsReasoning: boolean;
};

type AnswerEnd = {
  /** The rest of the text. */
  readonly text: string;
  readonly event: Extract<ModelEvent, { type: 'end' }>;
  /** The text came in the field for reasoning. */
  readonly isAdopted: boolean;
  /** The server mixes reasoning into its content; `undefined` when a cut answer leaves that open. */
  readonly mixesReasoning: boolean | undefined;
};

/**
 * The meaning of a chat completion's stream, event by event and without I/O: text, then a finish
 * reason, then perhaps the usage, then `[DONE]`. Every deviation that would leave a wrong or a cut answer
 * throws a ModelError; see the table in docs/decisions/0006-model-adapter.md.
 */
export type Answer = {
  /** Takes the data of one event, gives the text that may be shown now. @throws ModelError */
  accept(data: string): string;
  /** `[DONE]` came: nothing after it counts. */
  readonly isDone: boolean;
  /** A finish reason came: the answer is whole, even if the connection dies now. */
  readonly hasFinished: boolean;
  /**
   * Closes the answer. An empty one throws `empty`, with one exception: thinking was off, and yet all
   * the text lies in the field for reasoning. That is the mark of a wrong reasoning parser on the server
   * (https://github.com/vllm-project/vllm/issues/19222). @throws ModelError
   */
  end(): AnswerEnd;
};

export function createAnswer(options: AnswerOptions): Answer {
  const { context } = options;
  const filter = createReasoningFilter({ holdsBack: options.holdsBack });
  let reasoning = '';
  let hasText = false;
  let finishReason: FinishReason | undefined;
  let usage: Usage = { inputTokens: undefined, cachedInputTokens: undefined, outputTokens: undefined };
  let model = options.model;
  let isDone = false;

  function show(text: string): string {
    if (filter.hasLeaked) {
      throw brokenStream(context, 'mixed its reasoning into the answer. Give it the reasoning parser of its model.');
    }
    if (text.trim() !== '') hasText = true;
    return text;
  }

  function acceptChunk(chunk: z.infer<typeof Chunk>): string {
    if (chunk.model) model = chunk.model;
    if (chunk.usage) usage = toUsage(chunk.usage);
    const choice = chunk.choices?.[0];
    if (choice === undefined || finishReason !== undefined) return '';
    const { delta } = choice;
    reasoning += delta?.reasoning ?? delta?.reasoning_content ?? delta?.thinking ?? '';
    const text = delta?.content ? show(filter.push(delta.content)) : '';
    if (choice.finish_reason) finishReason = toFinishReason(context, choice.finish_reason);
    return text;
  }

  return {
    accept(data) {
      if (isDone || data.trim() === '') return '';
      if (data.trim() === '[DONE]') {
        isDone = true;
        return '';
      }
      const json = parseJson(data);
      // The search in the text is for speed: a schema that does not match costs more than the whole event.
      if (data.includes('"error"') && Fault.safeParse(json).success)
        throw refusalError(context, parseRefusal(data, { status: undefined }));
      const chunk = Chunk.safeParse(json);
      // Neither the event nor the parser's words are kept: both hold the model's answer.
      if (!chunk.success) throw brokenStream(context, 'sent an event that is not part of a chat completion.');
      return acceptChunk(chunk.data);
    },
    get isDone() {
      return isDone;
    },
    get hasFinished() {
      return finishReason !== undefined;
    },
    end() {
      if (finishReason === undefined) {
        throw brokenStream(context, 'ended its answer without a finish reason. Look at its log for what stopped it.');
      }
      const event = { type: 'end', finishReason, usage, model } as const;
      const text = show(filter.end());
      const isWhole = finishReason.unified === 'stop';
      const mixesReasoning = filter.hasLoneClosing || (isWhole ? false : undefined);
      if (hasText) return { text, event, isAdopted: false, mixesReasoning };
      const adopted = options.adoptsReasoning && isWhole ? reasoning.trim() : '';
      if (adopted === '') throw emptyError(context, finishReason, reasoning !== '');
      return { text: adopted, event, isAdopted: true, mixesReasoning: undefined };
    },
  };
}

function toUsage(usage: NonNullable<z.infer<typeof Chunk>['usage']>): Usage {
  return {
    inputTokens: usage.prompt_tokens ?? undefined,
    cachedInputTokens: usage.prompt_tokens_details?.cached_tokens ?? undefined,
    outputTokens: usage.completion_tokens ?? undefined,
  };
}

/** `error` is vLLM's word for an engine that failed, `abort` is SGLang's; Ollama says `load` and answers nothing. */
function toFinishReason(context: CallContext, raw: string): FinishReason {
  if (raw === 'error' || raw === 'abort') {
    const sentence = `The model server ${context.host} gave up in the middle of its answer ("${raw}"). Look at its log.`;
    throw new ModelError('engine', sentence);
  }
  if (raw === 'load') {
    throw new ModelError('loading', `The model server ${context.host} has only loaded its model. Call it again.`);
  }
  if (raw === 'stop' || raw === 'length') return { unified: raw, raw };
  if (raw === 'content_filter') return { unified: 'content-filter', raw };
  return { unified: 'other', raw };
}

function emptyError(context: CallContext, { raw }: FinishReason, hasReasoned: boolean): ModelError {
  const start = `The model server ${context.host} finished (${quoteWord(raw)}) without an answer`;
  const why = hasReasoned
    ? ': all it wrote is reasoning. Switch thinking off for this model, or check its reasoning parser.'
    : '. Check that the chat template fits the model.';
  return new ModelError('empty', start + why);
}

function quoteWord(raw: string): string {
  return JSON.stringify(raw.slice(0, 40));
}
