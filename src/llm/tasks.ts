import { findMarkers, withoutMarkers } from '../domain/citations/markers.ts';
import { untrusted } from '../domain/untrusted.ts';

/**
 * What the model is asked to do, at the very end of a prompt: all that stands before is the same for each task of a
 * turn, so that a server which caches prefixes reads it once. No task holds a parenthesis or an empty line of its own.
 */

/** Every task begins so; the words before it are the conversation's. */
export const taskStart = '(Task from the support team: ';

const task = (words: string): string => `${taskStart}${words})`;

/** English name of a language, such as "German"; undefined: the contact's own. */
type LanguageName = string | undefined;

const languageOf = (language: LanguageName): string => `Language: ${language ?? 'the one the customer writes in'}.`;

export type DraftTaskOptions = {
  /** The passages do not hold the whole answer. */
  readonly isPartly?: boolean;
  /** A first draft was in another language. */
  readonly isSecondTry?: boolean;
};

export function draftTask(language: LanguageName, options: DraftTaskOptions = {}): string {
  const words = ["write the reply to the customer's message above."];
  if (options.isPartly === true) {
    words.push(
      'The passages answer only part of it: say which detail is missing, ask for it or promise to find it out, and do not guess it.',
    );
  }
  words.push(languageOf(language));
  if (options.isSecondTry === true)
    words.push(
      `Your first draft was in another language: write every sentence in ${language ?? 'the one of the customer'}.`,
    );
  return task(words.join(' '));
}

export const answerabilityTask = (): string =>
  task(
    "judge whether the passages, the conversation and the facts of the team hold what a reply to the customer's message above needs. " +
      'yes: they hold every fact that a full answer needs, or the message asks for none, as a thank-you does. ' +
      'partly: they hold some of these facts. no: they hold none of them. ' +
      'A passage about a similar subject that does not answer the question counts as none. A passage may be in another language than the message.',
  );

export const findingsTask = (language: LanguageName): string =>
  task(
    "the passages do not answer the customer's message above, so write no reply but findings for the teammate who will. " +
      'known: what the passages and the conversation do say about it, each as one short English sentence with its marker. ' +
      'missing: what is not known and must be found out, each as one short English phrase. ' +
      'question: one short message to the customer that asks for what they can tell us, ready to send, without facts and markers. ' +
      `${languageOf(language)} It holds for the question alone.`,
  );

/** For search by words, in a language other than the contact's. */
export const searchQueryTask = (language: string): string =>
  task(
    `say in ${language}, in one or two sentences, what the customer's message above asks, as an article about it would put it. ` +
      'Keep the names of products, codes, error texts and numbers as they stand there. Do not answer it.',
  );

/** A draft may repeat what a contact planted; only the markers in it are its own. */
function asLine(sentence: string): string {
  const cited = [...new Set(findMarkers(sentence).flatMap(({ numbers }) => numbers))];
  const words = untrusted(withoutMarkers(sentence))
    .replaceAll(/[\s()]+/gu, ' ')
    .trim();
  return [words, ...cited.map((number) => `[S${number}]`)].join(' ');
}

export const supportTask = (sentences: readonly string[]): string =>
  task(
    'check each sentence of this draft against the passages, the conversation and the facts of the team. ' +
      'supported: they say so. contradicted: they say otherwise. not-in-text: they do not say it. ' +
      'no-claim: it states no fact, as a greeting, a question or a promise to look into something.\n' +
      sentences.map((sentence, index) => `${index + 1}. ${asLine(sentence)}`).join('\n'),
  );

export const summaryTask = (): string =>
  task(
    'the conversation goes to a teammate who has not read it. Write no reply but a summary for them, in English and in at most three sentences: ' +
      'what the customer wants, what they were told so far, and what is open. Name no facts that do not stand above.',
  );
