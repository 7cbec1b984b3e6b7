import { z } from 'zod';
import type { Conversation, Part, PartKind } from '../domain/conversation.ts';
import {
  parseConversationId,
  parsePartId,
  parseTeammateId,
  parseWorkspaceId,
  type PartId,
  sourcePartId,
} from '../domain/ids.ts';
import { toAuthor } from './author.ts';
import { toCircumstances, wireCircumstances, WireMail, type WireSender } from './circumstances.ts';
import type { ReadBody } from './known-bodies.ts';
import { messageText } from './message-text.ts';
import { isNoteType, WireAuthor, WireId, WireText, WireTime } from './wire.ts';

/**
 * The API's JSON as far as we use it, read leniently: a field that is missing, null or of another kind
 * is left out, a part that can't be read is dropped, and only a body that is no conversation at all
 * fails. Written from Intercom's description, API 2.16.
 */
const WireAttachments = z
  .array(z.object({ name: z.string() }).catch({ name: 'unnamed file' }))
  .nullish()
  .catch(undefined);

const WirePart = z.object({
  id: WireId,
  part_type: WireText,
  body: WireText,
  created_at: WireTime,
  redacted: z.boolean().nullish().catch(undefined),
  author: WireAuthor.nullish().catch(undefined),
  email_message_metadata: WireMail,
  attachments: WireAttachments,
});

const WireSource = z.object({
  id: WireId.nullish().catch(undefined),
  type: WireText,
  subject: WireText,
  body: WireText,
  redacted: z.boolean().nullish().catch(undefined),
  author: WireAuthor.nullish().catch(undefined),
  email_message_metadata: WireMail,
  attachments: WireAttachments,
});

const WireConversation = z.object({
  id: WireId,
  created_at: WireTime.nullish().catch(undefined),
  state: z.enum(['open', 'closed', 'snoozed']).catch('open'),
  source: WireSource.nullish().catch(undefined),
  ...wireCircumstances,
  tags: z
    .object({ tags: z.array(z.object({ name: z.string() }).nullable().catch(null)) })
    .nullish()
    .catch(undefined),
  conversation_parts: z
    .object({ conversation_parts: z.array(z.unknown()), total_count: z.number().nullish().catch(undefined) })
    .nullish()
    .catch(undefined),
});

type WirePart = z.infer<typeof WirePart>;
type WireConversation = z.infer<typeof WireConversation>;

type RawMessage = {
  readonly id: PartId;
  readonly kind: PartKind;
  readonly author: WireAuthor | null | undefined;
  readonly body: string | null | undefined;
  readonly createdAt: number;
  readonly attachments: readonly { readonly name: string }[] | null | undefined;
};

/** A message with something to read, or undefined for an event, an empty or a redacted part. */
function toPart(raw: RawMessage, isEmail: boolean, readBody: ReadBody): Part | undefined {
  const author = toAuthor(raw.author);
  // Teammates' mail is ours to read whole; the contact's carries the history that we have anyway.
  const body = readBody({ html: raw.body ?? '', isEmail: isEmail && author.kind === 'contact' });
  const attachments = (raw.attachments ?? []).map((attachment) => attachment.name);
  if (body === '' && attachments.length === 0) return undefined;
  return { id: raw.id, kind: raw.kind, author, text: body, createdAt: raw.createdAt, attachments };
}

function firstMessage(wire: WireConversation, isEmail: boolean, readBody: ReadBody): Part | undefined {
  const { source } = wire;
  if (source?.id == null || source.redacted === true) return undefined;
  const { author, body, attachments } = source;
  const createdAt = wire.created_at ?? 0;
  return toPart(
    { id: sourcePartId(source.id), kind: 'comment', author, body, createdAt, attachments },
    isEmail,
    readBody,
  );
}

