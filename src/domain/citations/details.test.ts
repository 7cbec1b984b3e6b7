import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../../test/support/fast-check.ts';
import { evidenceOf, findDetails, type DetailKind } from './details.ts';

const found = (text: string): readonly string[] => findDetails(text).map((detail) => `${detail.kind}: ${detail.text}`);
const isStated = (draft: string, source: string): boolean => {
  const evidence = evidenceOf([source]);
  const details = findDetails(draft);
  assert.ok(details.length > 0, `nothing to look for in ${draft}`);
  return details.every((detail) => evidence.states(detail));
};

describe('findDetails', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['See https://help.example/a?b=1#c.', ['link: https://help.example/a?b=1#c']],
    [
      'See [this](https://help.example/a) or www.shop.example/x',
      ['link: https://help.example/a', 'link: www.shop.example/x'],
    ],
    ['Mail help@lumen.example now', ['e-mail address: help@lumen.example']],
    ['Call +44 7700 900123 or (030) 1234-567.', ['phone number: +44 7700 900123', 'phone number: (030) 1234-567']],
    ['It costs €6.90, 5 Euro or CHF 1’200.', ['price: €6.90', 'price: 5 Euro', 'price: CHF 1’200']],
    ['Save 10 % or 5 Prozent', ['percentage: 10 %', 'percentage: 5 Prozent']],
    ['By 5 May 2026, May 6th or 2026-05-07', ['date: 2026-05-07', 'date: 5 May 2026', 'date: May 6th']],
    ['Bis zum 5. März, el 7 de mayo de 2026, 5月3日', ['date: 5月3日', 'date: 5. März', 'date: 7 de mayo de 2026']],
    ['Update to v2.3 or 10.0.1', ['version: v2.3', 'version: 10.0.1']],
    ['Within 30 days, order LK-23107', ['number: 30', 'number: 23107']],
    ['Click “Save” or **File > Open**', ['label: Save', 'label: File', 'label: Open']],
    ['1. Open it\n2) Close it', []],
    ['Nothing to see, e.g. here. It is so.Then not.', []],
  ];
  for (const [text, expected] of cases) test(`finds in: ${text}`, () => assert.deepEqual(found(text), expected));

  test('gives each number of a sentence to one kind', () => {
    assert.deepEqual(found('10 % of 6,90 € by 5 May at +49 30 1234567'), [
      'date: 5 May',
      'price: 6,90 €',
      'percentage: 10 %',
      'phone number: +49 30 1234567',
    ]);
  });
});

describe('a detail is stated', () => {
  const same: readonly (readonly [string, string])[] = [
    ['https://help.example/a', 'Read [this](http://www.help.example/a/).'],
    ['6,90 €', 'The parcel costs EUR 6.90.'],
    ['1.200 Euro', 'at € 1,200'],
    ['$ 1 000', '1,000 USD'],
    ['10 Prozent', 'below 10 %'],
    ['5. Mai 2026', 'until May 5, 2026'],
    ['5 May', 'until 2026-05-05'],
    ['03.05.2026', 'on 3 May 2026'],
    ['+44 7700 900123', 'call (0044) 7700-900 123'],
    ['version 2.3', 'since v2.3'],
    ['30 days', 'within 30 working days'],
    ['5 days', 'five working days'],
    ['5 Tage', 'fünf Werktage'],
    ['“save as”', 'Choose **Save  as**.'],
    ['**Privacy**', 'Open Settings → Privacy'],
    ['number 7', 'costs 7 EUR'],
  ];
  for (const [draft, source] of same) {
    test(`${draft} by ${source}`, () => assert.ok(isStated(draft, source)));
  }

  const other: readonly (readonly [string, string])[] = [
    ['https://help.example/a', 'https://help.example/a/b'],
    ['https://help.example', 'https://help.example.evil.example'],
    ['6,90 €', '6.90 USD'],
    ['6,90 €', '69 €'],
    ['10 %', '10 EUR'],
    ['5 May 2026', '5 May'],
    ['5 May 2026', '5 May 2025'],
    ['+44 7700 900123', '+44 7700 900124'],
    ['v2.3', 'v2.30'],
    ['14 days', '30 days'],
    ['“Send”', 'press Sender'],
    ['a@b.example', 'ba@b.example'],
  ];
  for (const [draft, source] of other) {
    test(`not ${draft} by ${source}`, () => assert.ok(!isStated(draft, source)));
  }

  test('by the text that it stands in, whatever that is', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '€',
        '%',
        ' EUR ',
        '.',
        ',',
        ' ',
        '\n',
        ' May ',
        '-',
        '+',
        'v',
        '“',
        '”',
        '**',
        '@',
        'https://',
        '.com',
        '/',
      ),
      fc.nat({ max: 99_999 }).map(String),
      fc.string({ maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const text = pieces.join('');
        const evidence = evidenceOf([text]);
        for (const detail of findDetails(text)) assert.ok(evidence.states(detail), JSON.stringify(detail));
      }),
      { numRuns: 2000 },
    );
  });

  test('by nothing where there is no text', () => {
    const kinds = new Set<DetailKind>();
    const text = 'https://a.example a@b.de 5 May €5 10 % +44 7700 900123 v1.2 77 “Save”';
    for (const detail of findDetails(text)) {
      kinds.add(detail.kind);
      assert.ok(!evidenceOf([]).states(detail));
    }
    assert.equal(kinds.size, 9);
  });
});
