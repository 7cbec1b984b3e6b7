import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

const Envelope = z.looseObject({
  id: z.string().nullable(),
  topic: z.string(),
  delivery_attempts: z.number(),
  data: z.looseObject({ item: z.looseObject({}) }),
});

export type ReceivedWebhook = {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly envelope: z.infer<typeof Envelope>;
};

export type WebhookReceiver = AsyncDisposable & {
  readonly url: string;
  readonly received: readonly ReceivedWebhook[];
  /** Topics in the order of arrival. */
  topics(): string[];
  /** The status of the next answers; `hang` answers never. */
  answerWith(status: number | 'hang'): void;
};

/** A server that stands where the assistant's webhook does; it answers 200 until told otherwise. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = [];
  let answer: number | 'hang' = 200;
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ headers: request.headers, body, envelope: Envelope.parse(JSON.parse(body)) });
      if (answer !== 'hang') response.writeHead(answer).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The receiver has no port.');
  return {
    url: `http://127.0.0.1:${address.port}/intercom/webhook`,
    received,
    topics: () => received.map(({ envelope }) => envelope.topic),
    answerWith: (next) => void (answer = next),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** The header that Intercom sends with a body (platform sheet, 1.2), worked out apart from the simulator. */
export const hubSignature = (body: string, clientSecret: string): string =>
  `sha1=${createHmac('sha1', clientSecret).update(body).digest('hex')}`;
