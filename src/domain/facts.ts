import { type Automatic, recogniseAutomatic } from './automatic-mail.ts';
import type { Attributes, Conversation, PersonRecord } from './conversation.ts';
import { comments } from './standing.ts';
import type { Triage } from './triage.ts';

/** What is looked up only because a rule asks for it; `undefined` is not known, which is not "no". */
export type LookedUp = {
  /** Ms since the epoch, when the turn was decided. */
  readonly now: number;
  /** ISO 639-1 of what the contact writes. */
  readonly language?: string | undefined;
  readonly contact?: PersonRecord | undefined;
  /** Names of teams and teammates by their ids. */
  readonly names?: ReadonlyMap<string, string> | undefined;
  readonly triage?: Triage | undefined;
};

/** All that a rule may ask of a conversation. */
export type ConversationFacts = {
  readonly now: number;
  readonly tags: readonly string[];
  readonly channel: string;
  readonly subject: string | undefined;
  readonly attributes: Attributes;
  /** Nobody has answered the contact in this conversation yet. */
  readonly isFirstMessage: boolean;
  readonly isFinInvolved: boolean;
  /** Fin takes part, and has handed the conversation to nobody. */
  readonly isFinActive: boolean;
  /** Id, and name where it is known, of what the conversation is assigned to; empty: to nobody. */
  readonly team: readonly string[];
  readonly assignee: readonly string[];
  readonly language: string | undefined;
  readonly contactRole: string | undefined;
  readonly contactAttributes: Attributes | undefined;
  /** Ids and names; undefined: not known. */
  readonly companies: readonly string[] | undefined;
  readonly triage: Triage | undefined;
  /** What wrote the newest message, where no person did. */
  readonly automatic: Automatic | undefined;
};

/** Intercom calls the Messenger `conversation`. */
const channelWord = (channel: string): string => (channel === 'conversation' ? 'messenger' : channel);

/** The facts of a conversation as it is now, with what was looked up for it. */
export function factsOf(conversation: Conversation, lookedUp: LookedUp): ConversationFacts {
  const { circumstances } = conversation;
  const names = (id: string | undefined): readonly string[] => {
    if (id === undefined) return [];
    const name = lookedUp.names?.get(id);
    return name === undefined ? [id] : [id, name];
  };
  const { company } = circumstances;
  const companies = [...(company ?? []), ...(lookedUp.contact?.companies ?? [])];
  return {
    now: lookedUp.now,
    tags: conversation.tags,
    channel: channelWord(conversation.channel),
    subject: conversation.subject,
    attributes: circumstances.attributes,
    isFirstMessage: comments(conversation).every((part) => part.author.kind === 'contact'),
    isFinInvolved: circumstances.isFinInvolved,
    isFinActive: circumstances.isFinInvolved && !circumstances.hasFinHandedOver,
    team: names(circumstances.teamId),
    assignee: names(circumstances.assigneeId),
    language: lookedUp.language ?? lookedUp.triage?.language,
    contactRole: lookedUp.contact?.role ?? circumstances.contactRole,
    contactAttributes: lookedUp.contact?.attributes,
    companies: companies.length === 0 && lookedUp.contact === undefined ? undefined : companies,
    triage: lookedUp.triage,
    automatic: recogniseAutomatic(conversation),
  };
}
