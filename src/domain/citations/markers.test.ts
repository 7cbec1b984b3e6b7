import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../../test/support/fast-check.ts';
import { blankMarkers, findMarkers, withoutMarkers } from './markers.ts';

/** Text that is all about markers: whole ones, halves of them, and words. */
const markedText = fc
  .array(fc.constantFrom('[S1]', '[S2, S3]', '[', 'S', '1', ']', '(', ')', ' ', '\n', 'Open it.', '30', '。', '【s4】'))
  .map((pieces) => pieces.join(''));

describe('findMarkers', () => {
  const spellings: readonly (readonly [string, readonly number[]])[] = [
    ['[S1]', [1]],
    ['[s12]', [12]],
    ['[S1, S3]', [1, 3]],
    ['[S1; 3]', [1, 3]],
    ['[S1 and S2]', [1, 2]],
    ['【S2】', [2]],
    ['[S1](https://help.example/7)', [1]],
  ];
  for (const [text, numbers] of spellings) {
    test(`reads ${text}`, () => {
      assert.deepEqual(findMarkers(`It is so ${text}.`), [{ start: 9, end: 9 + text.length, text, numbers }]);
    });
  }

  for (const text of ['[1]', '[x]', 'S1', '[SOS]', '[Section 3]', '[S1234]', '(S1)', '[S1 is the first]']) {
    test(`takes ${text} for no marker`, () => assert.deepEqual(findMarkers(text), []));
  }
});

describe('withoutMarkers', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['You have 30 days [S1].', 'You have 30 days.'],
    ['You have 30 days. [S1][S2] It is free. [S3]', 'You have 30 days. It is free.'],
    ['You have 30 days.[S1] It is free.', 'You have 30 days. It is free.'],
    ['You have 30 days. [S1]It is free.', 'You have 30 days. It is free.'],
    ['It is free ([S1], [S2]), too.', 'It is free, too.'],
    ['It is free [S1], [S2].', 'It is free.'],
    ['- Open it. [S1]\n- Close it. [S2]', '- Open it.\n- Close it.'],
    ['Open it.\n[S1]\n\nClose it.', 'Open it.\n\nClose it.'],
    ['Open it.\n\nSources: [S1], [S2]', 'Open it.'],
    ['Open it. [S1]\n\n[S1]: https://help.example/7\n[S2]: Returns', 'Open it.'],
    ['お支払いは30日以内です。[S1]返金は5日です。', 'お支払いは30日以内です。返金は5日です。'],
    ['The [S[S1]1] trick', 'The trick'],
  ];
  for (const [text, clean] of cases) {
    test(`makes ${JSON.stringify(clean)} of ${JSON.stringify(text)}`, () => assert.equal(withoutMarkers(text), clean));
  }

  test('leaves no marker, and leaves a text without markers as it is', () => {
    fc.assert(
      fc.property(markedText, (text) => {
        const clean = withoutMarkers(text);
        assert.deepEqual(findMarkers(clean), []);
        assert.equal(withoutMarkers(clean), clean);
      }),
    );
  });

  test('takes no word out', () => {
    const sentence = fc.constantFrom('Open it.', 'You have 30 days.', 'Bitte öffnen!');
    fc.assert(
      fc.property(fc.array(fc.tuple(sentence, fc.constantFrom('', ' [S1]', '[S2]', ' [S1, S2]'))), (pieces) => {
        const clean = withoutMarkers(pieces.map(([words, marker]) => words + marker).join(' '));
        assert.equal(clean, pieces.map(([words]) => words).join(' '));
      }),
    );
  });
});

test('blankMarkers keeps every other character in its place', () => {
  fc.assert(
    fc.property(markedText, (text) => {
      const blank = blankMarkers(text);
      const inMarker = new Set(
        findMarkers(text).flatMap(({ start, end }) => [...Array(end - start).keys()].map((i) => start + i)),
      );
      assert.equal(blank, Array.from({ length: text.length }, (_, at) => (inMarker.has(at) ? ' ' : text[at])).join(''));
    }),
  );
});
