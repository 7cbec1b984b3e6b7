/**
 * The state of the simulated workspace, in the simulator's own words. Times are Unix seconds, bodies
 * are sanitised HTML; `serialise.ts` turns this into Intercom's wire shapes.
 */

export type ConversationState = 'open' | 'closed' | 'snoozed';

/** Someone who writes or acts. `bot` is Fin or a workflow, never the assistant. */
export type Person = {
  readonly type: 'user' | 'lead' | 'admin' | 'bot';
  readonly id: string;
  readonly name: string;
  readonly email: string;
};

type CustomAttributes = Readonly<Record<string, string | number | boolean>>;

export type FinState = 'assumed_resolution' | 'confirmed_resolution' | 'escalated' | 'negative_feedback';

export type Company = { readonly id: string; readonly name: string };

/** What the workspace knows of a contact beside the person. */
export type ContactRecord = { readonly attributes: CustomAttributes; readonly companies: readonly Company[] };

export type Team = { readonly id: string; readonly name: string; readonly adminIds: readonly string[] };

/** As it is kept and sent; the wire adds `type: "upload"`. */
export type SimulatedAttachment = {
  readonly name: string;
  readonly url: string;
  readonly content_type: string;
};

export type Tag = { readonly id: string; readonly name: string };
export type AppliedTag = Tag & { readonly appliedAt: number; readonly appliedBy: Person };

export type Assignee = { readonly type: 'admin' | 'team'; readonly id: string };

export type SimulatedPart = {
  readonly id: string;
  /** Intercom's open set: `comment`, `note`, `open`, `close`, `assignment`, … */
  readonly partType: string;
  /** Sanitised HTML; null when the part is an event without a message. */
  body: string | null;
  readonly createdAt: number;
  updatedAt: number;
  author: Person;
  attachments: readonly SimulatedAttachment[];
  redacted: boolean;
  readonly assignedTo: Assignee | null;
  /** State of the conversation after this part. */
  readonly state: ConversationState;
  /** Set when an app made the part through the API. */
  readonly appPackageCode: string | null;
};

/** The first message, which Intercom keeps apart from the parts. */
export type SimulatedSource = {
  readonly id: string;
  /** The channel: `conversation` (Messenger), `email`, `whatsapp`, … */
  readonly type: string;
  readonly subject: string;
  body: string;
  author: Person;
  attachments: readonly SimulatedAttachment[];
  redacted: boolean;
};

export type SimulatedConversation = {
  readonly id: string;
  readonly createdAt: number;
  updatedAt: number;
  state: ConversationState;
  read: boolean;
  title: string | null;
  /** When the contact began to wait for an answer; null when a teammate or a bot wrote last. */
  waitingSince: number | null;
  snoozedUntil: number | null;
  adminAssigneeId: string | null;
  teamAssigneeId: string | null;
  contact: Person;
  readonly source: SimulatedSource;
  /** Oldest first. */
  readonly parts: SimulatedPart[];
  tags: readonly AppliedTag[];
  customAttributes: CustomAttributes;
  company: Company | null;
  /** What became of Fin's work, by Intercom's words; null where Fin took no part, or is at it. */
  finState: FinState | null;
};

/** What happened; each listener of the workspace is told right after the state has changed. */
export type Change =
  | { readonly kind: 'created'; readonly conversation: SimulatedConversation; readonly notify: boolean }
  | {
      readonly kind: 'part';
      readonly conversation: SimulatedConversation;
      readonly part: SimulatedPart;
      readonly notify: boolean;
    }
  | {
      readonly kind: 'tagged' | 'untagged';
      readonly conversation: SimulatedConversation;
      readonly part: SimulatedPart;
      readonly notify: boolean;
    }
  | {
      readonly kind: 'redacted';
      readonly conversation: SimulatedConversation;
      /** Absent when the source was redacted. */
      readonly part?: SimulatedPart;
      readonly notify: boolean;
    }
  | { readonly kind: 'updated'; readonly conversation: SimulatedConversation; readonly notify: boolean }
  | { readonly kind: 'deleted'; readonly conversationId: string; readonly notify: boolean };
