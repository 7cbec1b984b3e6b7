import type { IntercomSettings } from '../../src/intercom/client.ts';
import { RateLimiter } from '../../src/intercom/rate-limiter.ts';
import { systemClock } from '../../src/lib/clock.ts';

/** For a client whose limit nobody else uses. */
export const unhurried = (): Pick<IntercomSettings, 'limiter' | 'urgency'> => ({
  limiter: new RateLimiter({ ...systemClock, random: () => 0 }),
  urgency: 'draft',
});
