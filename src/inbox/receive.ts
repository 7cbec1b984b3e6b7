import { type ArticleNotification, parseArticleNotification } from '../intercom/article-notification.ts';
import { parseNotification } from '../intercom/notification.ts';
import { verifySignature } from '../intercom/signature.ts';
import { DatabaseAway } from '../store/database.ts';
import type { Batcher } from './batcher.ts';

export type WebhookRequest = {
  readonly body: Uint8Array;
  readonly contentType: string | undefined;
  readonly signature: string | undefined;
};

/** What Intercom is answered, and what became of the notification. */
export type WebhookAnswer = {
  readonly status: 200 | 400 | 401 | 415 | 503;
  /** One sentence. */
  readonly text: string;
  readonly result: 'stored' | 'duplicate' | 'ignored' | 'refused' | 'database-away';
  readonly topic: string | undefined;
};

export type ReceiveDeps = {
  readonly clientSecrets: readonly string[];
  readonly batcher: Batcher;
  /** Keeps that an article has changed; false when no source reads articles. @throws DatabaseAway */
  readonly noteArticle: (articleId: string) => Promise<boolean>;
  readonly now: () => number;
  readonly onDatabaseAway: (error: DatabaseAway) => void;
};

const refuse = (status: 400 | 401 | 415, text: string): WebhookAnswer => ({
  status,
  text,
  result: 'refused',
  topic: undefined,
});

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseJson(body: Uint8Array): { readonly json: unknown } | undefined {
  try {
    return { json: JSON.parse(utf8.decode(body)) };
  } catch {
    return undefined;
  }
}

/**
 * A webhook, from its bytes to the answer. A 200 means: committed, or nothing to do. The only work before
 * the answer is to verify, to read and to store.
 */
export async function receive(request: WebhookRequest, deps: ReceiveDeps): Promise<WebhookAnswer> {
  if (request.signature === undefined) {
    return refuse(401, 'There is no X-Hub-Signature header: only what Intercom has signed is taken.');
  }
  if (!verifySignature(request.body, request.signature, deps.clientSecrets)) {
    return refuse(
      401,
      'The X-Hub-Signature header does not match the body: set INTERCOM_CLIENT_SECRET to the client secret on the app’s Basic information page.',
    );
  }
  if (!/^application\/json\s*(?:;|$)/i.test(request.contentType ?? '')) {
    return refuse(415, 'Send the notification with the content type application/json.');
  }
  const parsed = parseJson(request.body);
  if (parsed === undefined) return refuse(400, 'The body is not JSON in UTF-8.');
  const article = parseArticleNotification(parsed.json);
  if (article !== undefined) return await receiveArticle(article, deps);
  const notification = parseNotification(parsed.json, deps.now());
  if (!notification.ok) {
    const { kind, why } = notification.reason;
    if (kind === 'invalid') return refuse(400, why);
    return { status: 200, text: `Ignored: ${why}.`, result: 'ignored', topic: undefined };
  }
  const { topic } = notification.value;
  try {
    const isNew = await deps.batcher.store(notification.value);
    return isNew
      ? { status: 200, text: 'Stored.', result: 'stored', topic }
      : { status: 200, text: 'Ignored: stored before.', result: 'duplicate', topic };
  } catch (error) {
    return answerTrouble(error, topic, deps);
  }
}

/** Only noted, like everything here: the article is read afterwards. */
async function receiveArticle({ articleId, topic }: ArticleNotification, deps: ReceiveDeps): Promise<WebhookAnswer> {
  try {
    return (await deps.noteArticle(articleId))
      ? { status: 200, text: 'Stored.', result: 'stored', topic }
      : { status: 200, text: 'Ignored: sidenote.yaml names no help-center source.', result: 'ignored', topic };
  } catch (error) {
    return answerTrouble(error, topic, deps);
  }
}

function answerTrouble(error: unknown, topic: string, deps: ReceiveDeps): WebhookAnswer {
  if (!(error instanceof DatabaseAway)) throw error;
  deps.onDatabaseAway(error);
  return { status: 503, text: 'The database is away; deliver again.', result: 'database-away', topic };
}
