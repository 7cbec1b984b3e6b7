/**
 * The floor for a draft: the shortest honest script that does the three calls. On a webhook it checks the signature,
 * answers, reads the conversation, asks the model and posts the answer as a note. It stores nothing and does not look
 * again before it posts. `node bench/bare-script.ts`; prints {"url"} when it listens.
 */
import { z } from 'zod';
import { askModel, postNote, readConversation } from './bare-calls.ts';
import { listenForWebhooks } from './bare-server.ts';

const Notification = z.object({ data: z.object({ item: z.object({ id: z.string() }) }) });

async function draft(body: Buffer): Promise<void> {
  const conversationId = Notification.parse(JSON.parse(body.toString('utf8'))).data.item.id;
  await postNote(conversationId, await askModel(await readConversation(conversationId)));
}

await listenForWebhooks((body, accept) => {
  accept();
  void draft(body);
});
