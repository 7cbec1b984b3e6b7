import { findDates, provenDates } from './dates.ts';
import { numberPattern, numbersIn, readNumber } from './numbers.ts';

/** What must never be invented, as a note names it. */
export type DetailKind =
  | 'link'
  | 'e-mail address'
  | 'date'
  | 'price'
  | 'percentage'
  | 'phone number'
  | 'version'
  | 'number'
  | 'label';

/** Something exact that a text states. Two details say the same when they are of one kind and share a key. */
export type Detail = { readonly kind: DetailKind; readonly text: string; readonly keys: readonly string[] };

type Found = { readonly start: number; readonly end: number; readonly keys: readonly string[] };

const linkPattern =
  /(?<![\p{L}\d])https?:\/\/[^\s<>"'“”„«»‘’()[\]{}]*[^\s<>"'“”„«»‘’()[\]{}.,;:!?…*_~]|(?<![\p{L}\d.-])(?:www\.)?(?:[\p{L}\d](?:[\p{L}\d-]*[\p{L}\d])?\.)+(?:com|org|net|io|dev|app|ai|eu|de|fr|es|it|nl|uk|ch|at|be|se|fi|no|dk|pl|cz|pt|ru|jp|cn|us|ca|au|example|help|support|shop)\b(?:\/[^\s<>"'“”„«»‘’()[\]{}]*)?/giu;
const emailPattern = /(?<![\p{L}\d._%+-])[\p{L}\d._%+-]+@(?:[\p{L}\d-]+\.)+\p{L}{2,24}/giu;
const phonePattern =
  /(?<![\p{L}\d.,-])(?:\+|00|\(?0)[\d\s()/.-]{5,22}\d(?![\d-])|(?<![\p{L}\d.,-])\(?\d{3}\)?[\s.-]\d{3}[\s.-]\d{4}(?!\d)/gu;
const versionPattern =
  /\b(?:v\.?\s?|versione?n?\s|versión\s|version:\s)(\d+(?:\.\d+)*)\b|(?<![\d.])\d+(?:\.\d+){2,3}(?![\d.])/giu;
const percentPattern = new RegExp(
  String.raw`(?<!\d)(${numberPattern})\s?(?:%|％|percent\b|per\scent\b|prozent\b|pour\scent\b|por\sciento\b|por\scento\b|per\scento\b|procent\b|процент|パーセント)`,
  'giu',
);

/** Signs and words of money to the code of the currency. */
const currencies: ReadonlyMap<string, string> = new Map([
  ...['€', 'eur', 'euro', 'euros'].map((sign) => [sign, 'EUR'] as const),
  ...['$', 'us$', 'usd', 'dollar', 'dollars'].map((sign) => [sign, 'USD'] as const),
  ...['£', 'gbp', 'pound', 'pounds'].map((sign) => [sign, 'GBP'] as const),
  ...['¥', '￥', '円', 'jpy', 'yen'].map((sign) => [sign, 'JPY'] as const),
  ...['chf', 'sfr', 'franken', 'francs'].map((sign) => [sign, 'CHF'] as const),
  ...['kr', 'sek', 'nok', 'dkk', 'kronor', 'kroner'].map((sign) => [sign, 'kr'] as const),
  ...['zł', 'pln'].map((sign) => [sign, 'PLN'] as const),
  ...['kč', 'czk'].map((sign) => [sign, 'CZK'] as const),
  ...['₹', 'inr', '₽', 'rub', '元', 'cny', 'cad', 'aud', '₩'].map((sign) => [sign, sign.toUpperCase()] as const),
]);
const currencyPattern = [...currencies.keys()]
  .toSorted((a, b) => b.length - a.length)
  .map((sign) => (/^\p{L}+$/u.test(sign) ? String.raw`(?<!\p{L})${sign}(?!\p{L})` : RegExp.escape(sign)))
  .join('|');
const pricePattern = new RegExp(
  String.raw`(?<c>${currencyPattern})\s?(?<n>${numberPattern})|(?<!\d)(?<m>${numberPattern})(?:,-|,–)?\s?(?<d>${currencyPattern})`,
  'giu',
);

const quotePattern =
  /“([^“”\n]+)”|„([^„“”\n]+)[“”]|"([^"\n]+)"|«([^«»\n]+)»|‹([^‹›\n]+)›|「([^「」\n]+)」|`([^`\n]+)`|\*\*([^*\n]+)\*\*/gu;
/** Longer ones are quotations or emphasis, not the label of a button or a menu. */
const labelCharsMax = 60;

const letters = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s\p{P}\p{S}]+/gu, ' ')
    .trim();

