import { createHmac, randomUUID } from 'node:crypto';
import { conversationWithParts } from '../simulator/serialise.ts';
import { Workspace } from '../simulator/workspace.ts';
import { postRequest } from './connection.ts';

/** Where webhooks go, and the key that signs them. */
export type Receiver = { readonly webhookUrl: string; readonly clientSecret: string };

/** A conversation with a history, so that there is something to read: a question, an answer, a second question. */
export const messages = {
  first: '<p>Hello, my paddle arrived with a scratched blade. The order is 48213. What can I do about it?</p>',
  answer:
    '<p>Hi Ada,</p><p>I am sorry about that. Could you send us a photo of the blade? Then we can choose between a <a href="https://help.lumenkayak.example/exchange">replacement</a> and a discount.</p><p>Maren</p>',
  second:
    '<p>Here it is. I would rather have a new one.</p><p>How long does that take, and do I have to send the old one back first?</p>',
};

/**
 * Makes the requests of genuine notifications "the contact wrote this part", some 3 kB each, every one with an id of its
 * own. Made before the measured time, since signing takes longer than sending.
 */
export function createNotifications({
  webhookUrl,
  clientSecret,
}: Receiver): (conversationId: string, partId: string) => Buffer {
  const now = Math.floor(Date.now() / 1000);
  const workspace = new Workspace({ appId: 'lumen123', now: Date.now });
  const { conversationId: exampleId } = workspace.contactWrites({ html: messages.first });
  workspace.addPart(exampleId, { author: workspace.cast.teammate, partType: 'comment', html: messages.answer });
  workspace.contactWrites({ conversationId: exampleId, html: messages.second });
  const example = workspace.get(exampleId);
  const item = conversationWithParts(example, 'plain', example.parts.slice(-1), 1);
  const { conversation_parts: list } = item;

  return (conversationId, partId) => {
    const body = JSON.stringify({
      type: 'notification_event',
      app_id: 'lumen123',
      id: `notif_${randomUUID()}`,
      topic: 'conversation.user.replied',
      created_at: now,
      first_sent_at: now,
      delivery_attempts: 1,
      data: {
        type: 'notification_event_data',
        item: {
          ...item,
          id: conversationId,
          conversation_parts: {
            ...list,
            conversation_parts: list.conversation_parts.map((part) => ({ ...part, id: partId })),
          },
        },
      },
    });
    const signature = createHmac('sha1', clientSecret).update(body).digest('hex');
    return postRequest(new URL(webhookUrl), body, { 'x-hub-signature': `sha1=${signature}` });
  };
}
