import { z } from 'zod';
import { withoutMarkers } from '../domain/citations/markers.ts';
import { visibleText } from '../domain/visible-text.ts';
import { answerJson } from '../llm/decide.ts';
import { ModelError } from '../llm/model.ts';
import { estimateMessages, promptVersion, withTask } from '../llm/prompt.ts';
import { findingsTask } from '../llm/tasks.ts';
import { type Draft, isOtherLanguage } from './draft.ts';
import type { Trace } from './trace.ts';
import { callFor, type Writing, type WritingDeps } from './writing.ts';

/** What a teammate is told where the sources have no answer. */
export type Findings = {
  /** Sentences with markers, in English as the rest of the note. */
  readonly known: readonly string[];
  readonly missing: readonly string[];
  /** False: what is to be copied from the note says only that there is no draft. */
  readonly hasQuestion: boolean;
};

/** In place of a draft: findings, and as the draft a question that the contact can be asked. */
export type FoundOut = { readonly draft: Draft; readonly findings: Findings };

const sentences = z.array(z.string());
const Answer = z.strictObject({ known: sentences, missing: sentences, question: z.string() });
const entriesMax = 5;

const entries = (texts: readonly string[]): readonly string[] =>
  texts
    .map((text) => visibleText(text).replaceAll(/\s+/gu, ' ').trim())
    .filter((text) => text !== '')
    .slice(0, entriesMax);

/** Stands where a teammate would copy a text from. */
const noQuestion = 'There is no draft: the sources do not answer this, and the model had no question to ask.';

/** Writes findings. A model that can't give them leaves the articles found. @throws ModelError when it can't be reached */
export async function writeFindings(
  writing: Writing,
  deps: WritingDeps,
  trace: Trace,
  signal: AbortSignal,
): Promise<FoundOut> {
  const { basis, inquiry, language } = writing;
  const { model, settings } = deps;
  const messages = withTask(basis, findingsTask(language));
  const { exchangesLeftOut } = basis;
  const estimatedTokens = estimateMessages(messages);
  Object.assign(trace, {
    promptVersion,
    prompt: messages,
    estimatedTokens,
    exchangesLeftOut,
    language: inquiry.language,
  });
  const answer = await ask();
  const question = withoutMarkers(visibleText(answer.question));
  const text = question === '' ? noQuestion : question;
  const isOther = question !== '' && (await isOtherLanguage(question, inquiry.language));
  const languageMissed = isOther ? language : undefined;
  return {
    draft: { text, isCut: false, languageMissed, passages: basis.passages },
    findings: { known: entries(answer.known), missing: entries(answer.missing), hasQuestion: question !== '' },
  };

  async function ask(): Promise<z.infer<typeof Answer>> {
    const format = { name: 'findings', messages, schema: Answer, outputTokensMax: settings.outputTokensMax };
    try {
      const { value, model: name, usage } = await answerJson(model, format, callFor(writing, deps, signal));
      Object.assign(trace, { completion: JSON.stringify(value), model: name, usage });
      return value;
    } catch (error) {
      const isUseless = error instanceof ModelError && ['broken-answer', 'empty', 'run-away'].includes(error.kind);
      if (!isUseless) throw error;
      return { known: [], missing: [], question: '' };
    }
  }
}
