/**
 * Intercom counts an app's calls in windows of ten seconds, and says in each answer how many are left. All of it
 * here is arithmetic on what was said.
 * Source: https://developers.intercom.com/docs/references/rest-api/errors/rate-limiting
 */
const windowMs = 10_000;

/** A reset later than this is a clock that is wrong. */
const resetMaxMs = 60_000;

export type RateWindow = {
  /** Calls in a whole window; `Infinity` until Intercom has said. */
  readonly limit: number;
  readonly left: number;
  /** When the window ends, in Unix seconds by Intercom's clock: it tells windows apart. Undefined when not said. */
  readonly resetSeconds: number | undefined;
  /** The same by our clock, in ms. */
  readonly endsAt: number;
};

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

const numberIn = (header: string | string[] | undefined): number | undefined => {
  const number = typeof header === 'string' && header !== '' ? Number(header) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
};

/** Before the first answer nothing is known, and nothing is held back. */
export const unknownWindow = (now: number): RateWindow => ({
  limit: Infinity,
  left: Infinity,
  resetSeconds: undefined,
  endsAt: now + windowMs,
});

/**
 * How long until the window ends, in ms: `X-RateLimit-Reset` less the answer's own `Date`, so that our clock does
 * not matter. A whole window where the answer does not say.
 */
export function msUntilReset(headers: Headers): number {
  const resetSeconds = numberIn(headers['x-ratelimit-reset']);
  const answeredAt = Date.parse(String(headers['date']));
  const waitMs = (resetSeconds ?? Number.NaN) * 1000 - answeredAt;
  return Number.isFinite(waitMs) ? Math.min(Math.max(waitMs, 0), resetMaxMs) : windowMs;
}

/** What an answer says of the window that it was counted in; undefined when it says nothing. */
export function windowIn(headers: Headers, now: number): RateWindow | undefined {
  const limit = numberIn(headers['x-ratelimit-limit']);
  const left = numberIn(headers['x-ratelimit-remaining']);
  const resetSeconds = numberIn(headers['x-ratelimit-reset']);
  if (limit === undefined || limit < 1 || left === undefined || resetSeconds === undefined) return undefined;
  return { limit, left, resetSeconds, endsAt: now + msUntilReset(headers) };
}

/** The window at `now`: a full one once the known one has ended, in step with Intercom's. */
export function windowAt(known: RateWindow, now: number): RateWindow {
  if (now < known.endsAt) return known;
  const windowsPast = Math.floor((now - known.endsAt) / windowMs) + 1;
  const { limit, resetSeconds, endsAt } = known;
  return {
    limit,
    left: limit,
    resetSeconds: resetSeconds === undefined ? undefined : resetSeconds + (windowsPast * windowMs) / 1000,
    endsAt: endsAt + windowsPast * windowMs,
  };
}

/**
 * `known` with what an answer said. Calls on their way may not be counted in it yet, so they are taken off; of two
 * answers about one window the smaller figure holds, and an answer about an older window says nothing.
 */
export function withAnswer(known: RateWindow, said: RateWindow, callsOnTheirWay: number): RateWindow {
  const left = Math.max(said.left - callsOnTheirWay, 0);
  const knownReset = known.resetSeconds ?? -Infinity;
  const saidReset = said.resetSeconds ?? -Infinity;
  if (saidReset < knownReset) return known;
  return saidReset > knownReset ? { ...said, left } : { ...said, left: Math.min(known.left, left) };
}

/** `known` after a refusal: nothing goes before its window ends. */
export function withRefusal(known: RateWindow, headers: Headers, now: number): RateWindow {
  const said = windowIn(headers, now);
  return { ...known, ...said, left: 0, endsAt: Math.max(now + msUntilReset(headers), now + 1) };
}
