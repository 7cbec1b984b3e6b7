import type { Circumstances } from './conversation.ts';

type Contacts = Pick<Circumstances, 'contactId' | 'contactIds'>;

/**
 * Whether those who read what is replied are the same in both: not when a contact was merged into another, was replaced,
 * joined or left. What Intercom left out on either side is not compared.
 */
export function hasSameContacts(before: Contacts, now: Contacts): boolean {
  const isOtherWriter =
    before.contactId !== undefined && now.contactId !== undefined && before.contactId !== now.contactId;
  const areKnown = before.contactIds.length > 0 && now.contactIds.length > 0;
  const isOtherCircle = areKnown && new Set(before.contactIds).symmetricDifference(new Set(now.contactIds)).size > 0;
  return !isOtherWriter && !isOtherCircle;
}
