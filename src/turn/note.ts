import type { TurnId } from '../domain/ids.ts';
import { escapeHtml, noteHtml } from '../intercom/note-html.ts';

/** Intercom documents no limit for a part's body; this is far above any real draft. */
const draftHtmlCharsMax = 20_000;

/**
 * The note: the draft first, so that it can be copied in one go; then, apart from it, what the teammate
 * should know; in the last line the turn's code, by which we find our own note again.
 */
export function renderNote(draft: string, cautions: readonly string[], turnId: TurnId): string {
  const remarks = cautions.map((caution) => `<p><i>${escapeHtml(caution)}</i></p>`);
  return [
    noteHtml(draft, { bodyCharsMax: draftHtmlCharsMax }),
    '<p>———</p>',
    ...remarks,
    `<p><i>AI draft by Sidenote, only teammates see this note · turn ${turnId}</i></p>`,
  ].join('');
}

/** A reply is the draft and nothing else: the contact reads it. */
export const renderReply = (draft: string): string => noteHtml(draft, { bodyCharsMax: draftHtmlCharsMax });
