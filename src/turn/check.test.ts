import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { checkDraft } from './check.ts';
import type { Draft } from './draft.ts';

const draft = (text: string, isCut = false, languageMissed?: string): Draft => ({
  text,
  isCut,
  languageMissed,
  passages: [],
});

describe('checkDraft', () => {
  test('passes a sound draft, and tells what each check said', () => {
    assert.deepEqual(checkDraft(draft('Please close the valve.')), {
      verdict: { kind: 'passed', cautions: [] },
      said: [
        { check: 'not-empty', said: 'passed' },
        { check: 'not-cut', said: 'passed' },
        { check: 'language', said: 'passed' },
        { check: 'no-reasoning', said: 'passed' },
      ],
    });
  });

  for (const text of ['', ' \n', '…', '---', '**', '🙂']) {
    test(`withholds "${text.trim()}", which has no words`, () => {
      assert.deepEqual(checkDraft(draft(text)).verdict, { kind: 'withheld', reason: 'the model wrote no words' });
    });
  }

  for (const text of ['42', 'はい', 'Да', 'ok']) {
    test(`"${text}" has words`, () => {
      assert.equal(checkDraft(draft(text)).verdict.kind, 'passed');
    });
  }

  for (const text of ['<think>Hm</think> Hello', 'Hm </think> Hello', 'Hello <THINKING>', 'Hello </thinking>']) {
    test(`withholds reasoning in the answer: ${text}`, () => {
      const reason = 'the model’s reasoning is mixed into the answer';
      assert.deepEqual(checkDraft(draft(text)).verdict, { kind: 'withheld', reason });
    });
  }

  test('“I think” and other tags are no reasoning', () => {
    assert.equal(checkDraft(draft('I think <b>so</b>, and <thinker> too')).verdict.kind, 'passed');
  });

  test('cautions about a draft that was cut', () => {
    const { verdict, said } = checkDraft(draft('Please close', true));
    const caution = 'The draft was cut at its length limit: the end is missing.';
    assert.deepEqual(verdict, { kind: 'passed', cautions: [caution] });
    assert.deepEqual(said[1], { check: 'not-cut', said: caution });
  });

  test('cautions about a draft in another language', () => {
    assert.deepEqual(checkDraft(draft('Close the valve', false, 'German')).verdict, {
      kind: 'passed',
      cautions: ['The draft is not in the customer’s language, German.'],
    });
  });

  test('withholds rather than cautions when both hold, and keeps both for the trace', () => {
    const { verdict, said } = checkDraft(draft('<think>Please', true));
    assert.equal(verdict.kind, 'withheld');
    assert.deepEqual(
      said.map(({ said: words }) => words === 'passed'),
      [true, false, true, false],
    );
  });

  test('gives a verdict on anything, with one line for each check', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.boolean(), (text, isCut) => {
        assert.equal(checkDraft(draft(text, isCut)).said.length, 4);
      }),
    );
  });
});
