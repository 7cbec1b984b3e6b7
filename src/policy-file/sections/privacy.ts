import { z } from 'zod';

/** What the model may not see. */
export const Privacy = z.strictObject({
  mask: z
    .array(z.enum(['email', 'phone', 'card', 'iban', 'key', 'national-id', 'ip-address']))
    .default([])
    .describe('Kinds of personal data that the model gets placeholders for; the note has the data again.'),
});
