import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { Mask, restorableChars } from './masking.ts';
import { findPersonalData } from './personal-data.ts';
import type { PersonalDataKind } from './spans.ts';

const every = new Set<PersonalDataKind>(['email', 'phone', 'card', 'iban', 'key', 'national-id', 'ip-address']);
const anyPiece = fc.oneof(
  fc.constantFrom('jo@example.com', '+44 20 7946 0958', '4111 1111 1111 1111', '[EMAIL_1]', '[', ']', '\n'),
  fc.string({ maxLength: 12 }),
);
const anyText = fc.array(anyPiece, { maxLength: 12 }).map((pieces) => pieces.join(' '));

describe('a mask', () => {
  test('hides the kinds that are set, the same value by the same placeholder, and gives each back', () => {
    const mask = new Mask(findPersonalData, new Set<PersonalDataKind>(['email']));
    const first = mask.hide('Is jo@example.com or ann@example.com right? Call +44 20 7946 0958.');
    assert.equal(first, 'Is [EMAIL_1] or [EMAIL_2] right? Call +44 20 7946 0958.');
    assert.equal(mask.hide('Again: ann@example.com'), 'Again: [EMAIL_2]');
    assert.equal(mask.restore('Write to [EMAIL_2], not [EMAIL_7].'), 'Write to ann@example.com, not [EMAIL_7].');
  });

  test('leaves no value that is found, and loses no text', () => {
    const property = fc.property(anyText, (text) => {
      fc.pre(!text.includes('[EMAIL_') || !text.includes('@')); // a contact may write what looks like a placeholder
      const mask = new Mask(findPersonalData, every);
      const hidden = mask.hide(text);
      for (const { start, end } of findPersonalData(text)) assert.ok(!hidden.includes(text.slice(start, end)));
      assert.equal(mask.restore(hidden), text);
    });
    fc.assert(property, { numRuns: 300 });
  });

  test('a text that comes in pieces is restored without cutting a placeholder', () => {
    const whole = 'Write to [EMAIL_1] or see [the page](https://example.com) [EMAIL_2';
    const mask = new Mask(findPersonalData, every);
    mask.hide('jo@example.com');
    const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 60 });
    const property = fc.property(cuts, (sizes) => {
      let [given, held, at] = ['', '', 0];
      for (const size of [...sizes, whole.length]) {
        held += whole.slice(at, at + size);
        at += size;
        const chars = restorableChars(held);
        given += mask.restore(held.slice(0, chars));
        held = held.slice(chars);
      }
      given += mask.restore(held);
      assert.equal(given, mask.restore(whole));
    });
    fc.assert(property, { numRuns: 200 });
  });
});
