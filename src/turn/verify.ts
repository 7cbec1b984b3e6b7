import { z } from 'zod';
import { type JudgedSentence, type Rating, rateDraft, type Support } from '../domain/band.ts';
import { checkCitations, type CheckedSentence } from '../domain/citations/check-citations.ts';
import { answerJson } from '../llm/decide.ts';
import { withTask } from '../llm/prompt.ts';
import { supportTask } from '../llm/tasks.ts';
import type { Draft } from './draft.ts';
import type { Findings } from './findings.ts';
import type { Judgement } from './judge.ts';
import type { Trace } from './trace.ts';
import { callFor, withoutTrouble, type Writing, type WritingDeps } from './writing.ts';

/** How far a draft may be trusted, and why. */
export type Assessment = {
  readonly sentences: readonly JudgedSentence[];
  readonly rating: Rating;
};

export type VerifyInput = {
  readonly draft: Draft;
  readonly findings: Findings | undefined;
  readonly answerability: Judgement | undefined;
  /** What other checks say against the draft. */
  readonly cautions: readonly string[];
};

const verdicts = ['supported', 'contradicted', 'not-in-text', 'no-claim'] as const satisfies readonly Support[];

/** More sentences than any reply has; the rest is left unjudged, which the band says. */
const sentencesMax = 30;
const tokensPerSentence = 12;

/**
 * Holds the draft against its sources: by rules first, then sentence by sentence by the model, in one call. Where the
 * model gives no verdict the draft is rated without, and the note says so. @throws ModelError when stopped
 */
export async function verify(
  input: VerifyInput,
  writing: Writing,
  deps: WritingDeps,
  trace: Trace,
  signal: AbortSignal,
): Promise<Assessment> {
  const { draft, findings, answerability, cautions } = input;
  const { language, known } = writing.inquiry;
  const { passages } = draft;
  const checkText = (text: string): readonly CheckedSentence[] =>
    checkCitations({ draft: text, passages, known, language });
  if (findings !== undefined) {
    const checked = [draft.text, ...findings.known].flatMap(checkText);
    const sentences = checked.map((sentence): JudgedSentence => ({ ...sentence, support: 'no-claim' }));
    return record(
      { sentences, rating: rateDraft({ answerability, sentences, isSupportChecked: true, cautions }) },
      trace,
    );
  }
  const checked = checkText(draft.text);
  const supports = await checkSupport(checked, writing, deps, trace, signal);
  const sentences = checked.map((sentence, index): JudgedSentence => ({ ...sentence, support: supports?.[index] }));
  const isSupportChecked = supports !== undefined;
  return record({ sentences, rating: rateDraft({ answerability, sentences, isSupportChecked, cautions }) }, trace);
}

function record(assessment: Assessment, trace: Trace): Assessment {
  trace.sentences = assessment.sentences;
  trace.rating = assessment.rating;
  return assessment;
}

/** The model's verdict on each sentence, in their order. */
async function checkSupport(
  checked: readonly CheckedSentence[],
  writing: Writing,
  deps: WritingDeps,
  trace: Trace,
  signal: AbortSignal,
): Promise<readonly Support[] | undefined> {
  const texts = checked.slice(0, sentencesMax).map(({ text }) => text);
  if (texts.length === 0) return [];
  const keys = texts.map((_, index) => String(index + 1));
  const schema = z.strictObject(Object.fromEntries(keys.map((key) => [key, z.enum(verdicts)])));
  const question = {
    name: 'support',
    messages: withTask(writing.basis, supportTask(texts)),
    schema,
    outputTokensMax: 20 + keys.length * tokensPerSentence,
  };
  const answer = await withoutTrouble(
    async () => await answerJson(deps.model, question, callFor(writing, deps, signal)),
    (reason) => void (trace.supportCheck = { failed: reason }),
  );
  if (answer === undefined) return undefined;
  return keys.flatMap((key) => answer.value[key] ?? []);
}
