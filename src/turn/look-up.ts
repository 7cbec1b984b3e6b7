import type { Conversation, PersonRecord } from '../domain/conversation.ts';
import type { LookedUp } from '../domain/facts.ts';
import { lookupsOf, type Policy } from '../domain/policy.ts';
import { hasSameContacts } from '../domain/same-contacts.ts';
import type { IntercomClient } from '../intercom/client.ts';
import { IntercomError } from '../intercom/errors.ts';
import { contactLanguage } from './contact-language.ts';

/** Names of teams and teammates by their ids. */
export type Directory = (signal: AbortSignal) => Promise<ReadonlyMap<string, string>>;

export type LookUpDeps = {
  readonly policy: Policy;
  readonly intercom: IntercomClient;
  readonly directory: Directory;
  readonly now: () => number;
};

/** Names change rarely, and a rule that waits this long for a new one does no harm. */
const namesKeptMs = 60_000;

/** Asks Intercom for the names at most once a minute. */
export function createDirectory(intercom: IntercomClient, now: () => number): Directory {
  let known: { readonly names: ReadonlyMap<string, string>; readonly at: number } | undefined;
  return async (signal) => {
    if (known === undefined || now() - known.at >= namesKeptMs) {
      const [teams, teammates] = await Promise.all([intercom.teamNames(signal), intercom.teammateNames(signal)]);
      known = { names: new Map([...teams, ...teammates]), at: now() };
    }
    return known.names;
  };
}

const isGone = (error: unknown): error is IntercomError => error instanceof IntercomError && error.kind === 'gone';

/**
 * The record of who wrote, or of the only one who has the conversation since that one was merged or deleted; undefined
 * where there is none. @throws IntercomError of kind `gone` where the conversation was read just before a merge
 */
async function contactOf(
  conversation: Conversation,
  intercom: IntercomClient,
  signal: AbortSignal,
): Promise<PersonRecord | undefined> {
  const { contactId, contactIds } = conversation.circumstances;
  if (contactId === undefined) return undefined;
  try {
    return await intercom.contact(contactId, signal);
  } catch (error) {
    if (!isGone(error)) throw error;
    if (error.status === 410 && contactIds.includes(contactId)) {
      const again = await intercom.conversation(conversation.id, signal);
      if (!hasSameContacts(conversation.circumstances, again.circumstances)) throw error; // the next attempt sees the survivor
    }
  }
  const [only, ...others] = contactIds;
  if (only === undefined || only === contactId || others.length > 0) return undefined;
  try {
    return await intercom.contact(only, signal);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** What the rules ask for beside the conversation: a rule that asks for nothing costs nothing. @throws IntercomError */
export async function lookUp(conversation: Conversation, deps: LookUpDeps, signal: AbortSignal): Promise<LookedUp> {
  const { policy, intercom, directory } = deps;
  const wanted = lookupsOf(policy);
  const [contact, names, language] = await Promise.all([
    wanted.contact ? contactOf(conversation, intercom, signal) : undefined,
    wanted.names ? directory(signal) : undefined,
    wanted.language ? contactLanguage(conversation) : undefined,
  ]);
  return { now: deps.now(), contact, names, language };
}
