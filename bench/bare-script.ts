/**
 * The floor for a draft: the shortest honest script that does the three calls. On a webhook it checks the signature,
 * answers, reads the conversation, asks the model, reads the streamed answer to its end and posts it as a note, with
 * the global `fetch`. It stores nothing, repeats nothing and does not look again before it posts.
 * `node bench/bare-script.ts`; prints {"url"} when it listens.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { z } from 'zod';
import { isSigned, listeningUrl, readBody } from './bare-server.ts';

const { INTERCOM_CLIENT_SECRET, INTERCOM_API_URL, INTERCOM_TOKEN, INTERCOM_ADMIN_ID, LLM_BASE_URL } = process.env;

type Message = { readonly role: string; readonly content: string };

const Notification = z.object({ data: z.object({ item: z.object({ id: z.string() }) }) });
const Written = z.object({ body: z.string().nullable(), author: z.object({ type: z.string() }) });
const Conversation = z.object({
  source: Written,
  conversation_parts: z.object({ conversation_parts: z.array(Written) }),
});
const Chunk = z.object({ choices: z.array(z.object({ delta: z.object({ content: z.string().nullish() }) })) });

const server = createServer((request, response) => {
  void readBody(request).then(async (body) => {
    if (!isSigned(body, request.headers['x-hub-signature'], INTERCOM_CLIENT_SECRET ?? '')) {
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

async function callIntercom(path: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(`${INTERCOM_API_URL}/conversations/${path}`, {
    ...init,
    headers: {
      authorization: `Bearer ${INTERCOM_TOKEN}`,
      'intercom-version': '2.16',
      'content-type': 'application/json',
    },
  });
  if (!response.ok) throw new Error(`Intercom answered ${path} with ${response.status}.`);
  return await response.json();
}

async function readConversation(conversationId: string): Promise<readonly Message[]> {
  const { source, conversation_parts: list } = Conversation.parse(await callIntercom(conversationId, {}));
  return [source, ...list.conversation_parts].map(({ body, author }) => ({
    role: author.type === 'admin' ? 'assistant' : 'user',
    content: (body ?? '').replaceAll(/<[^>]*>/g, ' '),
  }));
}

async function askModel(messages: readonly Message[]): Promise<string> {
  const response = await fetch(`${LLM_BASE_URL}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'test-model', messages, stream: true }),
  });
  let stream = '';
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    if (bytes instanceof Uint8Array) stream += decoder.decode(bytes, { stream: true });
  }
  const events = stream.split('\n\n').filter((event) => event.startsWith('data: {'));
  return events.map((event) => Chunk.parse(JSON.parse(event.slice(6))).choices[0]?.delta.content ?? '').join('');
}

async function postNote(conversationId: string, text: string): Promise<void> {
  const note = { message_type: 'note', type: 'admin', admin_id: INTERCOM_ADMIN_ID, body: `<p>${text}</p>` };
  await callIntercom(`${conversationId}/reply`, { method: 'POST', body: JSON.stringify(note) });
}
