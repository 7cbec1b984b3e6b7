import { findPhoneNumbersInText, isPossiblePhoneNumber } from 'libphonenumber-js';
import { type Detector, detectorOf, type PersonalDataSpan } from './spans.ts';

const emailShape =
  /(?<![\p{L}\p{N}._%+'-])[\p{L}\p{N}](?:[\p{L}\p{N}._%+'-]{0,62}[\p{L}\p{N}_+-])?@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}\p{L}{2,24}(?![\p{L}\p{N}])/gu;

/** Addresses of e-mail as people write them; RFC 5321's rarer forms are left out. */
export const findEmails: Detector = detectorOf('email', emailShape, () => true);

/** Words that say a number is one to call, in the languages of our tests. */
const phoneWord =
  /(?:phone|tele?(?:fon|f[oó]n|phone)|tel|mobile?|m[oó]vil|cell(?:ulare?)?|fax|call|text|sms|whats ?app|signal|handy|ruf|portable|celular|puhelin|telefone?|t[eé]l|numer|komórk|电话|電話|手机|тел(?:ефон)?|telefon(?:ní|szám)?|contact number)\.?\W{0,3}(?:(?:is|number|no|nr|num[eé]ro|me|us|at|on|:|is:|ist|es|est|è|é)\W{0,3}){0,3}$/iu;

/** Words that say a number counts something else. */
const otherWord =
  /(?:version|ver|v|build|release|error|code|port|bug|issue|ticket|order|invoice|id|uuid|serial|sku|ref|reference|pid|kb|rfc|iso|#|0x)\W{0,3}$/iu;

const candidate =
  /(?<![\w.@/:#-])(?:\+|00)?\(?\d(?:[\d()]|[ .\-/](?=[\d(])| (?=\()){5,22}\d(?:\s?(?:x|ext\.?)\s?\d{1,5})?(?![\w@])/gi;

/** A date, a time, a version, an IP address, a year's span, a decimal: digits in groups, and no number to call. */
const isOtherShape = (value: string): boolean =>
  /^\d{4}[-./]\d{1,2}[-./]\d{1,2}/.test(value) ||
  /^\d{1,2}[-./ ]\d{1,2}[-./ ](?:19|20)?\d{2}(?:\D|$)/.test(value) ||
  /^\d{1,3}(?:\.\d{1,3}){1,3}(?:\s|$)/.test(value) ||
  /^(?:19|20)\d{2}\s?[-/]\s?(?:19|20)?\d{2}$/.test(value) ||
  /^\d{1,3}(?:[ ,.]000)+$/.test(value);

/** Groups as national numbers are written: with an area code in parentheses, a leading zero, or the North American 3-3-4. */
const nationalShape =
  /^(?:\(?\d{2,5}\)[ .-]?\d{2,5}(?:[ .-]?\d{2,5}){0,3}|0\d{1,4}(?:[ .\-/]\d{2,4}){2,4}|0\d{2,4}[ \-/]\d{5,8}|0[1-9]\d{8,9}|0[ -]?\(?\d{3}\)?[ -]?\d{3}[ -]?\d{2}[ -]?\d{2}|(?:1[ .-])?[2-9]\d{2}([ .-])\d{3}\1\d{4}|\d{3,4} \d{3,4} \d{3,4}|\d{3}-\d{4})(?:\s?(?:x|ext\.?)\s?\d{1,5})?$/i;

function isPhone(value: string, before: string): boolean {
  const digits = value.replace(/\s?(?:x|ext\.?)\s?\d{1,5}$/i, '').replaceAll(/\D/g, '');
  if (digits.length < 7 || digits.length > 15 || isOtherShape(value)) return false;
  const near = before.slice(-40);
  if (value.startsWith('+')) return isPossible(value) || phoneWord.test(near);
  if (/^00[1-9]/.test(value)) return isPossible(`+${digits.slice(2)}`) || phoneWord.test(near);
  if (phoneWord.test(near)) return true;
  return nationalShape.test(value) && digits.length >= 8 && !otherWord.test(near);
}

/** By its country's rules; a zero in parentheses is how people write the trunk prefix. */
const isPossible = (international: string): boolean => isPossiblePhoneNumber(international.replace('(0)', ''));

const findWritten: Detector = detectorOf('phone', candidate, isPhone);

/** Numbers to call: international ones by their country's rules, national ones by how they are written or introduced. */
export const findPhones: Detector = (text) => {
  const international = findPhoneNumbersInText(text, { extended: false }).map(
    ({ startsAt, endsAt }): PersonalDataSpan => ({ start: startsAt, end: endsAt, kind: 'phone' }),
  );
  return [...international, ...findWritten(text)];
};

const ipv4 = /(?<![\d.\w])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d\w]|\.\d)/g;
const ipv6 =
  /(?<![\w:])(?:[\da-f]{1,4}:){2,7}(?::?[\da-f]{1,4}){0,6}(?![\w:])|(?<![\w:])(?:[\da-f]{1,4}:){1,6}(?::[\da-f]{1,4}){1,6}(?![\w:])/gi;

/** Addresses of no one's own: private, loopback, link-local, unspecified, and what four-part versions look like. */
const isNobodys = (value: string): boolean =>
  /^(?:10\.|127\.|0\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)/.test(value);

const findIpv4: Detector = detectorOf(
  'ip-address',
  ipv4,
  (value, before) => !isNobodys(value) && !/(?:version|ver|v|release|build)\W{0,3}$/i.test(before.slice(-20)),
);
const findIpv6: Detector = detectorOf(
  'ip-address',
  ipv6,
  (value) => (value.includes('::') || value.split(':').length === 8) && /[\da-f]{3}/i.test(value),
);

/** Public addresses on the internet. */
export const findIpAddresses: Detector = (text) => [...findIpv4(text), ...findIpv6(text)];
