import type { Passage } from '../domain/passage.ts';
import { visibleText } from '../domain/visible-text.ts';
import { detectLanguage, isSameLanguage } from '../lib/language.ts';
import { continueAnswer } from '../llm/continue-answer.ts';
import { completePlanned } from '../llm/fit-window.ts';
import type { Completion, Message } from '../llm/model.ts';
import { estimateMessages, type PromptBasis, promptVersion, withTask } from '../llm/prompt.ts';
import { draftTask, type DraftTaskOptions } from '../llm/tasks.ts';
import type { Inquiry } from './inquiry.ts';
import type { Trace } from './trace.ts';
import { callFor, type Writing, type WritingDeps } from './writing.ts';

/** What the contact may be answered, as the model wrote it. */
export type Draft = {
  /** With citation markers, where there are sources. */
  readonly text: string;
  readonly isCut: boolean;
  /** The language it should be in, by its English name, where it is in another. */
  readonly languageMissed: string | undefined;
  /** What it may cite: `[S1]` is the first. */
  readonly passages: readonly Passage[];
};

/** A shorter reply, of two or three words, tells no language. */
const lettersMin = 30;

/** Whether a text is surely in another language than the contact's. */
export async function isOtherLanguage(text: string, language: string | undefined): Promise<boolean> {
  if (language === undefined || (text.match(/\p{L}/gu) ?? []).length < lettersMin) return false;
  const detected = await detectLanguage(text);
  return detected !== undefined && !isSameLanguage(detected, language);
}

/** Writes the draft; once more when the first one is in a wrong language. @throws ModelError */
export async function draftReply(
  writing: Writing,
  options: Omit<DraftTaskOptions, 'isSecondTry'>,
  deps: WritingDeps,
  trace: Trace,
  signal: AbortSignal,
): Promise<Draft> {
  const { inquiry, language } = writing;
  const { model, settings } = deps;
  const call = callFor(writing, deps, signal);
  const write = async (task: string): Promise<Draft> => {
    const withItsTask = (basis: PromptBasis) => {
      const messages = withTask(basis, task);
      recordPrompt(trace, inquiry, basis, messages);
      return { basis, messages };
    };
    const planned = { prompt: withItsTask(writing.basis), countedTokens: writing.countedTokens };
    const shorter = (tokensMax: number) => withItsTask(writing.build(tokensMax));
    const { prompt, completion: first } = await completePlanned(planned, shorter, settings, deps, call);
    const { basis, messages } = prompt;
    const completion = await continueAnswer(model, { ...settings, messages }, first, call);
    recordCompletion(trace, completion, completion !== first);
    const text = visibleText(completion.text).trim();
    const isOther = await isOtherLanguage(text, inquiry.language);
    const isCut = completion.finishReason.unified === 'length';
    return { text, isCut, languageMissed: isOther ? language : undefined, passages: basis.passages };
  };
  const first = await write(draftTask(language, options));
  if (first.languageMissed === undefined) return first;
  trace.firstCompletion = first.text;
  return await write(draftTask(language, { ...options, isSecondTry: true }));
}

function recordPrompt(
  trace: Trace,
  { language }: Inquiry,
  { exchangesLeftOut }: PromptBasis,
  messages: readonly Message[],
): void {
  const estimatedTokens = estimateMessages(messages);
  Object.assign(trace, { promptVersion, prompt: messages, estimatedTokens, exchangesLeftOut, language });
}

function recordCompletion(trace: Trace, completion: Completion, isContinued: boolean): void {
  trace.completion = completion.text;
  trace.model = completion.model;
  trace.finishReason = completion.finishReason.raw;
  trace.usage = completion.usage;
  if (isContinued) trace.isContinued = true;
}
