import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
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
    ['Kimi’s marks', '◁think▷hm◁/think▷Hello.', 'Hello.'],
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

/** Raw gpt-oss: what each kind of content leaves for the draft. */
const analysis = '<|channel|>analysis<|message|>Where is it?<|end|>';
const final = '<|start|>assistant<|channel|>final<|message|>It has left.<|return|>';
const commentary = '<|start|>assistant<|channel|>commentary<|message|>Looking.<|end|>';
const toolCall = '<|start|>assistant<|channel|>commentary to=functions.look <|constrain|>json<|message|>{}<|call|>';

describe('an answer in the channels of gpt-oss', () => {
  const table: readonly (readonly [string, string, string])[] = [
    ['reasoning, then the final channel', analysis + final, 'It has left.'],
    ['a header of its own before the reasoning', `<|start|>assistant${analysis}${final}`, 'It has left.'],
    ['the final channel alone', '<|channel|>final<|message|>Hello.<|return|>', 'Hello.'],
    ['commentary and a call between', analysis + commentary + toolCall + final, 'It has left.'],
    ['a final channel that is cut', `${analysis}<|start|>assistant<|channel|>final<|message|>It ha`, 'It ha'],
    ['a final channel held to JSON', '<|channel|>final <|constrain|>json<|message|>{"a":1}<|return|>', '{"a":1}'],
    ['the end of a message left out', '<|channel|>analysis<|message|>hm<|channel|>final<|message|>Hello.', 'Hello.'],
    ['a new turn after the answer', `${final}<|start|>user<|message|>Thanks!<|end|>${analysis}`, 'It has left.'],
    ['two final messages', final + final.replace('left', 'come'), 'It has left.'],
    ['reasoning alone', analysis, ''],
    ['reasoning that is cut', analysis.slice(0, 40), ''],
    ['a header that is cut', `${analysis}<|start|>assistant<|channel|>fin`, ''],
    ['commentary alone', commentary, ''],
    ['a message without a channel', '<|start|>assistant<|message|>Hello.<|end|>', ''],
    ['a header in the prompt, then reasoning', `hm<|end|>${final}`, 'It has left.'],
    ['a header in the prompt, then reasoning alone', 'hm<|end|>', ''],
    ['the whole header in the prompt', 'It has left.<|return|>', 'It has left.'],
    ['an answer without a header, as llama.cpp sends it', `${analysis}It has left.`, 'It has left.'],
    ['marks within the final channel', '<|channel|>final<|message|><think>hm</think>Hello.<|end|>', 'Hello.'],
    ['no special tokens', 'analysisWhere is it?assistantfinalIt has left.', 'It has left.'],
    ['no special tokens, with commentary', 'analysisHm.assistantcommentaryLook.assistantfinalHello.', 'Hello.'],
    ['no special tokens and no answer', 'analysisWhere is it?', ''],
    ['no special tokens, and a header in the prompt', 'Where is it?assistantfinalIt has left.', 'It has left.'],
    ['a word that is no header', 'analysis of your data is on its way', 'analysis of your data is on its way'],
  ];
  for (const [name, content, answer] of table) {
    test(`${name}: ${JSON.stringify(content)}`, () => assert.equal(withoutReasoning(content), answer));
  }

  test('never holds a mark or a word of another channel, and all of the final one, however it is cut', () => {
    const word = fc.stringMatching(/^[a-z]{1,8}[ .]$/);
    const hidden = fc.tuple(fc.constantFrom('analysis', 'commentary', 'commentary to=functions.x'), word);
    const cuts = fc.array(fc.nat(400), { maxLength: 40 });
    fc.assert(
      fc.property(
        fc.array(hidden, { maxLength: 4 }),
        fc.option(word),
        cuts,
        fc.boolean(),
        (others, last, at, isOpen) => {
          const messages = others.map(([name, text]) => `<|channel|>${name}<|message|>HIDDEN ${text}<|end|>`);
          if (last !== null) messages.push(`<|channel|>final<|message|>${last}${isOpen ? '' : '<|return|>'}`);
          const content = messages.join('<|start|>assistant');
          for (const holdsBack of [true, false]) {
            const { text, hasLeaked } = filtered(cutAt(content, at), holdsBack);
            assert.deepEqual({ text, hasLeaked }, { text: last ?? '', hasLeaked: false });
          }
        },
      ),
    );
  });
});

describe('an answer that mentions a mark of gpt-oss', () => {
  const answers = [
    'The token <|channel|> names the channel, and <|end|> ends the message.',
    'Set the stop word to `<|end|>`, then restart.',
    'Write "<|return|>".',
    'We left out (<|start|>), as you asked.',
    'The word assistantfinal stands between them.',
    'analysis of your data ends with <|end|>, see above.',
  ];
  for (const answer of answers) {
    test(`keeps its words, whole and in pieces: ${answer}`, () => {
      assert.equal(withoutReasoning(answer), answer);
      for (let at = 0; at <= answer.length; at += 1) {
        const { text, hasLeaked, isLone } = filtered([answer.slice(0, at), answer.slice(at)], false);
        assert.deepEqual({ text, hasLeaked, isLone }, { text: answer, hasLeaked: false, isLone: false });
      }
    });
  }

  test('and then has a header where one belongs: what stood before it was reasoning', () => {
    const content = `They ask of <|end|> here.<|end|>${final}`;
    assert.equal(withoutReasoning(content), 'It has left.');
    assert.equal(withoutReasoning('They ask of <|end|> here.<|end|>'), '');
  });
});

const cutAt = (text: string, places: readonly number[]): readonly string[] => {
  const sorted = [0, ...places.map((place) => place % (text.length + 1)), text.length].toSorted((a, b) => a - b);
  return sorted.slice(1).map((end, index) => text.slice(sorted[index], end));
};

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
    '◁/think▷',
    '◁/th',
    '<|channel|>',
    '<|message|>',
    '<|start|>',
    '<|end|>',
    '<|return|>',
    '<|',
    'nnel|>',
    '<|cha',
    'final',
    'analysis',
    'assistant',
    'Hm',
    ' ',
    '`',
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

  /** A mark that no sentence speaks of. */
  const unspokenMark =
    /<\|(?:start|channel|constrain|message|end|return|call)\|>(?![`"'’”»),.;:!?\]}]|[ \t]+[^ \t\r\n])/;

  test('no filter gives out a mark of gpt-oss, whatever it is given, unless a sentence speaks of it', () => {
    fc.assert(
      fc.property(fc.array(piece), fc.boolean(), (pieces, holdsBack) => {
        const { text, hasLeaked } = filtered(pieces, holdsBack);
        if (!hasLeaked) assert.doesNotMatch(text, unspokenMark);
      }),
      { numRuns: 1000 },
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

  test('a leak is never claimed without a lone closing tag or header', () => {
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const { hasLeaked, isLone } = filtered(pieces, false);
        assert.ok(!hasLeaked || isLone);
        assert.ok(
          !hasLeaked || /<\/think>|\[\/THINK\]|◁\/think▷|<\|\w+\|>|assistant(final|analysis)/.test(pieces.join('')),
        );
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
