import { z } from 'zod';
import { WireId } from './wire.ts';

/** A notification that an article was written, changed, published, withdrawn or deleted. */
export type ArticleNotification = { readonly articleId: string; readonly topic: string };

const Envelope = z.object({
  type: z.literal('notification_event'),
  topic: z.string().startsWith('article.'),
  data: z.object({ item: z.object({ id: WireId }) }),
});

/**
 * Reads a notification about an article; undefined for any other. What the article says is not taken from here: it
 * is read by the API. Source: https://developers.intercom.com/docs/references/webhooks/webhook-models
 */
export function parseArticleNotification(payload: unknown): ArticleNotification | undefined {
  const envelope = Envelope.safeParse(payload);
  if (!envelope.success) return undefined;
  return { articleId: envelope.data.data.item.id, topic: envelope.data.topic };
}
