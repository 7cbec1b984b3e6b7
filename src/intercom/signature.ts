import { createHmac, timingSafeEqual } from 'node:crypto';

const prefix = 'sha1=';
const digestBytes = 20;

/**
 * Whether `header` (`X-Hub-Signature`) is `sha1=` and the hex HMAC-SHA1 of the raw body under one of the
 * app's client secrets; several are accepted while a secret is being changed. Constant time for each
 * secret. Source: https://developers.intercom.com/docs/webhooks/webhook-notifications
 */
export function verifySignature(body: Uint8Array, header: string | undefined, secrets: readonly string[]): boolean {
  if (header === undefined || !header.startsWith(prefix)) return false;
  const given = Buffer.from(header.slice(prefix.length), 'hex');
  if (given.length !== digestBytes) return false;
  let isGood = false;
  for (const secret of secrets) {
    const expected = createHmac('sha1', secret).update(body).digest();
    isGood = timingSafeEqual(given, expected) || isGood;
  }
  return isGood;
}
