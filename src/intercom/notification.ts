import { z } from 'zod';
import {
  type ConversationId,
  type NotificationId,
  parseConversationId,
  parseNotificationId,
  parsePartId,
  parseWorkspaceId,
  sourcePartId,
  type WorkspaceId,
} from '../domain/ids.ts';
import type { NotificationEvent } from '../domain/notification.ts';
import { fail, ok, type Result } from '../lib/result.ts';
import { toAuthor } from './author.ts';
import { isNoteType, WireAuthor, WireId, WireText, WireTime } from './wire.ts';

/** A notification that we act on. */
export type ReceivedNotification = {
  readonly id: NotificationId;
  readonly workspaceId: WorkspaceId;
  readonly conversationId: ConversationId;
  readonly topic: string;
  readonly event: NotificationEvent;
};

/** Why a notification is not stored: `ignored` is a good one without effect, `invalid` is not one of Intercom's. */
export type NotStored = { readonly kind: 'ignored' | 'invalid'; readonly why: string };

const time = WireTime.nullish().catch(undefined);
const optionalId = WireId.nullish().catch(undefined);

const WirePart = z.object({
  id: WireId,
  part_type: WireText,
  created_at: time,
  author: WireAuthor.nullish().catch(undefined),
});

const WireItem = z.object({
  type: WireText,
  id: optionalId,
  conversation_id: optionalId,
  created_at: time,
  source: z.object({ id: optionalId }).nullish().catch(undefined),
  conversation_parts: z
    .object({ conversation_parts: z.array(z.unknown()) })
    .nullish()
    .catch(undefined),
});

const Envelope = z.object({
  type: z.literal('notification_event'),
  id: optionalId,
  topic: z.string(),
  app_id: optionalId,
  created_at: time,
  data: z.object({ item: z.unknown() }).nullish().catch(undefined),
});

type Envelope = z.infer<typeof Envelope>;
type WireItem = z.infer<typeof WireItem>;
type WirePart = z.infer<typeof WirePart>;

/** Its message is the conversation's `source`; the parts it lists, if any, are not what the contact wrote. */
const firstMessageTopic = 'conversation.user.created';

/**
 * Topics that act on a turn, with what they say. Everything else, `ping` among it, is answered and
 * forgotten. Source: https://developers.intercom.com/docs/references/webhooks/webhook-models
 */
const topicEvents = new Map<string, NotificationEvent['type']>([
  [firstMessageTopic, 'contact-wrote'],
  ['conversation.user.replied', 'contact-wrote'],
  ['conversation.admin.replied', 'teammate-replied'],
  ['conversation.operator.replied', 'bot-replied'],
  ['conversation.admin.closed', 'conversation-closed'],
  ['conversation.deleted', 'conversation-deleted'],
  ['conversation_part.redacted', 'part-redacted'],
]);

/** The parts that the payload carries: normally the one that it is about. */
function partsOf(item: WireItem): readonly WirePart[] {
  return (item.conversation_parts?.conversation_parts ?? []).flatMap((raw) => {
    const parsed = WirePart.safeParse(raw);
    return parsed.success ? [parsed.data] : [];
  });
}

const newestOf = (parts: readonly WirePart[]): WirePart | undefined =>
  parts.toSorted((a, b) => (a.created_at ?? 0) - (b.created_at ?? 0)).at(-1);

const isNote = ({ part_type: type }: WirePart): boolean => isNoteType(type);
const isReply = (type: NotificationEvent['type']): boolean => type === 'teammate-replied' || type === 'bot-replied';

/**
 * Reads a notification as Intercom posts it. Lenient about everything we don't use; what the contact
 * wrote is not read at all, since the conversation itself is fetched later.
 * `now` is in ms and stands in where the payload has no time.
 */
export function parseNotification(payload: unknown, now: number): Result<ReceivedNotification, NotStored> {
  const envelope = Envelope.safeParse(payload);
  if (!envelope.success) {
    return fail({ kind: 'invalid', why: 'The body is not an Intercom notification (type "notification_event").' });
  }
  const { topic } = envelope.data;
  const type = topicEvents.get(topic);
  if (type === undefined) return fail({ kind: 'ignored', why: `the topic ${topic} has no effect here` });
  return parseConversationNotification(envelope.data, type, now);
}

function parseConversationNotification(
  envelope: Envelope,
  type: NotificationEvent['type'],
  now: number,
): Result<ReceivedNotification, NotStored> {
  const item = WireItem.safeParse(envelope.data?.item);
  const conversationId = item.success ? conversationIdOf(item.data) : undefined;
  if (!item.success || conversationId === undefined) {
    return fail({ kind: 'invalid', why: `The notification ${envelope.topic} names no conversation in data.item.` });
  }
  if (!envelope.id || !envelope.app_id) {
    return fail({ kind: 'invalid', why: 'The notification lacks its id or its app_id.' });
  }
  const parts = partsOf(item.data);
  if (isReply(type) && parts.length > 0 && parts.every(isNote)) {
    return fail({ kind: 'ignored', why: `the part under ${envelope.topic} is a note, which the contact never sees` });
  }
  return ok({
    id: parseNotificationId(envelope.id),
    workspaceId: parseWorkspaceId(envelope.app_id),
    conversationId: parseConversationId(conversationId),
    topic: envelope.topic,
    event: toEvent(item.data, type, envelope, now),
  });
}

/** `conversation_part.redacted` is documented with a part as the item and was seen with a conversation. */
const conversationIdOf = (item: WireItem): string | undefined =>
  item.conversation_id ?? (item.type === 'conversation_part' ? undefined : item.id) ?? undefined;

function toEvent(item: WireItem, type: NotificationEvent['type'], envelope: Envelope, now: number): NotificationEvent {
  const createdAt = envelope.created_at ?? Math.floor(now / 1000);
  if (envelope.topic === firstMessageTopic) {
    const partId = item.source?.id == null ? undefined : sourcePartId(item.source.id);
    return { type, position: { partId, at: item.created_at ?? createdAt }, authorId: undefined };
  }
  const part = newestOf(isReply(type) ? partsOf(item).filter((one) => !isNote(one)) : partsOf(item));
  if (part === undefined) return { type, position: { partId: undefined, at: createdAt }, authorId: undefined };
  const author = toAuthor(part.author);
  // Bot and workflow messages also arrive as conversation.admin.replied.
  const isBot = type === 'teammate-replied' && author.kind === 'bot' && part.author != null;
  return {
    type: isBot ? 'bot-replied' : type,
    position: { partId: parsePartId(part.id), at: part.created_at ?? createdAt },
    authorId: author.id === '' ? undefined : author.id,
  };
}
