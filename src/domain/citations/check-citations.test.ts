import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../../test/support/fast-check.ts';
import { checkCitations, citedNumbers, type CitedPassage } from './check-citations.ts';

const passage = (text: string, url?: string): CitedPassage => ({
  title: 'Returns',
  headingPath: ['Refunds'],
  text,
  url,
});
const passages = [
  passage('Return it within 30 days. The parcel costs 6.90 EUR.', 'https://help.example/3003#refunds'),
  passage('The refund takes five working days. Write to help@lumen.example.'),
];

/** Each sentence as what it cites and what stands against it. */
const check = (draft: string, known: readonly string[] = []) =>
  checkCitations({ draft, passages, known, language: 'en' }).map(({ text, cites, flags }) => ({
    text,
    cites,
    flags: flags.map((flag) => (flag.kind === 'unknown-marker' ? flag.marker : flag.detail.text)),
  }));

describe('checkCitations', () => {
  test('finds nothing against sentences whose details stand where they point', () => {
    assert.deepEqual(check('You have 30 days. [S1] The refund takes 5 days. [S2]'), [
      { text: 'You have 30 days.', cites: [1], flags: [] },
      { text: 'The refund takes 5 days.', cites: [2], flags: [] },
    ]);
  });

  test('flags a marker that names no passage', () => {
    assert.deepEqual(check('It is so. [S3] And so. [S0, S1]'), [
      { text: 'It is so.', cites: [], flags: ['[S3]'] },
      { text: 'And so.', cites: [1], flags: ['[S0, S1]'] },
    ]);
  });

  test('flags a detail that stands only in a passage which the sentence does not cite', () => {
    assert.deepEqual(check('You have 30 days. [S2]'), [{ text: 'You have 30 days.', cites: [2], flags: ['30'] }]);
  });

  test('takes all that the draft cites for a sentence that cites nothing itself', () => {
    assert.deepEqual(check('You have 30 days. It costs 7.90 EUR. [S1]')[0], {
      text: 'You have 30 days.',
      cites: [],
      flags: [],
    });
    assert.deepEqual(check('You have 30 days.')[0]?.flags, ['30']);
  });

  test('knows what the conversation says, a passage’s title and its address', () => {
    assert.deepEqual(check('For order 23107 see “Returns” at https://help.example/3003. [S1]', ['order LK-23107']), [
      { text: 'For order 23107 see “Returns” at https://help.example/3003.', cites: [1], flags: [] },
    ]);
  });

  test('leaves a list of sources at the end out, but for a marker in it that is wrong', () => {
    assert.deepEqual(check('Yes. [S1]\n\n[S1]: Returns\n[S8]: Nowhere'), [
      { text: 'Yes.', cites: [1], flags: [] },
      { text: '', cites: [], flags: ['[S8]'] },
    ]);
  });

  test('finds nothing against what is copied from a passage word for word and cited, whatever it says', () => {
    const line = fc
      .array(
        fc.oneof(
          fc.nat({ max: 9999 }).map(String),
          fc.constantFrom('€', '%', 'May', 'days', '“Save”', 'v1.2', 'a@b.de', ' ', ','),
        ),
      )
      .map((pieces) => pieces.join(' '))
      .filter((text) => /[\p{L}\d]/u.test(text));
    fc.assert(
      fc.property(line, (text) => {
        const checked = checkCitations({ draft: `${text} [S1]`, passages: [passage(text)], known: [], language: 'en' });
        assert.deepEqual(
          checked.flatMap(({ flags }) => flags),
          [],
        );
      }),
    );
  });

  test('flags every number that stands nowhere', () => {
    fc.assert(
      fc.property(fc.integer({ min: 13, max: 99_999 }), (number) => {
        fc.pre(![30, 690].includes(number));
        assert.deepEqual(check(`It takes ${number} days. [S1][S2]`)[0]?.flags, [String(number)]);
      }),
    );
  });
});

test('citedNumbers gives each passage once, in the order of the text', () => {
  assert.deepEqual(citedNumbers('A [S3]. B [S1, S3]. C [S9].'), [3, 1, 9]);
});
