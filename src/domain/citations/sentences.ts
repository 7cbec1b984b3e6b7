import { blankMarkers } from './markers.ts';

/** A sentence of a text, as the slice from `start` to `end`, which holds the markers that follow it. */
export type Sentence = { readonly text: string; readonly start: number; readonly end: number };

/** Where a full stop after a number makes an ordinal: "am 5. Mai". */
const ordinalLanguages: ReadonlySet<string> = new Set('cs da de et fi hr hu lv nb nn no pl sk sl sr tr'.split(' '));

const abbreviation =
  /(?:^|[\s(„“"])(?:\p{L}|e\.g|i\.e|z\.\s?b|d\.\s?h|u\.\s?a|p\.\s?ex|o\.\s?a|nr|approx|ca|bzw|inkl|zzgl|str|tel|dr|mr|mrs|ms|prof|st|vs|núm|pág|sr|sra|dott|sig|bijv|np)\.\s*$/iu;
const ordinal = /(?:^|\s)\d{1,2}\.\s*$/u;
const listNumber = /^\s*(?:[-*•]\s*)?\d{1,3}[.)]\s*$/u;
const hasWords = /[\p{L}\p{N}]/u;

const segmenterFor = (language: string | undefined): Intl.Segmenter =>
  new Intl.Segmenter(language !== undefined && /^[a-z]{2,3}$/.test(language) ? language : 'en', {
    granularity: 'sentence',
  });

/** Whether a break of the segmenter's between `before` and `after` is none. */
function isJoined(before: string, after: string, language: string | undefined): boolean {
  if (!hasWords.test(before) || !hasWords.test(after) || listNumber.test(before)) return true;
  if (/^\p{Ll}/u.test(after.trimStart())) return true;
  if (abbreviation.test(before)) return true;
  return language !== undefined && ordinalLanguages.has(language) && ordinal.test(before);
}

function splitLine(line: string, segmenter: Intl.Segmenter, language: string | undefined): readonly number[] {
  const ends: number[] = [];
  let start = 0;
  for (const { index, segment } of segmenter.segment(line)) {
    const before = line.slice(start, index);
    if (index > 0 && !isJoined(before, segment, language)) {
      ends.push(index);
      start = index;
    }
  }
  return [...ends, line.length];
}

const sentenceAt = (text: string, start: number, end: number): Sentence => ({
  text: text.slice(start, end),
  start,
  end,
});

/**
 * The sentences of a reply in plain text or Markdown. A line break always ends one; markers belong to the sentence
 * before them, also when they stand alone in a line. What has no letter and no digit is left out; every other
 * character lies in exactly one sentence. `language` is ISO 639-1.
 */
export function splitSentences(text: string, language: string | undefined): readonly Sentence[] {
  const segmenter = segmenterFor(language);
  // Neither a marker nor an emphasis may stand between a full stop and the space after it.
  const plain = blankMarkers(text).replaceAll(/[*_]/g, ' ');
  const sentences: Sentence[] = [];
  let offset = 0;
  for (const line of plain.split('\n')) {
    let start = 0;
    for (const end of splitLine(line, segmenter, language)) {
      const slice = text.slice(offset + start, offset + end);
      const last = sentences.at(-1);
      const from = offset + start + slice.length - slice.trimStart().length;
      const to = offset + start + slice.trimEnd().length;
      if (hasWords.test(line.slice(start, end))) sentences.push(sentenceAt(text, from, to));
      else if (last !== undefined && hasWords.test(slice)) sentences.splice(-1, 1, sentenceAt(text, last.start, to));
      start = end;
    }
    offset += line.length + 1;
  }
  return sentences;
}
