import { setTimeout as delay } from 'node:timers/promises';
import { cancelled } from './errors.ts';
import { ModelError } from './model.ts';
import type { AnswerFormat, Lane, LanguageModel, Message, ModelCall, ModelEvent, ModelRequest } from './model.ts';
import { plainDecision } from './scripted-decisions.ts';
import { composeQuestion, composeReply } from './scripted-reply.ts';
import { decideBySources } from './scripted-sources.ts';
import { decideTriage } from './scripted-triage.ts';

/** The text of an answer, or the error that the call ends with. */
type ScriptedReply = string | ModelError;

/** The same for a constrained answer, which may also tell how likely its values were. */
type ScriptedDecision =
  | ScriptedReply
  | { readonly text: string; readonly choiceProbabilities: ReadonlyMap<string, number> };

export type ScriptedModelOptions = {
  /**
   * Answers by the number of the call, counted from 0; or a list, first in first out. When it is used up, `script`
   * answers. Calls for a constrained answer are neither counted nor answered here.
   */
  readonly replies?: readonly ScriptedReply[] | ((request: ModelRequest, callIndex: number) => ScriptedReply);
  /** Default: a short support reply to the contact's newest message. */
  readonly script?: (messages: readonly Message[]) => string;
  /** Answers calls with an `answerFormat`; where it gives undefined, see `decideTriage`, `decideBySources`, then `plainDecision`. */
  readonly decisions?: (format: AnswerFormat, messages: readonly Message[]) => ScriptedDecision | undefined;
  /** Wait before the first piece; default none. */
  readonly latencyMs?: number;
  /** Unix time in ms, for the record of calls. */
  readonly now: () => number;
};

type ScriptedCall = { readonly request: ModelRequest; readonly lane: Lane; readonly at: number };

export type ScriptedModel = LanguageModel & {
  /** Every call so far, oldest first. */
  readonly calls: readonly ScriptedCall[];
};

/** A language model without a model, in process and deterministic: for the demo, and for tests of what stands above. */
export function createScriptedModel(options: ScriptedModelOptions): ScriptedModel {
  const { latencyMs = 0, script = composeReply, replies = [], now } = options;
  const calls: ScriptedCall[] = [];
  let drafts = 0;

  function replyTo(request: ModelRequest, draftIndex: number): ScriptedDecision {
    const { answerFormat, messages } = request;
    if (answerFormat !== undefined) {
      const decided = options.decisions?.(answerFormat, messages);
      return (
        decided ??
        decideTriage(answerFormat, messages) ??
        decideBySources(answerFormat, messages, composeQuestion(messages)) ??
        plainDecision(answerFormat)
      );
    }
    return (typeof replies === 'function' ? replies(request, draftIndex) : replies[draftIndex]) ?? script(messages);
  }

  async function* generate(request: ModelRequest, { lane, signal }: ModelCall): AsyncGenerator<ModelEvent> {
    calls.push({ request, lane, at: now() });
    const draftIndex = request.answerFormat === undefined ? drafts++ : drafts;
    if (latencyMs > 0) await delay(latencyMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) throw cancelled(signal);
    const reply = replyTo(request, draftIndex);
    if (reply instanceof ModelError) throw reply;
    const { text: answer, ...facts } = typeof reply === 'string' ? { text: reply } : reply;
    if (answer.trim() === '') throw new ModelError('empty', 'The scripted model finished without an answer.');
    for (const text of answer.split(/(?<=\s)(?=\S)/)) {
      if (signal.aborted) throw cancelled(signal);
      yield { type: 'text', text };
    }
    yield {
      type: 'end',
      finishReason: { unified: 'stop', raw: 'stop' },
      usage: {
        inputTokens: tokensOf(request.messages.map((message) => message.content).join('\n')),
        cachedInputTokens: undefined,
        outputTokens: tokensOf(answer),
      },
      model: 'scripted',
      ...facts,
    };
  }

  return {
    generate,
    calls,
    servedModels: async () => [{ id: 'scripted', contextTokens: undefined }],
  };
}

/** Four characters a token is the usual rule of thumb for English. */
function tokensOf(text: string): number {
  return Math.ceil(text.length / 4);
}
