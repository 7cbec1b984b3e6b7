import { z } from 'zod';

/**
 * What answers and notifications are made of, read leniently: a field that is missing, null or of another
 * kind is left out. Written from Intercom's description, API 2.16.
 */

/** An id, a string mostly and in places a number, as one that the parsers of domain/ids.ts take. */
export const WireId = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(/^\S{1,150}$/, 'not an id'));

export const WireText = z.string().nullish().catch(undefined);

const noteTypes = new Set(['note', 'note_and_reopen']);

/** Whether a part of this `part_type` is for teammates only. Every other type with a body is for the contact to read. */
export const isNoteType = (partType: string | null | undefined): boolean => noteTypes.has(partType ?? '');

/** Unix seconds. */
export const WireTime = z.int();

export const WireAuthor = z.object({
  type: WireText,
  id: WireId.nullish().catch(undefined),
  name: WireText,
  email: WireText,
  from_ai_agent: z.boolean().nullish().catch(undefined),
});
export type WireAuthor = z.infer<typeof WireAuthor>;