/** The address without what may differ: `www.`, the protocol, a slash at the end. */
const linkKey = (link: string): string =>
  link
    .toLowerCase()
    .replace(/^https?:\/\//u, '')
    .replace(/^www\./u, '')
    .replace(/[.,;:!?…*_~]+$/u, '')
    .replace(/\/$/u, '');

const numberKeys = (written: string): readonly string[] => readNumber(written).map(String);

function findPrices(text: string): readonly Found[] {
  return Array.from(text.matchAll(pricePattern), ({ 0: whole, index, groups: { c, d, n, m } = {} }) => {
    const currency = currencies.get((c ?? d ?? '').toLowerCase()) ?? '';
    const keys = numberKeys(n ?? m ?? '').map((value) => `${currency} ${value}`);
    return { start: index, end: index + whole.length, keys };
  });
}

const findAll = (
  text: string,
  pattern: RegExp,
  keysOf: (match: RegExpExecArray) => readonly string[],
): readonly Found[] =>
  Array.from(text.matchAll(pattern), (match) => ({
    start: match.index,
    end: match.index + match[0].length,
    keys: keysOf(match),
  }));

const withoutListNumbers = (text: string): string =>
  text.replaceAll(/^[ \t>]*(?:[-*•][ \t]*)?\d{1,3}[.)](?=\s)/gmu, (found) => ' '.repeat(found.length));

/** In this order: what one has found, the next does not look at. */
const finders: readonly (readonly [DetailKind, (text: string) => readonly Found[]])[] = [
  ['e-mail address', (text) => findAll(text, emailPattern, ([found]) => [found.toLowerCase()])],
  ['link', (text) => findAll(text, linkPattern, ([found]) => [linkKey(found)])],
  ['date', findDates],
  ['price', findPrices],
  ['percentage', (text) => findAll(text, percentPattern, ([, number = '']) => numberKeys(number))],
  [
    'phone number',
    (text) => findAll(text, phonePattern, ([found]) => [found.replaceAll(/\D/g, '').replace(/^00/, '')]),
  ],
  ['version', (text) => findAll(text, versionPattern, ([found, number = found]) => [number])],
  [
    'number',
    (text) => findAll(withoutListNumbers(text), new RegExp(numberPattern, 'gu'), ([found]) => numberKeys(found)),
  ],
];

function findLabels(text: string): readonly Detail[] {
  return Array.from(text.matchAll(quotePattern), ([, ...groups]) => groups.find((group) => group !== undefined) ?? '')
    .filter((label) => label.length <= labelCharsMax && /\p{L}/u.test(label))
    .flatMap((label) => label.split(/\s*[>→›|]\s*/u))
    .filter((label) => /\p{L}/u.test(label) && !/@|:\/\//u.test(label))
    .map((label) => ({ kind: 'label', text: label, keys: [letters(label)] }));
}

/**
 * Every link, e-mail address, date, price, percentage, phone number, version and number of a text, and every quoted or
 * bold label, in the order of their kinds. Each stretch of the text gives one detail at most, labels apart.
 */
export function findDetails(text: string): readonly Detail[] {
  const found: Detail[] = [];
  let rest = text;
  for (const [kind, find] of finders) {
    const here = find(rest).filter(({ keys }) => keys.length > 0);
    found.push(...here.map(({ start, end, keys }) => ({ kind, text: text.slice(start, end).trim(), keys })));
    rest = blankOut(rest, here);
  }
  return [...found, ...findLabels(text)];
}

/** The text with a character that matches nothing in the place of each found one. */
function blankOut(text: string, found: readonly Found[]): string {
  const pieces: string[] = [];
  let from = 0;
  for (const { start, end } of found.toSorted((a, b) => a.start - b.start)) {
    if (end <= from) continue;
    pieces.push(text.slice(from, Math.max(start, from)), '\u0001'.repeat(end - Math.max(start, from)));
    from = end;
  }
  return [...pieces, text.slice(from)].join('');
}

/** Tells whether a text that may be trusted states a detail as well. */
export type Evidence = { readonly states: (detail: Detail) => boolean };

/** What these texts prove. Labels are looked for anywhere in them, whatever the quotes; numbers within prices too. */
export function evidenceOf(texts: readonly string[]): Evidence {
  const text = texts.join('\n');
  const proven = new Set(
    findDetails(text).flatMap(({ kind, keys }) =>
      keys.flatMap((key) => (kind === 'date' ? provenDates(key) : [key])).map((key) => `${kind} ${key}`),
    ),
  );
  const numbers = numbersIn(text);
  const digits = text.replaceAll(/[^\p{L}\d\n]/gu, '');
  const words = ` ${letters(text)} `;
  return {
    states: ({ kind, keys }) =>
      keys.some((key) => {
        if (kind === 'label') return key === '' || words.includes(` ${key} `);
        if (kind === 'number') return numbers.has(Number(key));
        return proven.has(`${kind} ${key}`) || (kind === 'phone number' && digits.includes(key));
      }),
  };
}
