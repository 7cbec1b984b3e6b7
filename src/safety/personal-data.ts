import { findEmails, findIpAddresses, findPhones } from './contact-ways.ts';
import { findKeys } from './keys.ts';
import { findNationalIds } from './national-ids.ts';
import { findCards, findIbans } from './payment.ts';
import { type Detector, type PersonalDataSpan, withoutOverlaps } from './spans.ts';

/** The surest first: of two that overlap, it wins. */
const detectors: readonly Detector[] = [
  findKeys,
  findEmails,
  findIbans,
  findCards,
  findIpAddresses,
  findNationalIds,
  findPhones,
];

/**
 * Personal data in a text by pattern and check digit: e-mail addresses, numbers to call, cards, accounts, keys, national
 * ids, public IP addresses. Names and postal addresses are not found: no pattern knows them. In the order of the text,
 * without overlaps.
 */
export const findPersonalData = (text: string): readonly PersonalDataSpan[] =>
  withoutOverlaps(detectors.map((find) => find(text)));
