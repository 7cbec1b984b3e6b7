import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import type { TestApp } from './app.ts';

export type Answer = { readonly status: number; readonly text: string };

/** A notification as Intercom posts it, about a contact's part that exists nowhere. */
export const notification = (id: string, changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  type: 'notification_event',
  app_id: 'lumen123',
  id,
  topic: 'conversation.user.replied',
  created_at: 1_789_630_000,
  data: {
    type: 'notification_event_data',
    item: {
      type: 'conversation',
      id: '4711',
      conversation_parts: { conversation_parts: [{ id: '99', created_at: 1_789_630_000, author: { type: 'user' } }] },
    },
  },
  ...changes,
});

export const sign = (body: string | Uint8Array, secret: string): string =>
  `sha1=${createHmac('sha1', secret).update(body).digest('hex')}`;

/** Posts bytes to the webhook. Without a `signature`, the good one; null for none. */
export async function postWebhook(
  { simulator, webhookUrl }: TestApp,
  body: string | Uint8Array<ArrayBuffer>,
  options: { readonly signature?: string | null; readonly contentType?: string } = {},
): Promise<Answer> {
  const { signature = sign(body, simulator.clientSecret), contentType = 'application/json' } = options;
  const headers = { 'content-type': contentType, ...(signature === null ? {} : { 'x-hub-signature': signature }) };
  const response = await fetch(webhookUrl, { method: 'POST', headers, body });
  return { status: response.status, text: await response.text() };
}

/** Posts `bytes` zeros, with a content-length or in chunks, and stops where the answer comes first. */
export async function postZeros(
  { webhookUrl }: TestApp,
  bytes: number,
  framing: 'content-length' | 'chunked',
): Promise<Answer> {
  const length = framing === 'content-length' ? { 'content-length': bytes } : {};
  const outgoing = request(webhookUrl, { method: 'POST', headers: { 'content-type': 'application/json', ...length } });
  outgoing.on('error', () => undefined); // the rest of the body may meet a closed connection
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  outgoing.end(Buffer.alloc(bytes));
  const [response] = await answered;
  return { status: response.statusCode ?? 0, text: await text(response) };
}

/** Ids of the stored notifications, read by a connection of its own: what is committed, and nothing else. */
export function committedNotifications({ databasePath }: TestApp): readonly string[] {
  const reader = new DatabaseSync(databasePath, { readOnly: true });
  try {
    return reader
      .prepare('select id from notifications order by id')
      .all()
      .map(({ id }) => String(id));
  } finally {
    reader.close();
  }
}
