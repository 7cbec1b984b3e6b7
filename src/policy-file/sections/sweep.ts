import { z } from 'zod';

/** `sweep`: the search for messages whose webhook never came. */
export const Sweep = z.strictObject({
  minutes: z.int().min(1).max(1440).default(10).describe('From one sweep to the next.'),
  hours: z
    .int()
    .min(0)
    .max(168)
    .default(24)
    .describe('Older messages get no draft any more when the sweep finds them; 0: no sweep at all.'),
});
