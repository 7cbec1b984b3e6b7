import type { Band } from '../domain/band.ts';
import { withoutMarkers } from '../domain/citations/markers.ts';
import type { TurnId } from '../domain/ids.ts';
import type { LinkRule } from '../domain/link-rule.ts';
import { limitLinks } from '../intercom/limit-links.ts';
import { escapeHtml, noteHtml } from '../intercom/note-html.ts';
import type { Draft } from './draft.ts';
import type { Findings } from './findings.ts';
import { findingsHtml, type Grounding, internalHtml, sourcesHtml, unsupportedHtml } from './note-sources.ts';
import type { Grounds } from './retrieve.ts';
import type { Assessment } from './verify.ts';

/** Intercom documents no limit for a part's body; this is far above any real draft. */
const draftHtmlCharsMax = 20_000;

/** All that a note shows. */
export type NoteContent = {
  /** What a teammate copies: no markers, nothing that is not for the contact. */
  readonly text: string;
  /** What a teammate should know; any of them keeps the draft from being sent as a reply. */
  readonly cautions: readonly string[];
  /** undefined: the team has given no sources. */
  readonly grounding: Grounding | undefined;
  /** Where its links may lead. */
  readonly links: LinkRule;
};

export type NoteContentInput = {
  readonly draft: Draft;
  readonly findings: Findings | undefined;
  readonly cautions: readonly string[];
  readonly grounds: Grounds | undefined;
  readonly assessment: Assessment | undefined;
  readonly links: LinkRule;
};

/** Puts a note's content together from what the stages gave. */
export function noteContent(input: NoteContentInput): NoteContent {
  const { draft, findings, cautions, grounds, assessment, links } = input;
  if (grounds === undefined || assessment === undefined)
    return { text: draft.text, cautions, grounding: undefined, links };
  const { passages } = draft;
  const grounding = { passages, internal: grounds.internal, findings, assessment };
  return { text: withoutMarkers(draft.text), cautions, grounding, links };
}

const names: Record<Band, string> = { green: 'Green', amber: 'Amber', red: 'Red' };

const italic = (text: string): string => `<p><i>${escapeHtml(text)}</i></p>`;

function groundingHtml(grounding: Grounding, links: LinkRule): string {
  const { band, reasons } = grounding.assessment.rating;
  const urls = new Set([...grounding.passages, ...grounding.internal].map(({ url }) => url));
  const html = [
    grounding.findings === undefined ? sourcesHtml(grounding) : findingsHtml(grounding.findings, grounding.passages),
    unsupportedHtml(grounding.assessment.sentences),
    internalHtml(grounding.internal),
    `<p><b>${names[band]}:</b> ${escapeHtml(reasons.join(' '))}</p>`,
  ].join('');
  return limitLinks(html, (url) => urls.has(url) || links.allows(url));
}

/**
 * The note: the draft first, so that it can be copied in one go; then, apart from it, what it stands on, what stands
 * against it, and its band; above them who has the conversation now, where it was handed over; in the last line the
 * turn's code, by which we find our own note again.
 */
export function renderNote(
  { text, cautions, grounding, links }: NoteContent,
  turnId: TurnId,
  handOver: readonly string[] = [],
): string {
  // The band's reasons say every caution that was known when the draft was rated.
  const rated = new Set(grounding?.assessment.rating.reasons);
  return [
    noteHtml(text, { bodyCharsMax: draftHtmlCharsMax, allowsLink: links.allows }),
    '<p>———</p>',
    ...handOver.map((line) => `<p><b>${escapeHtml(line)}</b></p>`),
    grounding === undefined ? '' : groundingHtml(grounding, links),
    ...cautions.filter((caution) => !rated.has(caution)).map(italic),
    italic(`AI draft by Sidenote, only teammates see this note · turn ${turnId}`),
  ].join('');
}

/** A reply is the draft, and below it what the team wants said of who wrote it. The contact reads it. */
export const renderReply = ({ text, links }: NoteContent, closing: string): string =>
  noteHtml(text, { bodyCharsMax: draftHtmlCharsMax, allowsLink: links.allows }) +
  (closing === '' ? '' : italic(closing));
