import { z } from 'zod';

/** `fin`: what to do while Fin, Intercom's own AI agent, is at work in a conversation. */
export const Fin = z.strictObject({
  active: z
    .enum(['note', 'off'])
    .default('note')
    .describe('While Fin takes part and has not handed over: note (never a reply), or off (no draft).'),
});
