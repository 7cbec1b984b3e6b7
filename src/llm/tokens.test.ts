import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { estimateTokens } from './tokens.ts';

describe('estimateTokens', () => {
  for (const [text, tokens] of [
    ['', 0],
    ['a', 1],
    ['abc', 1],
    ['abcd', 2],
    ['Where is my order?', 6],
    ['注文はどこですか', 8],
    ['我的订单 ok', 5],
    ['주문', 2],
    ['สั่ง', 4],
  ] as const) {
    test(`"${text}" is ${tokens}`, () => {
      assert.equal(estimateTokens(text), tokens);
    });
  }

  test('is at most one token for each character, and never less for more text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (text, more) => {
        assert.ok(estimateTokens(text) <= text.length);
        assert.ok(estimateTokens(text + more) >= estimateTokens(text));
        assert.ok(estimateTokens(text) >= Math.ceil(text.length / 3) - text.length * 0.5);
      }),
    );
  });
});
