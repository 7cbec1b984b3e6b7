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
