/**
 * Citation markers in a model's text: `[S1]` names the first passage of the prompt. Models write them in several
 * ways, `[s1]`, `[S1, S3]`, `【S2】`, `([S1])`, `[S1](https://…)`; all are read, and all are taken out of what a
 * person copies.
 */

const one = String.raw`[[［【]\s*S\s?\d{1,3}(?:\s*(?:[,;&、，–-]|and|und|et|y|e)\s*S?\s?\d{1,3})*\s*[\]］】](?:\(https?:[^\s()]*\))?`;
const marker = new RegExp(one, 'giu');
const markerRun = new RegExp(String.raw`(?:[ \t]*\((?:[\s,;]*${one})+[\s,;]*\)|(?:[ \t]*[,;]?[ \t]*${one})+)`, 'giu');
const referenceLine = new RegExp(String.raw`^[ \t]*(?:[-*•][ \t]*)?${one}[ \t]*[:：–-].*$\n?`, 'gimu');
const referenceHeading =
  /^[ \t]*\**(?:sources?|references?|citations?|quellen?|fuentes?|fonti|bronnen)\**[ \t]*:\**[\s,;]*$\n?/gimu;

const isLetter = /^[\p{Lu}\p{Ll}\d*]/u;

/** A place where the text cites; `numbers` are those of the passages, from 1. */
export type Marker = {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly numbers: readonly number[];
};

/** Every marker in the text, in order. */
export const findMarkers = (text: string): readonly Marker[] =>
  Array.from(text.matchAll(marker), (match) => ({
    start: match.index,
    end: match.index + match[0].length,
    text: match[0],
    numbers: (match[0].replace(/\(https?:.*$/u, '').match(/\d+/g) ?? []).map(Number),
  }));

/** The same text with a space for each character of a marker, so that every other character keeps its place. */
export const blankMarkers = (text: string): string => text.replaceAll(marker, (found) => ' '.repeat(found.length));

function removeOnce(text: string): string {
  return text
    .replaceAll(referenceLine, '')
    .replaceAll(markerRun, (run, offset: number, whole: string) =>
      isLetter.test(whole.slice(offset + run.length)) && offset > 0 && whole[offset - 1] !== '\n' ? ' ' : '',
    )
    .replaceAll(referenceHeading, '')
    .replaceAll(/^[ \t]+$/gmu, '');
}

/**
 * The text as a person copies it: without markers, and without a list of sources at its end. Taking one marker
 * out may put another together (`[S[S1]1]`), so it goes on until none is left.
 */
export function withoutMarkers(text: string): string {
  let before = text;
  let after = removeOnce(text);
  while (after !== before) [before, after] = [after, removeOnce(after)];
  return after.replaceAll(/\n{3,}/g, '\n\n').trim();
}
