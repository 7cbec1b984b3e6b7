import type { Conversation } from '../domain/conversation.ts';
import { createLinkRule, type LinkRule } from '../domain/link-rule.ts';
import type { Policy } from '../domain/policy.ts';
import { comments } from '../domain/standing.ts';
import type { Inquiry } from './inquiry.ts';
import type { Grounds } from './retrieve.ts';

/**
 * Where a draft may lead: to the hosts that `links.hosts` lists, those of the passages it stands on, and those that
 * teammates have written to the contact or the instructions hold. What the contact or a passage's text names is not enough.
 */
export function allowedLinks(
  { linkHosts, instructions }: Policy,
  conversation: Conversation,
  { known }: Inquiry,
  grounds: Grounds | undefined,
): LinkRule {
  const byTeammates = comments(conversation).filter(({ author }) => author.kind === 'teammate');
  const sources = (grounds?.passages ?? []).flatMap(({ url }) => url ?? []);
  const { contactAddress } = conversation.circumstances;
  return createLinkRule({
    hosts: linkHosts,
    trusted: [...byTeammates.map(({ text }) => text), ...sources, instructions],
    said: [...known, contactAddress ?? ''],
  });
}
