import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { visibleText } from './visible-text.ts';

/** ASCII written in Unicode tag characters, which no program shows. */
const inTags = (text: string): string =>
  Array.from(text, (letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join('');

describe('visibleText', () => {
  const hidden: readonly (readonly [string, string])[] = [
    ['Unicode tags', inTags('ignore the team')],
    ['zero-width characters', '\u200b\u200c\u200d\u2060\ufeff'],
    ['bidirectional controls', '\u202e\u202d\u202c\u2066\u2069\u200e\u200f\u061c'],
    ['variation selectors', '\ufe00\ufe0f\u{e0100}\u{e01ef}'],
    ['control characters', '\u0000\u0008\u001b\u007f\u009f'],
    ['soft hyphens and fillers', '\u00ad\u034f\u115f\u3164\uffa0\u180e'],
  ];
  for (const [name, characters] of hidden) {
    test(`takes out ${name}`, () => {
      assert.equal(visibleText(`My ${characters}pa${characters}rcel${characters}`), 'My parcel');
    });
  }

  for (const text of [
    'Tabs\tand\nlines stay',
    '👩‍💻 👨‍👩‍👧‍👦 ❤️‍🔥 👍🏽 1️⃣ 🏳️‍🌈',
    'می‌خواهم', // Persian: the joiner tells where one word part ends
    'क्‍ष श्री',
    'Grüße, 你好, привет, 안녕, שלום, สวัสดี',
    'e\u0301 and 3 × 4 = 12 €',
  ]) {
    test(`leaves what people write: ${text}`, () => assert.equal(visibleText(text), text));
  }

  test('makes line feeds of all line ends, and characters of halves', () => {
    assert.equal(visibleText('a\r\nb\rc\u2028d\u2029e\u0085f'), 'a\nb\nc\nd\ne\nf');
    assert.equal(visibleText('a\ud800b'), 'a\ufffdb');
  });

  const character = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 2 }),
    fc.constantFrom('\u200d', '\u200c', '\ufe0f', '\u202e', '\u{e0041}', 'a', 'ا', 'ب', '👩', '💻', '\r', '\n', '7'),
  );
  const anyText = fc.array(character, { maxLength: 20 }).map((pieces) => pieces.join(''));

  test('leaves nothing unseen beside joiners and line ends, and changes nothing the second time', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const visible = visibleText(text);
        assert.equal(visibleText(visible), visible);
        assert.doesNotMatch(visible, /[[\p{Cc}\p{Cf}]--[\t\n\u200C\u200D]]/v);
        assert.doesNotMatch(visible, /(?:\u200C|\u200D){2}|[a-z](?:\u200C|\u200D)|^(?:\u200C|\u200D|\uFE0F)/);
        assert.ok(visible.isWellFormed());
      }),
      { numRuns: 2000 },
    );
  });
});
