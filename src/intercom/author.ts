import type { Author } from '../domain/conversation.ts';
import type { WireAuthor } from './wire.ts';

/** Who asks for help, by the word that Intercom has for them. */
export const contactTypes: ReadonlySet<string> = new Set(['user', 'lead', 'contact', 'visitor']);

/**
 * Who an author is to us. Fin and workflows are `bot`, or an `admin` with an `operator+…` address; what we
 * don't know counts as a bot, never as a contact.
 * Source: the description's `conversation_part_author`; the address was seen in real payloads.
 */
export function toAuthor(author: WireAuthor | null | undefined): Author {
  const named = { id: author?.id ?? '', name: author?.name?.trim() || undefined };
  const type = author?.type ?? '';
  if (contactTypes.has(type)) return { kind: 'contact', ...named };
  const isOperator = author?.email?.startsWith('operator+') === true || author?.from_ai_agent === true;
  if ((type === 'admin' || type === 'team') && !isOperator) return { kind: 'teammate', ...named };
  return { kind: 'bot', ...named };
}
