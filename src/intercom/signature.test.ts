import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createHmac } from 'node:crypto';
import { fc } from '../../test/support/fast-check.ts';
import { verifySignature } from './signature.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const sign = (body: Uint8Array, secret: string): string =>
  `sha1=${createHmac('sha1', secret).update(body).digest('hex')}`;

/** RFC 2202, section 3, case 2; the others by `openssl dgst -sha1 -hmac`. */
const vectors: readonly (readonly [secret: string, body: string, digest: string])[] = [
  ['Jefe', 'what do ya want for nothing?', 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'],
  ['key', 'The quick brown fox jumps over the lazy dog', 'de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9'],
  ['s3cret', '{"text":"schön"}', 'd305b248f4c499ea8862805c4527056fd3bdf0da'],
];

const body = bytes('{"topic":"ping"}');
const secret = fc.string({ minLength: 1, maxLength: 40 });

describe('verifySignature', () => {
  for (const [key, text, digest] of vectors) {
    test(`accepts the known digest of ${text}`, () => {
      assert.equal(verifySignature(bytes(text), `sha1=${digest}`, [key]), true);
      assert.equal(verifySignature(bytes(text), `sha1=${digest.toUpperCase()}`, [key]), true);
    });
  }

  test('accepts any body signed with any of the secrets, while one is being changed', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 500 }),
        fc.array(secret, { minLength: 1, maxLength: 4 }),
        (raw, secrets) => {
          for (const one of secrets) assert.equal(verifySignature(raw, sign(raw, one), secrets), true);
        },
      ),
    );
  });

  test('refuses any other body', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (raw, at, flip) => {
          const changed = Uint8Array.from(raw);
          const index = at % raw.length;
          changed[index] = (raw[index] ?? 0) ^ flip;
          assert.equal(verifySignature(changed, sign(raw, 'secret'), ['secret']), false);
          assert.equal(verifySignature(raw.subarray(1), sign(raw, 'secret'), ['secret']), false);
        },
      ),
    );
  });

  test('refuses any other secret', () => {
    fc.assert(
      fc.property(secret, secret, (one, other) => {
        // HMAC fills a short key up with zeros, so keys that differ by zeros at their end are one key.
        fc.pre(one.replace(/\0+$/, '') !== other.replace(/\0+$/, ''));
        assert.equal(verifySignature(body, sign(body, one), [other]), false);
      }),
    );
  });

  test('refuses whatever is not exactly one signature', () => {
    const good = sign(body, 'secret');
    const bad = [
      undefined,
      '',
      'sha1=',
      good.slice('sha1='.length),
      good.slice(0, -1),
      good.slice(0, -2),
      `${good}00`,
      `${good}zz`,
      `${good} `,
      ` ${good}`,
      `${good}, ${good}`,
      good.replace('sha1=', 'SHA1='),
      good.replace('sha1=', 'sha256='),
      `sha1=${'z'.repeat(40)}`,
      `sha256=${createHmac('sha256', 'secret').update(body).digest('hex')}`,
    ];
    assert.equal(verifySignature(body, good, ['secret']), true);
    assert.deepEqual(
      bad.filter((header) => verifySignature(body, header, ['secret'])),
      [],
    );
  });

  test('refuses everything when no secret is known', () => {
    assert.equal(verifySignature(body, sign(body, ''), []), false);
  });
});
