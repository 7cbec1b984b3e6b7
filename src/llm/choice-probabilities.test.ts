import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { choiceProbabilities } from './choice-probabilities.ts';
import type { TokenChance } from './choice-probabilities.ts';

/** A token that was written, with its probability and those of the others at its place. */
function token(text: string, probability: number, others: Readonly<Record<string, number>> = {}): TokenChance {
  const alternatives = Object.entries({ [text]: probability, ...others });
  return {
    token: text,
    logprob: Math.log(probability),
    alternatives: alternatives.map(([other, share]) => ({ token: other, logprob: Math.log(share) })),
  };
}

const sure = (text: string): TokenChance => token(text, 1);
const field = 'choice';

function rounded(tokens: readonly TokenChance[], values: readonly string[]): Record<string, number> | undefined {
  const found = choiceProbabilities(tokens, { field, values });
  if (found === undefined) return undefined;
  return Object.fromEntries([...found].map(([value, share]) => [value, Math.round(share * 1000) / 1000]));
}

describe('the probabilities of choices', () => {
  const values = ['yes', 'no'];
  const table: readonly (readonly [string, readonly TokenChance[], readonly string[], object | undefined])[] = [
    [
      'are those of the first token of the value',
      [sure('{"'), sure('choice'), sure('":'), sure(' "'), token('yes', 0.7, { no: 0.3 }), sure('"}')],
      values,
      { yes: 0.7, no: 0.3 },
    ],
    [
      'hold where the value’s token begins with its quotation mark',
      [sure('{"choice":'), token(' "yes', 0.8, { ' "no': 0.2 }), sure('"}')],
      values,
      { yes: 0.8, no: 0.2 },
    ],
    [
      'hold where the whole answer is one token',
      [token('{"choice":"no"}', 0.6, { '{"choice":"yes"}': 0.4 })],
      values,
      { yes: 0.4, no: 0.6 },
    ],
    [
      'count spellings together, and other words not at all',
      [sure('{"choice":"'), token('yes', 0.5, { Yes: 0.1, NO: 0.2, maybe: 0.2 }), sure('"}')],
      values,
      { yes: 0.75, no: 0.25 },
    ],
    [
      'follow the tokens where values begin alike',
      [sure('{"choice":"'), token('part', 0.8, { none: 0.2 }), token('ly', 0.5, { '"': 0.5 }), sure('"}')],
      ['part', 'partly', 'none'],
      { part: 0.4, partly: 0.4, none: 0.2 },
    ],
    [
      'tell a value from a longer one by its end',
      [sure('{"choice":"'), sure('part'), token('"}', 0.9, { ly: 0.1 })],
      ['part', 'partly'],
      { part: 0.9, partly: 0.1 },
    ],
    [
      'are unknown where other words were likelier',
      [sure('{"choice":"'), token('yes', 0.2, { Sorry: 0.7 }), sure('"}')],
      values,
      undefined,
    ],
    ['are unknown without the field', [sure('{"other":"yes"}')], values, undefined],
    ['are unknown where the field is no text', [sure('{"choice": true}')], values, undefined],
    ['are unknown without tokens', [], values, undefined],
    [
      'are those of the last such field',
      [sure('{"choice":"no"} '), sure('{"choice":"'), token('yes', 0.9, { no: 0.1 }), sure('"}')],
      values,
      { yes: 0.9, no: 0.1 },
    ],
  ];
  for (const [title, tokens, choices, expected] of table) {
    test(title, () => {
      assert.deepEqual(rounded(tokens, choices), expected);
    });
  }

  test('add up to 1 and lie between 0 and 1, whatever the tokens are', () => {
    const piece = fc.oneof(fc.constantFrom('yes', 'no', 'y', 'es', '"', '{"choice":"', '"}', ' '), fc.string());
    const chance = fc.record({ token: piece, logprob: fc.double({ min: -30, max: 0, noNaN: true }) });
    const chances = fc.array(
      fc.record({ token: piece, logprob: chance.map((one) => one.logprob), alternatives: fc.array(chance) }),
    );
    fc.assert(
      fc.property(chances, (tokens) => {
        const found = choiceProbabilities([sure('{"choice":"'), ...tokens], { field, values });
        if (found === undefined) return;
        const shares = [...found.values()];
        assert.deepEqual([...found.keys()], values);
        assert.ok(shares.every((share) => share >= 0 && share <= 1));
        assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-9);
      }),
    );
  });
});
