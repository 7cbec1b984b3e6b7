/** A date as written. `keys` are its possible meanings, `year-month-day` or `month-day`. */
export type WrittenDate = { readonly start: number; readonly end: number; readonly keys: readonly string[] };

const languages = 'en de fr es it pt nl sv da nb fi pl cs ru'.split(' ');

/** Month names and their short forms, lower case and without a full stop, to the months they may mean (1 to 12). */
const monthNames: ReadonlyMap<string, number> = new Map(
  languages.flatMap((language) =>
    (['long', 'short'] as const).flatMap((month) =>
      Array.from({ length: 12 }, (_, index): readonly [string, number] => {
        // With a day beside it, so that languages with cases give the form that stands in a date.
        const format = new Intl.DateTimeFormat(language, { month, day: 'numeric', timeZone: 'UTC' });
        const part = format.formatToParts(Date.UTC(2026, index, 3)).find(({ type }) => type === 'month');
        return [(part?.value ?? '').toLowerCase().replace(/\.$/u, ''), index + 1];
      }).filter(([name]) => /^\p{L}{3,}$/u.test(name)),
    ),
  ),
);

const names = [...monthNames.keys()].toSorted((a, b) => b.length - a.length).join('|');
const patterns = {
  iso: /(?<!\d)(?<y>\d{4})-(?<m>\d{1,2})-(?<d>\d{1,2})(?!\d)/gu,
  cjk: /(?:(?<y>\d{4})\s?[年년]\s?)?(?<m>\d{1,2})\s?[月월]\s?(?<d>\d{1,2})\s?[日号號일]/gu,
  numeric: /(?<![\d.])(?<a>\d{1,2})[./-]\s?(?<b>\d{1,2})[./-]\s?(?<y>\d{4}|\d{2})(?![\d])/gu,
  dayFirst: new RegExp(
    String.raw`(?<![\d.,])(?<d>\d{1,2})(?:st|nd|rd|th|er|\.|º|ª)?\s(?:of\s|de\s)?(?<n>${names})(?!\p{L})\.?(?:,?\s(?:de\s|del\s)?(?<y>\d{4})(?!\d))?`,
    'giu',
  ),
  monthFirst: new RegExp(
    String.raw`(?<!\p{L})(?<n>${names})\.?\s(?<d>\d{1,2})(?:st|nd|rd|th)?(?![\d.,]\d|\d)(?:,?\s(?<y>\d{4})(?!\d))?`,
    'giu',
  ),
};

const isDay = (month: number, day: number): boolean => month >= 1 && month <= 12 && day >= 1 && day <= 31;

function keyOf(year: string | undefined, month: number, day: number): readonly string[] {
  if (!isDay(month, day)) return [];
  const full = year?.length === 2 ? `20${year}` : year;
  return [full === undefined ? `${month}-${day}` : `${full}-${month}-${day}`];
}

function keysOf({ y, m, d, a, b, n }: Readonly<Record<string, string | undefined>>): readonly string[] {
  if (n !== undefined) return keyOf(y, monthNames.get(n.toLowerCase()) ?? 0, Number(d));
  if (a === undefined) return keyOf(y, Number(m), Number(d));
  return [...keyOf(y, Number(b), Number(a)), ...keyOf(y, Number(a), Number(b))]; // 3/5 is March or May
}

/** Every date with a day and a month in the text: in digits, or with a month's name in fourteen languages. */
export const findDates = (text: string): readonly WrittenDate[] =>
  Object.values(patterns).flatMap((pattern) =>
    Array.from(text.matchAll(pattern), (match) => ({
      start: match.index,
      end: match.index + match[0].length,
      keys: keysOf(match.groups ?? {}),
    })).filter(({ keys }) => keys.length > 0),
  );

/** What a date proves: "5 May 2026" also that it is a 5 May. */
export function provenDates(key: string): readonly string[] {
  const [, month, day] = key.split('-');
  return day === undefined ? [key] : [key, `${month}-${day}`];
}
