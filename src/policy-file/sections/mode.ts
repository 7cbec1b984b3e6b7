import { z } from 'zod';

/** `mode`, of the file or of a rule. */
export const Mode = z
  .enum(['off', 'shadow', 'note', 'reply'])
  .describe('What becomes of a draft: off (none is written), shadow (written, not posted), note, reply.');
