import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answer } from '../../test/support/model-dialects.ts';
import { request, startAdapter } from '../../test/support/model-adapter.ts';
import { messagesOf } from '../../test/support/prompt.ts';
import { continueAnswer } from './continue-answer.ts';
import { complete } from './model.ts';
import type { Completion } from './model.ts';

const call = { signal: new AbortController().signal, lane: 'draft' as const };
const cut = (text: string) => answer(text, { finish: 'length' });

/** An answer and its continuation, by a server that gives these replies. */
async function continued(...replies: readonly (string | ReturnType<typeof answer>)[]): Promise<{
  readonly whole: Completion;
  readonly asked: readonly (readonly { readonly role: string; readonly content: string }[])[];
}> {
  await using bench = await startAdapter({ script: replies });
  const first = await complete(bench.model, request, call);
  const whole = await continueAnswer(bench.model, request, first, call);
  return { whole, asked: bench.server.chats.map(({ body }) => messagesOf(body)) };
}

describe('an answer that was cut at its length', () => {
  test('gets its end by a second call, which sees it up to the last whole word', async () => {
    const { whole, asked } = await continued(cut('It comes on Fri'), 'Friday at noon.');
    assert.equal(whole.text, 'It comes on Friday at noon.');
    assert.equal(whole.finishReason.unified, 'stop');
    assert.deepEqual(asked[1]?.slice(0, -1), [...(asked[0] ?? []), { role: 'assistant', content: 'It comes on' }]);
  });

  test('does not say twice what the model repeats', async () => {
    const { whole } = await continued(cut('First do this.\n\nThen open the set'), 'Then open the settings.');
    assert.equal(whole.text, 'First do this.\n\nThen open the settings.');
  });

  test('keeps the line breaks at the joint', async () => {
    const { whole } = await continued(cut('1. One\n2. Two\n3.'), '3. Three');
    assert.equal(whole.text, '1. One\n2. Two\n3. Three');
  });

  test('is still marked as cut when its end is cut as well', async () => {
    const { whole, asked } = await continued(cut('It comes on Fri'), cut('Friday at'));
    assert.equal(whole.finishReason.unified, 'length');
    assert.equal(asked.length, 2);
  });

  test('is still marked as cut when no end comes', async () => {
    const { whole } = await continued(cut('It comes on Fri'), answer(''));
    assert.equal(whole.text, 'It comes on Fri');
    assert.equal(whole.finishReason.unified, 'length');
  });

  test('counts the tokens of both calls', async () => {
    const { whole } = await continued(cut('It comes on Fri'), 'Friday.');
    assert.equal(whole.usage.outputTokens, 5);
  });
});

test('an answer that ended by itself is left as it is', async () => {
  const { whole, asked } = await continued('It comes on Friday.');
  assert.equal(whole.text, 'It comes on Friday.');
  assert.equal(asked.length, 1);
});
