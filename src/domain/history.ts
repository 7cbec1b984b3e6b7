import type { Conversation, Part } from './conversation.ts';
import { comments } from './standing.ts';

/** What the contact wrote, and what they were answered. Either may be empty at the borders of a conversation. */
export type Exchange = { readonly asked: readonly Part[]; readonly answered: readonly Part[] };

/** Splits what the contact can read into exchanges: a new one begins where the contact writes after an answer. */
export function splitExchanges(parts: readonly Part[]): readonly Exchange[] {
  const exchanges: { asked: Part[]; answered: Part[] }[] = [];
  for (const part of parts) {
    const isAsked = part.author.kind === 'contact';
    const last = exchanges.at(-1);
    if (last === undefined || (isAsked && last.answered.length > 0)) {
      exchanges.push({ asked: isAsked ? [part] : [], answered: isAsked ? [] : [part] });
    } else {
      (isAsked ? last.asked : last.answered).push(part);
    }
  }
  return exchanges;
}

/**
 * What a draft is written from: up to `exchangesMax` answered exchanges, then the contact's open
 * messages. Notes are left out: ours because a draft is no fact, a teammate's because the draft may
 * be sent to the contact.
 */
export function recentHistory(
  conversation: Conversation,
  exchangesMax: number,
): { readonly answered: readonly Exchange[]; readonly open: readonly Part[] } {
  const exchanges = splitExchanges(comments(conversation));
  const last = exchanges.at(-1);
  const open = last !== undefined && last.answered.length === 0 ? last.asked : [];
  const answered = open.length === 0 ? exchanges : exchanges.slice(0, -1);
  return { answered: answered.slice(-exchangesMax), open };
}
