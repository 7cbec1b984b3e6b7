/** The part of a note below the draft, in our own words: where each sentence comes from, and what to look at. */
import type { JudgedSentence } from '../domain/band.ts';
import { citedNumbers } from '../domain/citations/check-citations.ts';
import { withoutMarkers } from '../domain/citations/markers.ts';
import type { Passage } from '../domain/passage.ts';
import { escapeHtml, linkHtml } from '../intercom/note-html.ts';
import type { Findings } from './findings.ts';
import type { Assessment } from './verify.ts';

/** What a draft stands on. */
export type Grounding = {
  /** What the draft may cite: number 1 is the first. */
  readonly passages: readonly Passage[];
  readonly internal: readonly Passage[];
  /** Given instead of a draft. */
  readonly findings: Findings | undefined;
  readonly assessment: Assessment;
};

const quoteCharsMax = 160;
const quotesPerSourceMax = 3;
const unsupportedMax = 8;

const heading = (text: string): string => `<p><b>${escapeHtml(text)}</b></p>`;
const list = (items: readonly string[]): string => `<ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul>`;
const section = (title: string, items: readonly string[]): string =>
  items.length === 0 ? '' : heading(title) + list(items);

function clipped(text: string): string {
  const plain = text.replaceAll(/[*`]/g, '').replaceAll(/\s+/gu, ' ').trim();
  return plain.length <= quoteCharsMax
    ? plain
    : `${plain
        .slice(0, quoteCharsMax - 1)
        .toWellFormed()
        .trimEnd()}…`;
}
const quoted = (text: string): string => `“${escapeHtml(clipped(text))}”`;

/** The passage as a link to its section. */
const sourceLink = ({ title, headingPath, url }: Passage): string => linkHtml([title, ...headingPath].join(' › '), url);

/** Why a sentence is not to be trusted; undefined when nothing stands against it. */
function objection({ support, flags }: JudgedSentence): string | undefined {
  const said = [
    ...(support === 'contradicted' ? ['the sources say otherwise'] : []),
    ...(support === 'not-in-text' ? ['the sources do not say it'] : []),
    ...flags.map((flag) =>
      flag.kind === 'unknown-marker'
        ? `it cites ${flag.marker}, which does not exist`
        : `${flag.detail.kind} “${flag.detail.text}” is in no source cited and not in the conversation`,
    ),
  ];
  return said.length === 0 ? undefined : said.join('; ');
}

/** Each passage that the draft cites, with the sentences that it supports. */
export function sourcesHtml({ passages, assessment }: Grounding): string {
  const items = passages.flatMap((passage, index) => {
    const citing = assessment.sentences.filter(({ cites }) => cites.includes(index + 1));
    if (citing.length === 0) return [];
    const supported = citing.filter((sentence) => objection(sentence) === undefined);
    const quotes = supported.slice(0, quotesPerSourceMax).map(({ text }) => quoted(text));
    return [[sourceLink(passage), ...(quotes.length > 0 ? [quotes.join(' ')] : [])].join(': ')];
  });
  return section('Sources', items);
}

/** The sentences that lack support, each with why. */
export function unsupportedHtml(sentences: readonly JudgedSentence[]): string {
  const items = sentences.flatMap((sentence) => {
    const why = objection(sentence);
    return why === undefined ? [] : [`${quoted(sentence.text)}: ${escapeHtml(why)}`];
  });
  return section('Not supported', items.slice(0, unsupportedMax));
}

/** What is known, what is missing, and the articles that come near. */
export function findingsHtml({ known, missing, hasQuestion }: Findings, passages: readonly Passage[]): string {
  const statement = (text: string): string => {
    const sources = citedNumbers(text).flatMap((number) => passages[number - 1] ?? []);
    return [escapeHtml(clipped(withoutMarkers(text))), ...sources.map((passage) => `(${sourceLink(passage)})`)].join(
      ' ',
    );
  };
  const nearest = [...new Map(passages.map((passage) => [passage.documentId, passage])).values()];
  return [
    `<p><b>Findings instead of a draft:</b> the sources do not answer this.${hasQuestion ? ' Above is a question to ask the customer.' : ''}</p>`,
    section('Known', known.map(statement)),
    section(
      'Missing',
      missing.map((text) => escapeHtml(clipped(withoutMarkers(text)))),
    ),
    section('Nearest articles', nearest.map(sourceLink)),
  ].join('');
}

/** Internal passages, for teammates alone. The model has not seen them. */
export const internalHtml = (internal: readonly Passage[]): string =>
  section(
    'Internal, not for the customer',
    internal.map((passage) => `${sourceLink(passage)}: ${quoted(passage.text)}`),
  );
