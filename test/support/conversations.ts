import { type Author, type Conversation, noCircumstances, type Part } from '../../src/domain/conversation.ts';
import { parseConversationId, parsePartId } from '../../src/domain/ids.ts';

const authors: Record<Author['kind'], Author> = {
  contact: { kind: 'contact', id: 'c1', name: 'Ada' },
  teammate: { kind: 'teammate', id: 't1', name: 'Tom' },
  bot: { kind: 'bot', id: 'b1', name: 'Fin' },
};

/** A comment, unless told; its number is its id and, from 1000, its second. */
export const partBy = (kind: Author['kind'], number: number, text: string, details: Partial<Part> = {}): Part => ({
  id: parsePartId(String(number)),
  kind: 'comment',
  author: authors[kind],
  text,
  createdAt: 1000 + number,
  attachments: [],
  ...details,
});

/** An open conversation of the Messenger with these parts. */
export const conversationWith = (parts: readonly Part[], details: Partial<Conversation> = {}): Conversation => ({
  id: parseConversationId('4711'),
  state: 'open',
  subject: undefined,
  channel: 'conversation',
  tags: [],
  circumstances: noCircumstances,
  contactName: 'Ada',
  isTruncated: false,
  parts,
  ...details,
});
