import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { conversationWith, partBy } from '../../test/support/conversations.ts';
import type { Part } from './conversation.ts';
import { recentHistory, splitExchanges } from './history.ts';

/** Parts from a line such as `ccttcbn`: contact, teammate, bot and note, in this order. */
const partsOf = (line: string): readonly Part[] =>
  Array.from(line, (letter, index) => {
    if (letter === 'n') return partBy('teammate', index, letter, { kind: 'note' });
    const kinds = { c: 'contact', t: 'teammate', b: 'bot' } as const;
    return partBy(kinds[letter as keyof typeof kinds], index, letter);
  });

/** Exchanges as text, such as `cc>t c>bt`. */
const show = (exchanges: ReturnType<typeof splitExchanges>): string =>
  exchanges
    .map(({ asked, answered }) => [asked, answered].map((parts) => parts.map(({ text }) => text).join('')).join('>'))
    .join(' ');

const line = fc.string({ unit: fc.constantFrom('c', 't', 'b', 'n'), maxLength: 30 });

describe('splitExchanges', () => {
  for (const [parts, expected] of [
    ['', ''],
    ['c', 'c>'],
    ['cct', 'cc>t'],
    ['ctb', 'c>tb'],
    ['ctctc', 'c>t c>t c>'],
    ['tc', '>t c>'],
    ['bbct', '>bb c>t'],
  ] as const) {
    test(`${parts || 'nothing'} is ${expected || 'no exchange'}`, () => {
      assert.equal(show(splitExchanges(partsOf(parts))), expected);
    });
  }

  test('keeps every part once, in its order, and begins a new exchange only where the contact writes', () => {
    fc.assert(
      fc.property(line, (text) => {
        const parts = partsOf(text);
        const exchanges = splitExchanges(parts);
        assert.deepEqual(
          exchanges.flatMap(({ asked, answered }) => [...asked, ...answered]),
          parts,
        );
        for (const { asked, answered } of exchanges) {
          assert.ok(asked.every(({ author }) => author.kind === 'contact'));
          assert.ok(answered.every(({ author }) => author.kind !== 'contact'));
        }
        assert.ok(exchanges.slice(1).every(({ asked }) => asked.length > 0));
        assert.ok(exchanges.slice(0, -1).every(({ answered }) => answered.length > 0));
      }),
    );
  });
});

describe('recentHistory', () => {
  const historyOf = (text: string, exchangesMax: number): string => {
    const { answered, open } = recentHistory(conversationWith(partsOf(text)), exchangesMax);
    return `${show(answered)} | ${open.map((part) => part.text).join('')}`;
  };

  test('gives the newest answered exchanges and the contact’s open messages', () => {
    assert.equal(historyOf('ctcttcc', 5), 'c>t c>tt | cc');
    assert.equal(historyOf('ctctctc', 2), 'c>t c>t | c');
    assert.equal(historyOf('cc', 5), ' | cc');
    assert.equal(historyOf('', 5), ' | ');
  });

  test('has nothing open where the team had the last word', () => {
    assert.equal(historyOf('ctct', 5), 'c>t c>t | ');
  });

  test('leaves out notes, ours and the teammates’', () => {
    assert.equal(historyOf('ncnntnc', 5), 'c>t | c');
  });

  test('never gives more exchanges than asked for, and never an older one instead of a newer', () => {
    fc.assert(
      fc.property(line, fc.integer({ min: 1, max: 6 }), (text, exchangesMax) => {
        const conversation = conversationWith(partsOf(text));
        const { answered, open } = recentHistory(conversation, exchangesMax);
        const given = [...answered.flatMap((exchange) => [...exchange.asked, ...exchange.answered]), ...open];
        const readable = conversation.parts.filter(({ kind }) => kind === 'comment');
        assert.ok(answered.length <= exchangesMax);
        assert.deepEqual(given, readable.slice(readable.length - given.length));
      }),
    );
  });
});
