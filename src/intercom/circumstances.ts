import { z } from 'zod';
import type { Attributes, Circumstances, PersonRecord } from '../domain/conversation.ts';
import { contactTypes } from './author.ts';
import type { WireAuthor } from './wire.ts';
import { WireId, WireText } from './wire.ts';

/** The workspace's own fields: what is no text, number or yes and no is left out. */
const WireAttributes = z
  .record(z.string(), z.unknown())
  .nullish()
  .catch(undefined)
  .transform((fields): Attributes => {
    const isPlain = (value: unknown): value is string | number | boolean =>
      ['string', 'number', 'boolean'].includes(typeof value);
    return Object.fromEntries(
      Object.entries(fields ?? {}).flatMap(([name, value]) => (isPlain(value) ? [[name, value]] : [])),
    );
  });

/** Nobody is `0` in version 2.16 and was null before; strings were seen as well. */
const WireAssignee = WireId.nullish()
  .catch(undefined)
  .transform((id) => (id == null || id === '0' ? undefined : id));

/** The fields of a conversation that rules ask for. */
export const wireCircumstances = {
  team_assignee_id: WireAssignee,
  admin_assignee_id: WireAssignee,
  contacts: z
    .object({ contacts: z.array(z.object({ id: WireId }).nullable().catch(null)) })
    .nullish()
    .catch(undefined),
  company: z
    .object({
      id: WireId.nullish().catch(undefined),
      company_id: WireId.nullish().catch(undefined),
      name: WireText,
    })
    .nullish()
    .catch(undefined),
  custom_attributes: WireAttributes,
  ai_agent_participated: z.boolean().nullish().catch(undefined),
  ai_agent: z.object({ resolution_state: WireText }).nullish().catch(undefined),
};

/** `routed_to_team` until version 2.14. */
const handedOverStates: ReadonlySet<string> = new Set(['escalated', 'procedure_handoff', 'routed_to_team']);

type WireCircumstances = z.infer<z.ZodObject<typeof wireCircumstances>>;

/** A mail's own addresses and subject; null for what came another way. */
export const WireMail = z
  .object({
    subject: WireText,
    email_address_headers: z
      .array(z.object({ type: WireText, email_address: WireText }).nullable().catch(null))
      .nullish()
      .catch(undefined),
  })
  .nullish()
  .catch(undefined);

/** Of a message, what tells who sent it and how. */
export type WireSender = {
  readonly author?: WireAuthor | null | undefined;
  readonly email_message_metadata?: z.infer<typeof WireMail>;
};

/** `messages` are all of the conversation, oldest first. */
export function toCircumstances(wire: WireCircumstances, messages: readonly WireSender[]): Circumstances {
  const newest = messages.findLast(({ author }) => contactTypes.has(author?.type ?? ''));
  const writer = newest?.author;
  const mail = newest?.email_message_metadata;
  const from = mail?.email_address_headers?.find((header) => header?.type === 'from')?.email_address;
  const { company } = wire;
  const role = writer?.type ?? undefined;
  const contactIds = (wire.contacts?.contacts ?? []).flatMap((contact) => contact?.id ?? []);
  return {
    teamId: wire.team_assignee_id,
    assigneeId: wire.admin_assignee_id,
    contactId: writer?.id ?? wire.contacts?.contacts[0]?.id,
    contactIds,
    contactRole: role === 'user' || role === 'lead' ? role : undefined,
    contactAddress: from?.trim() || writer?.email?.trim() || undefined,
    contactSubject: mail?.subject?.trim() || undefined,
    company:
      company == null ? undefined : [company.id, company.company_id, company.name].filter((name) => name != null),
    attributes: wire.custom_attributes,
    isFinInvolved: wire.ai_agent_participated === true || messages.some(({ author }) => author?.from_ai_agent === true),
    hasFinHandedOver: handedOverStates.has(wire.ai_agent?.resolution_state ?? ''),
  };
}

const WireContact = z.object({
  role: WireText,
  custom_attributes: WireAttributes,
  companies: z
    .object({ data: z.array(z.object({ id: WireId }).nullable().catch(null)) })
    .nullish()
    .catch(undefined),
});

/** An answer of `GET /contacts/{id}`. @throws z.ZodError */
export function parseContact(json: unknown): PersonRecord {
  const { role, custom_attributes: attributes, companies } = WireContact.parse(json);
  return { role: role ?? undefined, attributes, companies: (companies?.data ?? []).flatMap((one) => one?.id ?? []) };
}

const WireNamed = z.object({ id: WireId, name: z.string() }).nullable().catch(null);

/** Names by ids, of a list that stands in the field `field`. @throws z.ZodError */
export function parseNames(json: unknown, field: 'admins' | 'teams'): ReadonlyMap<string, string> {
  const list = z.object({ [field]: z.array(WireNamed) }).parse(json)[field] ?? [];
  return new Map(list.flatMap((one) => (one === null ? [] : [[one.id, one.name] as const])));
}
