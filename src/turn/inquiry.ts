import type { Conversation, Part } from '../domain/conversation.ts';
import { type Exchange, recentHistory } from '../domain/history.ts';
import type { ConversationId } from '../domain/ids.ts';
import type { Policy } from '../domain/policy.ts';
import { comments } from '../domain/standing.ts';
import { contactLanguage } from './contact-language.ts';

/** What a turn answers, as all its stages read it. */
export type Inquiry = {
  readonly conversationId: ConversationId;
  readonly answered: readonly Exchange[];
  /** The contact's messages that nobody has answered yet. */
  readonly open: readonly Part[];
  readonly subject: string | undefined;
  /** The language to answer in, ISO 639-1. */
  readonly language: string | undefined;
  /** The contact's earlier messages, newest first. */
  readonly earlier: readonly string[];
  /** What may be repeated without a source: all that was said, and the team's own instructions. */
  readonly known: readonly string[];
};

/** Characters of the conversation that details are looked up in, the newest: a pasted log has no end. */
const knownCharsMax = 100_000;

/** Reads the conversation. Pure but for loading the language detector. */
export async function readInquiry(conversation: Conversation, policy: Policy): Promise<Inquiry> {
  const { answered, open } = recentHistory(conversation, policy.historyExchanges);
  const said = comments(conversation);
  const asked = said.filter((part) => part.author.kind === 'contact');
  const { subject, contactName } = conversation;
  const words = said.map((part) => [part.text, ...part.attachments].join('\n')).join('\n');
  return {
    conversationId: conversation.id,
    answered,
    open,
    subject,
    language: await contactLanguage(conversation),
    earlier: asked
      .filter((part) => !open.includes(part))
      .map((part) => part.text)
      .toReversed(),
    known: [words.slice(-knownCharsMax), subject ?? '', contactName ?? '', policy.instructions],
  };
}
