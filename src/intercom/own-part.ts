import type { Conversation, Part, PartKind } from '../domain/conversation.ts';
import type { PartId, TeammateId, TurnId } from '../domain/ids.ts';
import { messageText } from './message-text.ts';

const withoutSpace = (text: string): string => text.replaceAll(/\s+/gu, '');

export type PostedBy = {
  readonly turnId: TurnId;
  readonly kind: PartKind;
  readonly html: string;
  readonly authorId: string;
  /** The contact's part that the turn answers: ours comes after it. */
  readonly answersPartId: PartId | undefined;
};

/**
 * The part that a turn has posted, if it stands in the conversation. A note carries the turn's code in
 * its last line; a reply must not, so it is known by its author and its text.
 */
export function findOwnPart(conversation: Conversation, post: PostedBy): Part | undefined {
  const answered = conversation.parts.findIndex((part) => part.id === post.answersPartId);
  const candidates = conversation.parts
    .slice(answered + 1)
    .filter((part) => part.kind === post.kind && part.author.kind !== 'contact' && part.author.id === post.authorId);
  if (post.kind === 'note') return candidates.findLast((part) => part.text.includes(post.turnId));
  const posted = withoutSpace(messageText({ html: post.html, isEmail: false }));
  return candidates.findLast((part) => withoutSpace(part.text) === posted);
}

/** Whether a note of ours, with a turn's code in its last line, stands behind the part. */
export function hasDraftNote(conversation: Conversation, answered: Part, authorId: TeammateId): boolean {
  const place = conversation.parts.findIndex((part) => part.id === answered.id);
  return conversation.parts
    .slice(place + 1)
    .some((part) => part.kind === 'note' && part.author.id === authorId && /\bturn [0-9a-z]{12}\s*$/.test(part.text));
}
