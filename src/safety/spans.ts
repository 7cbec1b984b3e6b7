/** Kinds of personal data that can be masked. */
export type PersonalDataKind = 'email' | 'phone' | 'card' | 'iban' | 'key' | 'national-id' | 'ip-address';

/** A place in a text, in UTF-16 units; `end` is behind it. */
export type PersonalDataSpan = { readonly start: number; readonly end: number; readonly kind: PersonalDataKind };

/** Finds one kind of personal data. Spans may overlap with those of other detectors. */
export type Detector = (text: string) => readonly PersonalDataSpan[];

/** A detector of what `pattern` (global) matches and `isReal` believes. The group `data`, if any, is the span. */
export const detectorOf =
  (kind: PersonalDataKind, pattern: RegExp, isReal: (match: string, before: string, after: string) => boolean) =>
  (text: string): readonly PersonalDataSpan[] =>
    [...text.matchAll(pattern)].flatMap((match) => {
      const value = match.groups?.['data'] ?? match[0];
      const start = match.index + match[0].indexOf(value);
      const end = start + value.length;
      return isReal(value, text.slice(0, start), text.slice(end)) ? [{ start, end, kind }] : [];
    });

/** Of spans that overlap, the one whose detector comes first stays. In the order of the text. */
export function withoutOverlaps(byPriority: readonly (readonly PersonalDataSpan[])[]): readonly PersonalDataSpan[] {
  const kept: PersonalDataSpan[] = [];
  for (const span of byPriority.flat()) {
    if (kept.every(({ start, end }) => span.end <= start || span.start >= end)) kept.push(span);
  }
  return kept.toSorted((a, b) => a.start - b.start);
}
