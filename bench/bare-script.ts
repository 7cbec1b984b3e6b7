/**
 * The floor for a draft: the shortest honest script that does the three calls. On a webhook it checks the signature,
 * answers, reads the conversation, asks the model and posts the answer as a note. It stores nothing and does not look
 * again before it posts. `node bench/bare-script.ts`; prints {"url"} when it listens.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { z } from 'zod';
import { askModel, postNote, readConversation } from './bare-calls.ts';
import { isSigned, listeningUrl, readBody } from './bare-server.ts';

const clientSecret = process.env['INTERCOM_CLIENT_SECRET'] ?? '';

const Notification = z.object({ data: z.object({ item: z.object({ id: z.string() }) }) });

const server = createServer((request, response) => {
  void readBody(request).then(async (body) => {
    if (!isSigned(body, request.headers['x-hub-signature'], clientSecret)) {
      response.writeHead(401).end();
      return;
    }
    response.writeHead(200).end('ok');
    const conversationId = Notification.parse(JSON.parse(body.toString('utf8'))).data.item.id;
    await postNote(conversationId, await askModel(await readConversation(conversationId)));
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
console.log(JSON.stringify({ url: listeningUrl(server) }));
