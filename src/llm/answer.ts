import { choiceProbabilities } from './choice-probabilities.ts';
import type { Choices, TokenChance } from './choice-probabilities.ts';
import { brokenStream } from './errors.ts';
import type { CallContext } from './errors.ts';
import { ModelError } from './model.ts';
import type { AnswerFacts, FinishReason, ModelEvent, Usage } from './model.ts';
import { createReasoningFilter } from './reasoning.ts';
import { createRunAwayDetector } from './run-away.ts';
import type { RunAway } from './run-away.ts';

/** What one event of a stream says, in no server's words; what it does not say is left out. */
export type AnswerPiece = {
  readonly model?: string | undefined;
  readonly content?: string | undefined;
  readonly reasoning?: string | undefined;
  /** The tokens of `content`, where the server was asked for their probabilities. */
  readonly chances?: readonly TokenChance[] | undefined;
  /** The server's word for why the answer ended. */
  readonly finish?: string | undefined;
  readonly usage?: Usage | undefined;
  /** Nothing comes after it. */
  readonly isLast?: boolean;
};

export type AnswerOptions = {
  readonly context: CallContext;
  /** The name we asked for, in case that the server gives none. */
  readonly model: string;
  /** See `createReasoningFilter`. */
  readonly holdsBack: boolean;
  /** Whether an answer that landed in the reasoning field is taken for one; see `end`. */
  readonly adoptsReasoning: boolean;
  /** The answer is held to a JSON schema. */
  readonly isJson?: boolean;
  /** Whether the prompt holds these words. */
  readonly isQuoted?: (words: string) => boolean;
  /** The values whose probabilities are wanted. */
  readonly choices?: Choices | undefined;
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
  /** Takes what one event says, gives the text that may be shown now. @throws ModelError */
  accept(piece: AnswerPiece): string;
  /** `[DONE]` came: nothing after it counts, and nobody need read it. */
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
  const { context, choices, isJson = false, isQuoted = () => false } = options;
  const filter = createReasoningFilter({ holdsBack: options.holdsBack });
  const watchText = createRunAwayDetector({ isJson, isQuoted });
  const watchReasoning = createRunAwayDetector({ isJson: false, isQuoted });
  const chances: TokenChance[] = [];
  let reasoning = '';
  let hasContent = false;
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

  function acceptPiece(piece: AnswerPiece): string {
    if (piece.model) model = piece.model;
    if (piece.usage) usage = piece.usage;
    if (finishReason !== undefined) return '';
    reasoning += piece.reasoning ?? '';
    const runAway = watchText.push(piece.content ?? '') ?? watchReasoning.push(piece.reasoning ?? '');
    if (runAway !== undefined) throw runAwayError(context, runAway);
    hasContent ||= (piece.content ?? '').trim() !== '';
    if (choices !== undefined) chances.push(...(piece.chances ?? []));
    const text = piece.content ? show(filter.push(piece.content)) : '';
    if (piece.finish) finishReason = toFinishReason(context, piece.finish);
    return text;
  }

  return {
    accept(piece) {
      if (isDone) return '';
      if (piece.isLast === true) isDone = true;
      return acceptPiece(piece);
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
      const event = endEvent({ finishReason, usage, model }, chances, choices);
      const text = show(filter.end());
      const isWhole = finishReason.unified === 'stop';
      const mixesReasoning = filter.hasLoneClosing || (isWhole ? false : undefined);
      if (hasText) return { text, event, isAdopted: false, mixesReasoning };
      const adopted = options.adoptsReasoning && isWhole ? reasoning.trim() : '';
      if (adopted === '') throw emptyError(context, finishReason, hasContent || reasoning !== '');
      return { text: adopted, event, isAdopted: true, mixesReasoning: undefined };
    },
  };
}

function endEvent(
  facts: AnswerFacts,
  chances: readonly TokenChance[],
  choices: Choices | undefined,
): Extract<ModelEvent, { type: 'end' }> {
  const probabilities = choices === undefined ? undefined : choiceProbabilities(chances, choices);
  return { type: 'end', ...facts, ...(probabilities === undefined ? {} : { choiceProbabilities: probabilities }) };
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

function runAwayError(context: CallContext, how: RunAway): ModelError {
  const sentences: Readonly<Record<RunAway, string>> = {
    blanks:
      'wrote nothing but blanks and was stopped. Start vLLM with "disable_any_whitespace" in --structured-outputs-config.',
    repetition:
      'wrote the same again and again and was stopped. Look at its log; the weights, their quantisation or the chat template are at fault, not the prompt.',
  };
  return new ModelError('run-away', `The model server ${context.host} ${sentences[how]}`);
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
