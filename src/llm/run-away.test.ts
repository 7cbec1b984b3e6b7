import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { createRunAwayDetector } from './run-away.ts';
import type { RunAway } from './run-away.ts';

/** What a detector says of a text that comes in pieces of this many characters, with what it let through. */
function watch(
  text: string,
  isJson = false,
  pieceChars = 4,
  prompt = '',
): { found: RunAway | undefined; letThrough: number } {
  const detector = createRunAwayDetector({ isJson, isQuoted: (words) => prompt.includes(words) });
  for (let from = 0; from < text.length; from += pieceChars) {
    const found = detector.push(text.slice(from, from + pieceChars));
    if (found !== undefined) return { found, letThrough: from };
  }
  return { found: undefined, letThrough: text.length };
}

const start = 'Thank you for writing to us about the pump. ';

describe('an answer that runs away', () => {
  const loops: readonly (readonly [string, string])[] = [
    ['one mark', '!'],
    ['one word', 'pump '],
    ['a syllable', 'ha'],
    ['four words', 'we are very sorry, '],
    ['a sentence', 'Please unplug the pump and wait for ten minutes before you try it again. '],
    ['another script', '申し訳ございません。'],
  ];
  for (const [name, loop] of loops) {
    test(`is found when it is ${name} again and again, before 1500 characters are lost`, () => {
      const { found, letThrough } = watch(start + loop.repeat(2000));
      assert.equal(found, 'repetition');
      assert.ok(letThrough < start.length + 1500, String(letThrough));
    });
  }

  test('is found when a constrained answer is blank after blank', () => {
    const { found, letThrough } = watch(`{"choice": ${' \n\t'.repeat(500)}`, true);
    assert.equal(found, 'blanks');
    assert.ok(letThrough <= 80);
  });

  test('is found when prose is blank after blank', () => {
    assert.equal(watch(start + ' '.repeat(2000)).found, 'blanks');
  });

  test('is found however it is cut', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 100 }), fc.integer({ min: 1, max: 50 }), (loop, pieceChars) => {
        const { found } = watch(start + loop.repeat(2000), false, pieceChars);
        assert.ok(found !== undefined);
      }),
    );
  });
});

describe('an answer that does not run away', () => {
  const texts: readonly (readonly [string, string])[] = [
    ['a long number', 'The limit is 1000000000000000000000000000000000000000 bytes.'],
    ['a line of dashes', `Before\n${'-'.repeat(80)}\nAfter`],
    ['a table', `| Size | Price |\n|${' --- |'.repeat(20)}\n| 1 | 2 |\n`.repeat(2)],
    ['laughter', 'Hahahahahaha, that is a good one!'],
    [
      'a list whose lines begin alike',
      Array.from({ length: 30 }, (_, index) => `- Press the button ${index} times.`).join('\n'),
    ],
    ['indented code', `run:\n${' '.repeat(60)}go`],
    ['eleven times the same', 'no, '.repeat(11)],
    ['a row of a table that is nothing but zeros', `| Week |${' 0 |'.repeat(52)}`],
  ];
  for (const [name, text] of texts) {
    test(`may hold ${name}`, () => {
      assert.equal(watch(text).found, undefined);
    });
  }

  test('may repeat what the prompt holds, as often as it stands there', () => {
    const line = '12:00:01 ERROR connection refused, trying again\n';
    const prompt = `What does this mean?\n${line.repeat(40)}`;
    assert.equal(watch(start + line.repeat(40), false, 4, prompt).found, undefined);
    const { found, letThrough } = watch(start + line.repeat(2000), false, 4, prompt);
    assert.equal(found, 'repetition');
    assert.ok(letThrough < start.length + line.length * 42, String(letThrough));
  });

  test('may be anything without a loop', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{3,9}$/), { minLength: 30, maxLength: 300 });
    fc.assert(
      fc.property(words, (all) => {
        const text = all.map((word, index) => `${word}${index}`).join(' ');
        assert.equal(watch(text).found, undefined);
      }),
      { numRuns: 200 },
    );
  });
});
