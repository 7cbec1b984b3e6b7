import { z } from 'zod';

/** `retention`: how long what was done is kept. */
export const Retention = z.strictObject({
  days: z
    .int()
    .min(1)
    .max(3650)
    .default(30)
    .describe('Days that ended turns, with their traces and posted texts, are kept.'),
});
