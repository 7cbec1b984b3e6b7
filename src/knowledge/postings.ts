/** How often a term stands in a passage's document title, in its headings and in its text. */
export type FieldCounts = { title: number; headings: number; text: number };

/**
 * Where a term stands: passages by their slot, ascending, and its counts there, packed into one number each to
 * keep a million of them small. `documents`: how many documents these passages are of.
 */
export type Posting = { readonly slots: number[]; readonly counts: number[]; documents: number };

const titleMax = 0x3f;
const headingsMax = 0xff;
const textMax = 0xffff;

export const packCounts = ({ title, headings, text }: FieldCounts): number =>
  (Math.min(title, titleMax) << 24) | (Math.min(headings, headingsMax) << 16) | Math.min(text, textMax);

export const titleCount = (packed: number): number => packed >>> 24;
export const headingsCount = (packed: number): number => (packed >>> 16) & headingsMax;
export const textCount = (packed: number): number => packed & textMax;

/** The first position in ascending `slots` whose slot is at least `slot`. */
export function positionOf(slots: readonly number[], slot: number): number {
  let low = 0;
  let high = slots.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((slots[middle] ?? 0) < slot) low = middle + 1;
    else high = middle;
  }
  return low;
}
