import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ModelError } from './model.ts';
import { onlyModel, parseServedModels } from './served-models.ts';

const context = { host: 'gpu:8000', promptTexts: [] };

describe('the list of served models', () => {
  const table: readonly (readonly [string, string, readonly unknown[]])[] = [
    ['with a window', '{"data":[{"id":"a","max_model_len":4096}]}', [{ id: 'a', contextTokens: 4096 }]],
    ['without one', '{"data":[{"id":"a"}]}', [{ id: 'a', contextTokens: undefined }]],
    [
      'where only the trained window is told',
      '{"data":[{"id":"a","meta":{"n_ctx_train":9}}]}',
      [{ id: 'a', contextTokens: undefined }],
    ],
    [
      'with a window of an odd type',
      '{"data":[{"id":"a","max_model_len":"4k"}]}',
      [{ id: 'a', contextTokens: undefined }],
    ],
    ['with entries that are none', '{"data":[1,{"id":""},{"id":"a"}]}', [{ id: 'a', contextTokens: undefined }]],
    ['of Ollama without models', '{"object":"list","data":null}', []],
  ];
  for (const [name, text, models] of table) {
    test(`${name} is read`, () => {
      assert.deepEqual(parseServedModels(text, context), models);
    });
  }

  for (const text of ['', '<html></html>', '[]', '{"data":{}}']) {
    test(`${JSON.stringify(text)} is no list, and LLM_BASE_URL is named`, () => {
      assert.throws(
        () => parseServedModels(text, context),
        (error) => error instanceof ModelError && error.kind === 'broken-stream' && /LLM_BASE_URL/.test(error.message),
      );
    });
  }
});

test('a long list of models is cut in the sentence that asks for one', () => {
  const models = Array.from({ length: 50 }, (_, index) => ({ id: `model-${index}`, contextTokens: undefined }));
  assert.throws(() => onlyModel(models, 'gpu:8000'), /serves 50 models \(model-0, .*model-19, …\)\. Set LLM_MODEL/);
});
