import type { Conversation, PersonRecord } from '../domain/conversation.ts';
import type { LookedUp } from '../domain/facts.ts';
import { lookupsOf, type Policy } from '../domain/policy.ts';
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

/**
 * The record of who wrote, or of the only one who has the conversation since that one was merged or deleted; undefined
 * where there is none. @throws IntercomError of kind `gone` where the conversation was read just before a merge
 */
async function contactOf(
  { circumstances: { contactId, contactIds } }: Conversation,
  intercom: IntercomClient,
  signal: AbortSignal,
): Promise<PersonRecord | undefined> {
  if (contactId === undefined) return undefined;
  const ask = async (id: string) => await intercom.contact(id, signal);
  try {
    return await ask(contactId);
  } catch (error) {
    if (!(error instanceof IntercomError) || error.kind !== 'gone') throw error;
    if (error.status === 410 && contactIds.includes(contactId)) throw error; // read again, it names the survivor
  }
  const [only, ...others] = contactIds;
  return only === undefined || only === contactId || others.length > 0 ? undefined : await ask(only);
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
