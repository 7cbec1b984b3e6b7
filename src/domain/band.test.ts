import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { type JudgedSentence, type RatingInput, rateDraft, type Support } from './band.ts';
import type { CitationFlag } from './citations/check-citations.ts';
import type { DetailKind } from './citations/details.ts';

const sentence = (changes: Partial<JudgedSentence> = {}): JudgedSentence => ({
  text: 'You have 30 days.',
  cites: [1],
  flags: [],
  support: 'supported',
  ...changes,
});
const unproven = (kind: DetailKind, text = 'x'): CitationFlag => ({
  kind: 'unproven-detail',
  detail: { kind, text, keys: [text] },
});
const rate = (changes: Partial<RatingInput> = {}) =>
  rateDraft({
    answerability: { choice: 'yes', probability: undefined },
    sentences: [sentence(), sentence({ text: 'Hi,', cites: [], support: 'no-claim' })],
    isSupportChecked: true,
    cautions: [],
    ...changes,
  });

describe('rateDraft', () => {
  test('is green when the sources answer and support everything', () => {
    assert.deepEqual(rate(), {
      band: 'green',
      reasons: ['The sources answer the question, and support each statement of the draft.'],
    });
  });

  test('is green for a courtesy that states nothing', () => {
    assert.deepEqual(rate({ sentences: [sentence({ cites: [], support: 'no-claim' })] }), {
      band: 'green',
      reasons: ['The draft states nothing that needs a source.'],
    });
  });

  const rows: readonly (readonly [string, Partial<RatingInput>, 'amber' | 'red', RegExp])[] = [
    ['the sources do not answer', { answerability: { choice: 'no', probability: 1 } }, 'red', /do not answer/],
    ['they answer in part', { answerability: { choice: 'partly', probability: 1 } }, 'amber', /only part/],
    ['a yes is unsure', { answerability: { choice: 'yes', probability: 0.69 } }, 'amber', /not sure/],
    [
      'answerability is unknown',
      { answerability: undefined },
      'amber',
      /could not be asked whether the sources answer/,
    ],
    ['the support check fell out', { isSupportChecked: false }, 'amber', /could not be asked .* support/],
    [
      'one contradicts',
      { sentences: [sentence(), sentence({ support: 'contradicted' })] },
      'red',
      /One sentence contradicts/,
    ],
    [
      'half is without support',
      { sentences: [sentence(), sentence({ support: 'not-in-text' })] },
      'amber',
      /One sentence has no support/,
    ],
    ['more than half is without support', { sentences: [sentence({ support: 'not-in-text' })] }, 'red', /no support/],
    ['one was not judged', { sentences: [sentence(), sentence({ support: undefined })] }, 'amber', /not held against/],
    ['nothing is cited', { sentences: [sentence({ cites: [] })] }, 'amber', /names its source/],
    [
      'a marker is wrong',
      { sentences: [sentence({ flags: [{ kind: 'unknown-marker', marker: '[S9]' }] })] },
      'amber',
      /\[S9\]/,
    ],
    ['a number is unproven', { sentences: [sentence({ flags: [unproven('number', '14')] })] }, 'amber', /number 14/],
    ['a label is unproven', { sentences: [sentence({ flags: [unproven('label', 'Save')] })] }, 'amber', /label Save/],
    ['another check cautions', { cautions: ['It was cut.'] }, 'amber', /^It was cut\.$/],
  ];
  for (const [what, changes, band, reason] of rows) {
    test(`is ${band} when ${what}`, () => {
      const rating = rate(changes);
      assert.equal(rating.band, band);
      assert.equal(rating.reasons.length, 1);
      assert.match(rating.reasons[0] ?? '', reason);
    });
  }

  for (const kind of ['link', 'e-mail address', 'phone number', 'price', 'percentage', 'date', 'version'] as const) {
    test(`is red when a ${kind} is unproven`, () => {
      assert.equal(rate({ sentences: [sentence({ flags: [unproven(kind)] })] }).band, 'red');
    });
  }

  test('is as good at a sure yes as at one without a probability', () => {
    assert.equal(rate({ answerability: { choice: 'yes', probability: 0.7 } }).band, 'green');
  });

  const anyInput: fc.Arbitrary<RatingInput> = fc.record({
    answerability: fc.option(
      fc.record({
        choice: fc.constantFrom('yes' as const, 'partly' as const, 'no' as const),
        probability: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
      }),
      { nil: undefined },
    ),
    sentences: fc.array(
      fc.record({
        text: fc.constant('It is so.'),
        cites: fc.subarray([1, 2]),
        flags: fc.array(
          fc.constantFrom<CitationFlag>(unproven('price'), unproven('label'), {
            kind: 'unknown-marker',
            marker: '[S9]',
          }),
          { maxLength: 2 },
        ),
        support: fc.constantFrom<Support | undefined>(
          'supported',
          'contradicted',
          'not-in-text',
          'no-claim',
          undefined,
        ),
      }),
      { maxLength: 5 },
    ),
    isSupportChecked: fc.boolean(),
    cautions: fc.array(fc.constantFrom('Cut.', 'Another language.'), { maxLength: 2 }),
  });

  test('never becomes better by one more thing that is wrong, always has reasons, and never a percentage', () => {
    const order = ['green', 'amber', 'red'];
    fc.assert(
      fc.property(anyInput, (input) => {
        const before = rateDraft(input);
        const after = rateDraft({ ...input, cautions: [...input.cautions, 'Another thing.'] });
        assert.ok(order.indexOf(after.band) >= order.indexOf(before.band));
        assert.ok(before.reasons.length > 0);
        assert.doesNotMatch(before.reasons.join(' '), /%/);
      }),
    );
  });

  test('is green only without a contradiction, an unproven detail, a doubt and a caution', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        if (rateDraft(input).band !== 'green') return;
        assert.equal(input.answerability?.choice, 'yes');
        assert.ok(input.isSupportChecked);
        assert.deepEqual(input.cautions, []);
        for (const { flags, support } of input.sentences) {
          assert.deepEqual(flags, []);
          assert.ok(support === 'supported' || support === 'no-claim');
        }
      }),
    );
  });
});
