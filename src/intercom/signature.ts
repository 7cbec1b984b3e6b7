import { createHmac, timingSafeEqual } from 'node:crypto';

const signature = /^sha1=(?<digest>[\da-fA-F]{40})$/;

/**
 * Whether `header` (`X-Hub-Signature`) is `sha1=` and the hex HMAC-SHA1 of the raw body under one of the
 * app's client secrets; several are accepted while a secret is being changed. Constant time for each
 * secret. Source: https://developers.intercom.com/docs/webhooks/webhook-notifications
 */
export function verifySignature(body: Uint8Array, header: string | undefined, secrets: readonly string[]): boolean {
  const digest = signature.exec(header ?? '')?.groups?.['digest'];
  if (digest === undefined) return false;
  const given = Buffer.from(digest, 'hex');
  let isGood = false;
  for (const secret of secrets) {
    const expected = createHmac('sha1', secret).update(body).digest();
    isGood = timingSafeEqual(given, expected) || isGood;
  }
  return isGood;
}
