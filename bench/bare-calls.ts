import { z } from 'zod';

/** The calls of the two bare programs, with the global `fetch` and nothing repeated. Each throws when it is refused. */

const { INTERCOM_API_URL, INTERCOM_TOKEN, INTERCOM_ADMIN_ID, LLM_BASE_URL } = process.env;

type Message = { readonly role: string; readonly content: string };

const Written = z.object({ body: z.string().nullable(), author: z.object({ type: z.string() }) });
const Conversation = z.object({
  source: Written,
  conversation_parts: z.object({ conversation_parts: z.array(Written) }),
});
const Chunk = z.object({ choices: z.array(z.object({ delta: z.object({ content: z.string().nullish() }) })) });

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

export async function readConversation(conversationId: string): Promise<readonly Message[]> {
  const { source, conversation_parts: list } = Conversation.parse(await callIntercom(conversationId, {}));
  return [source, ...list.conversation_parts].map(({ body, author }) => ({
    role: author.type === 'admin' ? 'assistant' : 'user',
    content: (body ?? '').replaceAll(/<[^>]*>/g, ' '),
  }));
}

/** Reads the streamed answer to its end. */
export async function askModel(messages: readonly Message[]): Promise<string> {
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

export async function postNote(conversationId: string, text: string): Promise<void> {
  const note = { message_type: 'note', type: 'admin', admin_id: INTERCOM_ADMIN_ID, body: `<p>${text}</p>` };
  await callIntercom(`${conversationId}/reply`, { method: 'POST', body: JSON.stringify(note) });
}
