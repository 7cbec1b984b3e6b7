import { isLater, type Position } from './position.ts';
import type { TurnState } from './turn.ts';

/** Conversations that changed from the one to the other second, both included, by Intercom's clock. */
export type SweepRange = { readonly fromSeconds: number; readonly untilSeconds: number };

/**
 * Intercom's search shows a change some time after it happened ("up to a few minutes" is said of contacts), and our
 * clock may differ from its: so far each range reaches back into the one before.
 */
const overlapSeconds = 300;

/** Another instance, or this one before a restart, has just swept. */
const gapMinSeconds = 30;

/** A long outage is looked through in pieces, newest first; after a restart the sweep goes on with the next piece. */
const sliceSeconds = 3600;

/** What is to be swept beside what was left over; undefined when there is nothing new to sweep. */
export function nextReach(
  reached: number | undefined,
  nowSeconds: number,
): { readonly next: number; readonly range: SweepRange | undefined } | undefined {
  // The first time: what came before Sidenote is not its to answer.
  if (reached === undefined) return { next: nowSeconds, range: undefined };
  if (nowSeconds - reached < gapMinSeconds) return undefined;
  return { next: nowSeconds, range: { fromSeconds: reached - overlapSeconds, untilSeconds: nowSeconds } };
}

/** The newest piece of a range, with nothing in it that is older than `oldestSeconds`; undefined when all is done. */
export function newestSlice({ fromSeconds, untilSeconds }: SweepRange, oldestSeconds: number): SweepRange | undefined {
  const from = Math.max(fromSeconds, oldestSeconds, untilSeconds - sliceSeconds + 1);
  return from <= untilSeconds ? { fromSeconds: from, untilSeconds } : undefined;
}

/** How far the turns of a conversation reach, and the states of those that reach so far. */
export type TurnReach = { readonly upTo: Position; readonly states: readonly TurnState[] };

/** Intercom's times have whole seconds. */
const secondMs = 1000;

/**
 * Whether a contact's newest message, of which a search tells the second alone, may be one that no turn reaches.
 * A second message within the second that the turns reach is known where a turn is live, since it reads the
 * conversation before it answers; and where one ended by an attempt that came `quietPeriodMs` after the first
 * message, when that is the whole second: it had read both.
 */
export function mayBeUnknown(wroteAtSeconds: number, reach: TurnReach | undefined, quietPeriodMs: number): boolean {
  if (reach === undefined || wroteAtSeconds > reach.upTo.at) return true;
  if (wroteAtSeconds < reach.upTo.at) return false;
  const isSecondRead = quietPeriodMs >= secondMs;
  return reach.states.every((state) => state === 'superseded' || state === 'dead' || (!isLive(state) && !isSecondRead));
}

const isLive = (state: TurnState): boolean => state === 'waiting' || state === 'working';

/** Whether a message is one that the turns do not reach. */
export const isUnknown = (message: Position, reach: TurnReach | undefined): boolean =>
  reach === undefined || isLater(message, reach.upTo);
