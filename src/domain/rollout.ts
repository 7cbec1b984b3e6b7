/** 32 bits that any change of the text changes about half of: FNV-1a, then the last mixing steps of MurmurHash3. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/**
 * Whether a conversation is within the first `percent` (0 to 100) of a rule's roll-out. The same conversation
 * always gets the same answer, and whoever is in stays in when the percentage grows. `name` draws the lot for
 * each rule anew.
 */
export const isInRollout = (conversationId: string, name: string, percent: number): boolean =>
  hash(`${name}\n${conversationId}`) < (percent / 100) * 2 ** 32;
