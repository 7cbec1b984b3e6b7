import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../../test/support/fast-check.ts';
import { splitSentences } from './sentences.ts';

const sentences = (text: string, language?: string): readonly string[] =>
  splitSentences(text, language).map((sentence) => sentence.text);

describe('splitSentences', () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ['en', 'Hi Ada! How are you? See below.', ['Hi Ada!', 'How are you?', 'See below.']],
    ['en', 'Ask Dr. Foo, e.g. by mail. It is free.', ['Ask Dr. Foo, e.g. by mail.', 'It is free.']],
    [
      'en',
      'Version 2.5 costs $3.50. Buy it at a.example/b.c?d.',
      ['Version 2.5 costs $3.50.', 'Buy it at a.example/b.c?d.'],
    ],
    ['de', 'Das kostet z. B. 5 Euro. Am 5. Mai mehr.', ['Das kostet z. B. 5 Euro.', 'Am 5. Mai mehr.']],
    ['fr', 'C’est gratuit ! Voulez-vous ? Oui.', ['C’est gratuit !', 'Voulez-vous ?', 'Oui.']],
    ['ja', '30日以内です。[S1] 返金は5日です。[S2]', ['30日以内です。[S1]', '返金は5日です。[S2]']],
    ['zh', '可以退货。需要三天！', ['可以退货。', '需要三天！']],
    ['ru', 'Это бесплатно. Хотите?', ['Это бесплатно.', 'Хотите?']],
  ];
  for (const [language, text, expected] of cases) {
    test(`splits ${language}: ${text}`, () => assert.deepEqual(sentences(text, language), expected));
  }

  test('keeps a list’s number with its words, and each line apart', () => {
    assert.deepEqual(sentences('Do this:\n1. Open it. Then wait.\n2. Close it\n\n- done'), [
      'Do this:',
      '1. Open it.',
      'Then wait.',
      '2. Close it',
      '- done',
    ]);
  });

  test('gives a marker to the sentence before it, however it is set', () => {
    assert.deepEqual(sentences('A box [S1]. A bag. [S2][S3] A tin.[S4] A **jar.** [S5]\n[S6]\nA cup.'), [
      'A box [S1].',
      'A bag. [S2][S3]',
      'A tin.[S4]',
      'A **jar.** [S5]\n[S6]',
      'A cup.',
    ]);
  });

  test('works in any language, also in one that nobody knows', () => {
    assert.deepEqual(sentences('One. Two.', 'xx-not-a-language'), ['One.', 'Two.']);
  });

  test('loses no letter and no digit, doubles none, and keeps their order', () => {
    const text = fc
      .array(
        fc.oneof(
          fc.constantFrom('. ', '! ', '\n', '[S1]', ' ', '1. ', '。', '**', 'A', 'b '),
          fc.string({ unit: 'grapheme' }),
        ),
      )
      .map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, fc.constantFrom('en', 'de', 'ja', 'th', undefined), (written, language) => {
        const found = splitSentences(written, language);
        const letters = (some: string) => (some.replaceAll('[S1]', '').match(/[\p{L}\p{N}]/gu) ?? []).join('');
        assert.equal(letters(found.map((sentence) => sentence.text).join('\n')), letters(written));
        for (const [index, { start, end, text: slice }] of found.entries()) {
          assert.equal(slice, written.slice(start, end));
          assert.ok(start >= (found[index - 1]?.end ?? 0));
        }
      }),
    );
  });
});
