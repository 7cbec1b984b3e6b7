import { isValidIBAN } from 'ibantools';
import { type Detector, detectorOf } from './spans.ts';

const digitsOf = (text: string): string => text.replaceAll(/\D/g, '');

/** The check that ends a card's number: ISO/IEC 7812-1, annex B. */
function isLuhn(digits: string): boolean {
  let sum = 0;
  for (const [index, digit] of Array.from(digits).toReversed().entries()) {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

/**
 * Beginnings of the schemes' numbers with their lengths, as the schemes publish them. Without them one in ten build
 * numbers and timestamps would pass for a card.
 */
const schemes: readonly { readonly beginning: RegExp; readonly lengths: readonly number[] }[] = [
  { beginning: /^4/, lengths: [13, 16, 19] }, // Visa
  { beginning: /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, lengths: [16] }, // Mastercard
  { beginning: /^3[47]/, lengths: [15] }, // American Express
  { beginning: /^3(?:0[0-5]|[689])/, lengths: [14, 16, 19] }, // Diners Club
  { beginning: /^(?:6011|64[4-9]|65|62)/, lengths: [16, 17, 18, 19] }, // Discover, UnionPay
  { beginning: /^35(?:2[89]|[3-8])/, lengths: [16, 17, 18, 19] }, // JCB
  { beginning: /^(?:1800|2131)/, lengths: [15] }, // JCB, old
  { beginning: /^(?:50|5[6-9]|6[0-9])/, lengths: [12, 13, 14, 15, 16, 17, 18, 19] }, // Maestro
];

function isCard(value: string): boolean {
  const digits = digitsOf(value);
  const isOfScheme = schemes.some(
    ({ beginning, lengths }) => beginning.test(digits) && lengths.includes(digits.length),
  );
  return isOfScheme && isLuhn(digits);
}

/** Payment cards: the schemes' numbers, whole or in groups, whose check digit is right. */
export const findCards: Detector = detectorOf('card', /(?<![\d.\w-])\d(?:[ -]?\d){11,18}(?![\d\w]|[.-]\d)/g, isCard);

const ibanShape = /(?<![A-Z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}(?![A-Z0-9])/gi;

/** Bank accounts by IBAN, ISO 13616: country, length and check digits right. What follows in capitals is no part of it. */
export const findIbans: Detector = (text) =>
  [...text.matchAll(ibanShape)].flatMap((match) => {
    for (let value = match[0]; value.length >= 15; value = value.replace(/[ -]?[A-Z0-9]+$/i, '')) {
      if (isValidIBAN(value.replaceAll(/[ -]/g, '').toUpperCase())) {
        return [{ start: match.index, end: match.index + value.length, kind: 'iban' as const }];
      }
      if (!/[ -]/.test(value)) break;
    }
    return [];
  });
