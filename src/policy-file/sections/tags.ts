import { z } from 'zod';

const tagNames = z.array(z.string().trim().min(1, 'a tag name must not be empty'));

/** `tags`: which conversations get help at all. */
export const Tags = z.strictObject({
  only: tagNames.default([]).describe('Only conversations with one of these tags get help; empty: all.'),
  never: tagNames.default(['spam', 'handoff']).describe('Conversations with one of these tags never get help.'),
});
