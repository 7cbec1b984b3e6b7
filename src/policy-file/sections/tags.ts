import { z } from 'zod';

const tagName = z.string().trim().min(1, 'a tag name must not be empty');
const tagNames = z.array(tagName);

/** `tags`: which conversations get help at all. */
export const Tags = z.strictObject({
  only: tagNames.default([]).describe('Only conversations with one of these tags get help; empty: all.'),
  never: tagNames.default(['spam', 'handoff']).describe('Conversations with one of these tags never get help.'),
  drafted: tagName.optional().describe('A tag for conversations in which Sidenote left a note.'),
  answered: tagName.optional().describe('A tag for conversations in which Sidenote replied by itself.'),
  handedOver: tagName.optional().describe('A tag for conversations that Sidenote handed to a person.'),
});
