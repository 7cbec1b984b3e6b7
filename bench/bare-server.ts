import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';

/** What the two floor servers share: as little as a webhook can be received with. */

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => request.once('end', resolve));
  return Buffer.concat(chunks);
}

/** Whether `header` is `sha1=` and the hex HMAC-SHA1 of the body. */
export function isSigned(body: Buffer, header: string | string[] | undefined, clientSecret: string): boolean {
  const expected = Buffer.from(`sha1=${createHmac('sha1', clientSecret).update(body).digest('hex')}`);
  const given = Buffer.from(String(header));
  return given.length === expected.length && timingSafeEqual(given, expected);
}

export function listeningUrl(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no TCP address.');
  return `http://127.0.0.1:${address.port}`;
}
