import { z } from 'zod';

/** `history`: how much of the conversation the model reads. */
export const History = z.strictObject({
  exchanges: z
    .int()
    .min(3)
    .max(20)
    .default(5)
    .describe('Answered exchanges, newest first, that go to the model beside the open question.'),
});
