import { type Detail, evidenceOf, findDetails } from './details.ts';
import { findMarkers, withoutMarkers } from './markers.ts';
import { splitSentences } from './sentences.ts';

/** What a draft may cite: `[S1]` is the first of them. */
export type CitedPassage = {
  readonly title: string;
  readonly headingPath: readonly string[];
  readonly text: string;
  readonly url: string | undefined;
};

/** What stands against a sentence, found without a model. */
export type CitationFlag =
  | { readonly kind: 'unknown-marker'; readonly marker: string }
  /** Neither the passages that the sentence cites nor the conversation state it. */
  | { readonly kind: 'unproven-detail'; readonly detail: Detail };

export type CheckedSentence = {
  /** Without markers. */
  readonly text: string;
  /** Numbers of passages, from 1; only those that exist. */
  readonly cites: readonly number[];
  readonly flags: readonly CitationFlag[];
};

export type CitationInput = {
  /** The model's text, with its markers. */
  readonly draft: string;
  readonly passages: readonly CitedPassage[];
  /** What else may be taken for true: the conversation, and the team's own facts. */
  readonly known: readonly string[];
  /** Of the draft, ISO 639-1. */
  readonly language: string | undefined;
};

const withoutFragment = (url: string): string => url.replace(/#.*$/u, '');

const textsOf = ({ title, headingPath, text, url }: CitedPassage): readonly string[] => [
  title,
  ...headingPath,
  text,
  ...(url === undefined ? [] : [url, withoutFragment(url)]),
];

/**
 * Holds each sentence of a draft against what it cites. Every marker must name a passage; every exact detail must
 * stand in a passage that the sentence cites, or, where it cites none, in one that the draft cites, or in what is
 * known otherwise. Pure; a model's judgement of the meaning comes on top.
 */
export function checkCitations({ draft, passages, known, language }: CitationInput): readonly CheckedSentence[] {
  const exists = (number: number): boolean => number >= 1 && number <= passages.length;
  const citedByDraft = citedNumbers(draft).filter(exists);
  const knownEvidence = evidenceOf(known);
  const evidenceOfPassage = passages.map((passage) => evidenceOf(textsOf(passage)));
  const isStated = (detail: Detail, numbers: readonly number[]): boolean =>
    [knownEvidence, ...numbers.map((number) => evidenceOfPassage[number - 1])].some((evidence) =>
      evidence?.states(detail),
    );
  const checked = splitSentences(draft, language).map(({ text }): CheckedSentence => {
    const markers = findMarkers(text);
    const unknown = markers
      .filter(({ numbers }) => !numbers.every(exists))
      .map(({ text: marker }): CitationFlag => ({ kind: 'unknown-marker', marker }));
    const cites = [...new Set(markers.flatMap(({ numbers }) => numbers))].filter(exists);
    const clean = withoutMarkers(text);
    const unproven = findDetails(clean)
      .filter((detail) => !isStated(detail, cites.length > 0 ? cites : citedByDraft))
      .map((detail): CitationFlag => ({ kind: 'unproven-detail', detail }));
    return { text: clean, cites, flags: [...unknown, ...unproven] };
  });
  return checked.filter(({ text, flags }) => text !== '' || flags.length > 0); // a list of sources says nothing itself
}

/** The passages that a text cites, each once, in the order of the text; also such as don't exist. */
export const citedNumbers = (text: string): readonly number[] => [
  ...new Set(findMarkers(text).flatMap(({ numbers }) => numbers)),
];
