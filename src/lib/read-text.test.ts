import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { readText } from './read-text.ts';

describe('readText', () => {
  test('gives the whole body, also where chunks end inside a character', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 5 }), async (text, chunkBytes) => {
        const bytes = Buffer.from(text);
        const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
          bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
        );
        assert.equal(await readText(Readable.from(chunks), bytes.length), text);
      }),
    );
  });

  test('takes chunks of text, too', async () => {
    assert.equal(await readText(Readable.from(['Grü', 'ße']), 100), 'Grüße');
  });

  test('counts bytes, not characters', async () => {
    assert.equal(await readText(Readable.from(['éé']), 4), 'éé');
    await assert.rejects(readText(Readable.from(['éé']), 3), RangeError);
  });

  test('stops at the limit, destroys the stream and says what the limit is', async () => {
    const endless = new Readable({
      read() {
        this.push(Buffer.alloc(1000));
      },
    });
    await assert.rejects(readText(endless, 5000), {
      name: 'RangeError',
      message: 'The body is longer than 5000 bytes.',
    });
    assert.equal(endless.destroyed, true);
  });

  test('passes on the error of a body that breaks off', async () => {
    const broken = new Readable({
      read() {
        this.destroy(new Error('socket hang up'));
      },
    });
    await assert.rejects(readText(broken, 5000), /socket hang up/);
  });
});
