import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { createBodyReader } from './known-bodies.ts';
import { messageText } from './message-text.ts';

describe('bodies that were read before', () => {
  test('read the same as the first time, whatever was read between and however little is kept', () => {
    const anyBody = fc.record({
      html: fc.constantFrom(
        '',
        '<p>Hi</p>',
        '<p>Hello<br>you</p>',
        '<p>On Monday Ann wrote:</p><blockquote>x</blockquote>',
      ),
      isEmail: fc.boolean(),
    });
    const property = fc.property(
      fc.array(anyBody, { maxLength: 30 }),
      fc.integer({ min: 0, max: 80 }),
      (bodies, max) => {
        const read = createBodyReader(max);
        for (const body of bodies) assert.equal(read(body), messageText(body));
      },
    );
    fc.assert(property, { numRuns: 200 });
  });
});
