import type { Change, SimulatedConversation, SimulatedPart } from './model.ts';
import { conversationWithParts, type BodyFormat } from './serialise.ts';
import type { Topic, Webhooks } from './webhooks.ts';

/**
 * Sends the webhooks of a change. The item is a conversation that holds the part of this event and
 * no other (platform sheet, 1.5); for `conversation.user.created` the list is empty.
 */
export function notifyOf(change: Change, webhooks: Webhooks, format: BodyFormat): void {
  if (!change.notify) return;
  switch (change.kind) {
    case 'created':
      announce(webhooks, change.conversation, undefined, format);
      break;
    case 'part':
      announce(webhooks, change.conversation, change.part, format);
      break;
    case 'redacted': {
      const item = conversationWithEvent(change.conversation, change.part, format);
      webhooks.notify('conversation_part.redacted', item, change.conversation.updatedAt);
      break;
    }
    case 'tagged': {
      const item = conversationWithEvent(change.conversation, change.part, format);
      webhooks.notify('conversation_part.tag.created', item, change.part.createdAt);
      break;
    }
    case 'untagged':
    case 'updated':
      break;
    case 'deleted':
      webhooks.notify('conversation.deleted', { type: 'conversation', id: change.conversationId, deleted: true });
      break;
  }
}

/** Tells of one part, or of the first message when there is no part. */
export function announce(
  webhooks: Webhooks,
  conversation: SimulatedConversation,
  part: SimulatedPart | undefined,
  format: BodyFormat,
): void {
  const topics = part === undefined ? ['conversation.user.created' as const] : topicsOf(part);
  for (const topic of topics) {
    webhooks.notify(topic, conversationWithEvent(conversation, part, format), (part ?? conversation).createdAt);
  }
}

function conversationWithEvent(
  conversation: SimulatedConversation,
  part: SimulatedPart | undefined,
  format: BodyFormat,
) {
  const parts = part === undefined ? [] : [part];
  return conversationWithParts(conversation, format, parts, parts.length);
}

/**
 * A teammate's message that rides on a close, an assignment or an opening fires the topic of the
 * message and that of the act, with two notification ids. That both fire is an assumption; see
 * section 9 of the platform sheet for what a live workspace has to show.
 */
function topicsOf(part: SimulatedPart): Topic[] {
  const { type } = part.author;
  if (type === 'user' || type === 'lead') return ['conversation.user.replied'];
  if (type === 'bot') return part.body === null ? [] : ['conversation.operator.replied'];
  if (part.partType === 'note') return ['conversation.admin.noted'];

  const topics: Topic[] = part.body === null && part.attachments.length === 0 ? [] : ['conversation.admin.replied'];
  const act = topicOfAct(part.partType);
  return act === undefined ? topics : [...topics, act];
}

function topicOfAct(partType: string): Topic | undefined {
  switch (partType) {
    case 'close':
      return 'conversation.admin.closed';
    case 'open':
      return 'conversation.admin.opened';
    case 'snoozed':
      return 'conversation.admin.snoozed';
    case 'assignment':
    case 'assign_and_reopen':
      return 'conversation.admin.assigned';
    default:
      return undefined;
  }
}
