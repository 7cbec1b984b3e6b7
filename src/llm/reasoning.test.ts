import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createReasoningFilter, withoutReasoning } from './reasoning.ts';

describe('an answer without its reasoning', () => {
  const table: readonly (readonly [string, string, string])[] = [
    ['no tag', 'Hello.', 'Hello.'],
    ['a leading pair', '<think>hm</think>Hello.', 'Hello.'],
    ['blank space around a leading pair', '\n<think>\nhm\n</think>\n\nHello. ', 'Hello. '],
    ['an empty pair', '<think>\n\n</think>\n\nHello.', 'Hello.'],
    ['a lone closing tag', 'hm, let me see</think>Hello.', 'Hello.'],
    ['an opening tag that never closes', '<think>hm, let me', ''],
    ['two pairs', '<think>a</think><think>b</think>Hello.', 'Hello.'],
    ['a second pair that never closes', '<think>a</think> <think>b', ''],
    ['an opening tag inside the answer', 'Type <think> here.', 'Type <think> here.'],
    ['the start of a tag', '<thi', '<thi'],
    ['Mistral’s marks', '[THINK]hm[/THINK]Hello.', 'Hello.'],
    ['Cohere’s marks', '<|START_THINKING|>hm<|END_THINKING|>Hello.', 'Hello.'],
    ['a lone closing mark of Mistral', 'hm[/THINK]Hello.', 'Hello.'],
    ['a source mark', '[S1] says so [S2].', '[S1] says so [S2].'],
    ['nothing', '', ''],
  ];
  for (const [name, content, answer] of table) {
    test(`${name}: ${JSON.stringify(content)}`, () => {
      assert.equal(withoutReasoning(content), answer);
    });
  }
});

const piece = fc.oneof(
  fc.constantFrom(
    '<think>',
    '</think>',
    '<',
    '</',
    'think>',
    '<thi',
    'nk>',
    '</thi',
    ' ',
    '\n',
    '</</think>',
    '[THINK]',
    '[/THINK]',
    '[',
    '[/TH',
  ),
  fc.string({ maxLength: 4 }),
);

function filtered(
  pieces: readonly string[],
  holdsBack: boolean,
): { text: string; hasLeaked: boolean; isLone: boolean } {
  const filter = createReasoningFilter({ holdsBack });
  const text = pieces.map((each) => filter.push(each)).join('') + filter.end();
  return { text, hasLeaked: filter.hasLeaked, isLone: filter.hasLoneClosing };
}

describe('the filter for reasoning', () => {
  test('a filter that holds back gives what the whole content gives, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        assert.equal(filtered(pieces, true).text, withoutReasoning(pieces.join('')));
      }),
    );
  });

  test('a filter that streams gives the same, or says that reasoning was shown', () => {
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const { text, hasLeaked } = filtered(pieces, false);
        if (!hasLeaked) assert.equal(text, withoutReasoning(pieces.join('')));
      }),
      { numRuns: 1000 },
    );
  });

  test('a leak is never claimed without a lone closing tag', () => {
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const { hasLeaked, isLone } = filtered(pieces, false);
        assert.ok(!hasLeaked || isLone);
        assert.ok(!hasLeaked || /<\/think>|\[\/THINK\]/.test(pieces.join('')));
      }),
    );
  });

  test('a filter that streams shows text at once, but never a part of a tag', () => {
    const filter = createReasoningFilter({ holdsBack: false });
    assert.equal(filter.push('<think>hm</th'), '');
    assert.equal(filter.push('ink>\n'), '');
    assert.equal(filter.push('Hello'), 'Hello');
    assert.equal(filter.push(' you </thi'), ' you ');
    assert.equal(filter.push('ng> there'), '</thing> there');
    assert.equal(filter.end(), '');
  });

  test('a lone closing tag after shown text is a leak, and nothing more is shown', () => {
    const filter = createReasoningFilter({ holdsBack: false });
    assert.equal(filter.push('hm'), 'hm');
    assert.equal(filter.push('</think>Hello.'), '');
    assert.equal(filter.hasLeaked, true);
    assert.equal(filter.end(), '');
  });
});
