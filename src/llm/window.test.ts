import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type LanguageModel, ModelError, type ServedModel } from './model.ts';
import { createWindow } from './window.ts';

const { signal } = new AbortController();

/** A model server that answers each question for its models with the next of `answers`, the last one again and again. */
function serverThatSays(...answers: readonly (readonly ServedModel[] | ModelError)[]) {
  let questions = 0;
  const model: LanguageModel = {
    generate: () => assert.fail('nobody asked for an answer'),
    servedModels: () => {
      const answer = answers[Math.min(questions, answers.length - 1)] ?? [];
      questions += 1;
      return answer instanceof ModelError ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  return { model, questions: () => questions };
}

const small = { id: 'small', contextTokens: 4096 };
const large = { id: 'large', contextTokens: 131_072 };
const away = new ModelError('unreachable', 'The model server is away.');

describe('the context window', () => {
  for (const [title, served, name, tokens] of [
    ['is the configured model’s', [small, large], 'large', 131_072],
    ['is the first model’s where none is configured', [small, large], undefined, 4096],
    ['is the first model’s where the server calls the configured one otherwise', [small], 'alias', 4096],
    ['is 8192 where the server does not tell', [{ id: 'quiet', contextTokens: undefined }], 'quiet', 8192],
    ['is 8192 where the server serves none', [], undefined, 8192],
  ] as const) {
    test(title, async () => {
      assert.equal(await createWindow(serverThatSays(served).model, name)(signal), tokens);
    });
  }

  test('is asked for once', async () => {
    const { model, questions } = serverThatSays([small], [large]);
    const window = createWindow(model, undefined);
    assert.deepEqual([await window(signal), await window(signal)], [4096, 4096]);
    assert.equal(questions(), 1);
  });

  test('is 8192 while the server is away, and asked for again', async () => {
    const { model } = serverThatSays(away, [large]);
    const window = createWindow(model, undefined);
    assert.deepEqual([await window(signal), await window(signal)], [8192, 131_072]);
  });
});
