import type { Conversation, Part } from './conversation.ts';
import type { PartId } from './ids.ts';
import type { Position } from './position.ts';

/** Whether a conversation, as it is now, waits for our help. */
export type Standing =
  | { readonly kind: 'awaits-answer'; readonly newest: Part; readonly upTo: Position }
  | { readonly kind: 'moved-on'; readonly reason: string };

const movedOn = (reason: string): Standing => ({ kind: 'moved-on', reason });

/** What the contact can read, oldest first. */
export const comments = (conversation: Conversation): readonly Part[] =>
  conversation.parts.filter((part) => part.kind === 'comment');

/** Decides by what stands in the conversation alone, so that late, lost and reordered notifications do not matter. */
export function assessStanding(conversation: Conversation): Standing {
  const newest = comments(conversation).at(-1);
  if (newest === undefined) return movedOn('the conversation has no message to answer');
  if (newest.author.kind === 'teammate') return movedOn('a teammate replied');
  if (newest.author.kind === 'bot') return movedOn('a bot replied');
  if (conversation.state === 'closed') return movedOn('the conversation is closed');
  return { kind: 'awaits-answer', newest, upTo: { partId: newest.id, at: newest.createdAt } };
}

/** Whether a human teammate has written to the contact; what the assistant itself posted does not count. */
export const hasTeammateComment = (conversation: Conversation, ownPartIds: ReadonlySet<PartId>): boolean =>
  comments(conversation).some((part) => part.author.kind === 'teammate' && !ownPartIds.has(part.id));
