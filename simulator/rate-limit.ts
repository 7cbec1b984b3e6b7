/** Calls are counted in windows of this length (platform sheet, 2.8). */
const windowMs = 10_000;

export type RateLimitState = { readonly isExceeded: boolean; readonly headers: Readonly<Record<string, string>> };

/**
 * Counts a call and says what the answer's `X-RateLimit-*` headers are. Windows begin at whole
 * multiples of 10 s of the workspace's clock.
 * @param now milliseconds since the epoch
 */
export function createRateLimit(limitPerWindow: number, now: () => number): () => RateLimitState {
  let window = -1;
  let used = 0;
  return () => {
    const current = Math.floor(now() / windowMs);
    if (current !== window) {
      window = current;
      used = 0;
    }
    used += 1;
    return {
      isExceeded: used > limitPerWindow,
      headers: {
        'X-RateLimit-Limit': String(limitPerWindow),
        'X-RateLimit-Remaining': String(Math.max(0, limitPerWindow - used)),
        'X-RateLimit-Reset': String(((current + 1) * windowMs) / 1000),
      },
    };
  };
}
