import { z } from 'zod';

/** `limits`: how much, how often and how long. docs/operating.md tells what bounds what. */
export const Limits = z.strictObject({
  webhookMib: z.int().min(1).max(20).default(2).describe('MiB of a webhook’s body; a longer one is answered 413.'),
  outageHours: z
    .int()
    .min(1)
    .max(720)
    .default(72)
    .describe('A turn that still fails so long after it opened is dead, and waits for `sidenote revive`.'),
  faults: z
    .int()
    .min(1)
    .max(50)
    .default(5)
    .describe('Failed attempts after which a turn is dead; outages do not count.'),
  leaseSeconds: z
    .int()
    .min(15)
    .max(300)
    .default(15)
    .describe('After so long without a sign of life of its worker, a turn is taken up by another.'),
  backgroundPercent: z
    .int()
    .min(10)
    .max(90)
    .default(50)
    .describe('Of Intercom’s rate limit, what the sweep and the reading of sources may use.'),
});
