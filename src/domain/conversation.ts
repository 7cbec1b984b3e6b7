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

/** The workspace's own fields of a contact or a conversation. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** A contact's record, which is apart from the conversation. */
export type PersonRecord = {
  /** `user` or `lead`. */
  readonly role: string | undefined;
  readonly attributes: Attributes;
  /** Ids of the companies that the contact belongs to. */
  readonly companies: readonly string[];
};

/** What surrounds the messages: who is in charge, who writes, what the workspace knows. */
export type Circumstances = {
  /** Ids; undefined where nobody is in charge. */
  readonly teamId: string | undefined;
  readonly assigneeId: string | undefined;
  /** Who wrote last. */
  readonly contactId: string | undefined;
  /** Of all contacts who take part and read what is replied, in no particular order; empty where Intercom does not say. */
  readonly contactIds: readonly string[];
  /** `user` or `lead`, as the newest message of the contact says. */
  readonly contactRole: string | undefined;
  /** The mail address that the contact's newest message came from. */
  readonly contactAddress: string | undefined;
  /** The subject of that mail, which may differ from the conversation's. */
  readonly contactSubject: string | undefined;
  /** Ids and name of the company that the conversation is about. */
  readonly company: readonly string[] | undefined;
  readonly attributes: Attributes;
  /** Fin, Intercom's own AI agent, has taken part. */
  readonly isFinInvolved: boolean;
  /** Fin gave the conversation to the team. */
  readonly hasFinHandedOver: boolean;
};

/** Where nothing is known. */
export const noCircumstances: Circumstances = {
  teamId: undefined,
  assigneeId: undefined,
  contactId: undefined,
  contactIds: [],
  contactRole: undefined,
  contactAddress: undefined,
  contactSubject: undefined,
  company: undefined,
  attributes: {},
  isFinInvolved: false,
  hasFinHandedOver: false,
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
  readonly circumstances: Circumstances;
  /** Oldest first; the first message comes first. */
  readonly parts: readonly Part[];
  /** Intercom gives at most the 500 newest parts; true when older ones are missing. */
  readonly isTruncated: boolean;
};
