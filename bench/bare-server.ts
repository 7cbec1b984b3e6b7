import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';

/** What the bare programs share: as little as a webhook can be received with. */

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => request.once('end', resolve));
  return Buffer.concat(chunks);
}

/** Whether `header` is `sha1=` and the hex HMAC-SHA1 of the body. */
function isSigned(body: Buffer, header: string | string[] | undefined, clientSecret: string): boolean {
  const expected = Buffer.from(`sha1=${createHmac('sha1', clientSecret).update(body).digest('hex')}`);
  const given = Buffer.from(String(header));
  return given.length === expected.length && timingSafeEqual(given, expected);
}

type Answer = (status: number, text: string) => void;

/** Listens on a free port, prints {"url"} and gives each request to `onRequest`, with its whole body. */
export async function listen(
  onRequest: (body: Buffer, headers: IncomingHttpHeaders, answer: Answer) => void,
): Promise<void> {
  const server = createServer((request, response) => {
    const answer: Answer = (status, text) => void response.writeHead(status).end(text);
    void readBody(request).then((body) => onRequest(body, request.headers, answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no TCP address.');
  console.log(JSON.stringify({ url: `http://127.0.0.1:${address.port}` }));
}

/**
 * Listens for webhooks. One whose signature is good by INTERCOM_CLIENT_SECRET goes to `onWebhook`, which calls `accept` to
 * answer it with 200; others are answered with 401.
 */
export async function listenForWebhooks(onWebhook: (body: Buffer, accept: () => void) => void): Promise<void> {
  const clientSecret = process.env['INTERCOM_CLIENT_SECRET'] ?? '';
  await listen((body, headers, answer) => {
    if (isSigned(body, headers['x-hub-signature'], clientSecret)) onWebhook(body, () => answer(200, 'ok'));
    else answer(401, 'no');
  });
}
