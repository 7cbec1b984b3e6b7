import type { PartId } from './ids.ts';

/** A place in a conversation, by Intercom's clock. Never compare `at` with our own clock. */
export type Position = {
  /** Undefined when a notification names no part. */
  readonly partId: PartId | undefined;
  /** Unix seconds. */
  readonly at: number;
};

/** Part ids are numbers that grow (seen in all real payloads); a conversation's first message comes before all. */
function rank(partId: PartId): bigint | undefined {
  if (partId.startsWith('source:')) return -1n;
  return /^\d+$/.test(partId) ? BigInt(partId) : undefined;
}

/**
 * Whether `position` surely comes after `than`. Intercom's times have whole seconds, so within one
 * second the ids decide; where they can't, the answer is no, and the look at the conversation itself,
 * which each turn takes, decides.
 */
export function isLater(position: Position, than: Position): boolean {
  if (position.partId !== undefined && position.partId === than.partId) return false;
  if (position.at !== than.at) return position.at > than.at;
  if (position.partId === undefined || than.partId === undefined) return false;
  const [mine, other] = [rank(position.partId), rank(than.partId)];
  return mine !== undefined && other !== undefined && mine > other;
}
