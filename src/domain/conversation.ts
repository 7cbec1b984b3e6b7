import type { ConversationId, PartId } from './ids.ts';

/**
 * Who wrote a part. Anything that is neither the customer nor surely a human teammate counts as a
 * bot, so that a new kind of automation is never taken for a customer.
 */
export type Author = {
  readonly kind: 'contact' | 'teammate' | 'bot';
  /** Intercom's id; empty when Intercom gives none. */
  readonly id: string;
  readonly name: string | undefined;
};

/** `comment`: the contact can read it. `note`: teammates only. */
export type PartKind = 'comment' | 'note';

/** One message of a conversation. Parts that carry no text and no attachment are left out. */
export type Part = {
  readonly id: PartId;
  readonly kind: PartKind;
  readonly author: Author;
  /** Plain text; quoted history and signatures are stripped where the message came by e-mail. */
  readonly text: string;
  /** Unix seconds by Intercom's clock: compare it with other times of Intercom only. */
  readonly createdAt: number;
  readonly attachments: readonly string[];
};

/** A conversation as we see it: the fields that a turn uses, and no others. */
export type Conversation = {
  readonly id: ConversationId;
  readonly state: 'open' | 'closed' | 'snoozed';
  readonly subject: string | undefined;
  /** Intercom's `source.type`, such as `conversation`, `email`, `whatsapp`. */
  readonly channel: string;
  readonly contactName: string | undefined;
  readonly tags: readonly string[];
  /** Oldest first; the first message comes first. */
  readonly parts: readonly Part[];
  /** Intercom gives at most the 500 newest parts; true when older ones are missing. */
  readonly isTruncated: boolean;
};