/** Decided by body, not by name: a reply that also closes, assigns or reopens is a part of that type with a body. */
function laterMessage(raw: unknown, isEmail: boolean, readBody: ReadBody): Part | undefined {
  const parsed = WirePart.safeParse(raw);
  if (!parsed.success || parsed.data.redacted === true) return undefined;
  const { part_type: type, author, body, created_at: createdAt, attachments }: WirePart = parsed.data;
  const kind = isNoteType(type) ? 'note' : 'comment';
  return toPart({ id: parsePartId(parsed.data.id), kind, author, body, createdAt, attachments }, isEmail, readBody);
}

/** Of all parts that can be read, with a message or without. */
function sendersOf({ source }: WireConversation, rawParts: readonly unknown[]): readonly WireSender[] {
  const later = rawParts.map((raw) => WirePart.safeParse(raw).data).filter((part) => part !== undefined);
  const first =
    source == null
      ? []
      : [{ ...source, email_message_metadata: { subject: source.subject, ...source.email_message_metadata } }];
  return [...first, ...later.toSorted((a, b) => a.created_at - b.created_at)];
}

const isPart = (part: Part | undefined): part is Part => part !== undefined;

/** An answer of `GET /conversations/{id}` or of a reply. @throws z.ZodError when it is no conversation. */
export function parseConversation(json: unknown, readBody: ReadBody = messageText): Conversation {
  const wire = WireConversation.parse(json);
  const channel = wire.source?.type ?? 'conversation';
  const isEmail = channel === 'email';
  const rawParts = wire.conversation_parts?.conversation_parts ?? [];
  const later = rawParts.map((raw) => laterMessage(raw, isEmail, readBody)).filter(isPart);
  // By time, but the first message stays first: Intercom may date a conversation after the parts it was made from.
  const parts = [firstMessage(wire, isEmail, readBody), ...later.toSorted((a, b) => a.createdAt - b.createdAt)].filter(
    isPart,
  );
  return {
    id: parseConversationId(wire.id),
    state: wire.state,
    subject: wire.source?.subject ? messageText({ html: wire.source.subject, isEmail: false }) : undefined,
    channel,
    contactName: parts.find((part) => part.author.kind === 'contact')?.author.name,
    circumstances: toCircumstances(wire, sendersOf(wire, rawParts)),
    tags: (wire.tags?.tags ?? []).flatMap((tag) => tag?.name ?? []),
    parts,
    isTruncated: (wire.conversation_parts?.total_count ?? 0) > rawParts.length,
  };
}

const WireMe = z.object({
  id: WireId,
  name: WireText,
  email: WireText,
  app: z.object({ id_code: WireId, name: WireText, region: WireText }),
});

/** The owner of the token and the workspace it opens. */
export type Me = {
  readonly teammateId: ReturnType<typeof parseTeammateId>;
  readonly teammateName: string;
  readonly workspaceId: ReturnType<typeof parseWorkspaceId>;
  readonly workspaceName: string;
  readonly region: string | undefined;
};

/** An answer of `GET /me`. @throws z.ZodError */
export function parseMe(json: unknown): Me {
  const { id: teammateId, name, email, app } = WireMe.parse(json);
  return {
    teammateId: parseTeammateId(teammateId),
    teammateName: name ?? email ?? teammateId,
    workspaceId: parseWorkspaceId(app.id_code),
    workspaceName: app.name ?? app.id_code,
    region: app.region ?? undefined,
  };
}

const WireTeammate = z.object({ id: WireId, name: WireText, email: WireText });

/** An answer of `GET /admins/{id}`. @throws z.ZodError */
export function parseTeammateName(json: unknown): string {
  const { id: teammateId, name, email } = WireTeammate.parse(json);
  return name ?? email ?? teammateId;
}

const WireErrors = z.object({ errors: z.array(z.object({ code: z.string() })).min(1) });

/** The first error's code of an error body; undefined when it is not Intercom's (a gateway's HTML, say). */
export function parseErrorCode(json: unknown): string | undefined {
  const parsed = WireErrors.safeParse(json);
  return parsed.success ? parsed.data.errors[0]?.code : undefined;
}
