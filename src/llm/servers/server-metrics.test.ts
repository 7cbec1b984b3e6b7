import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ServerFamily } from '../family.ts';
import { hasMetrics, readEngineSample, StuckWatch } from './server-metrics.ts';

const pages: readonly (readonly [ServerFamily, string, { calls: number; tokens: number }])[] = [
  [
    'vllm',
    '# HELP vllm:num_requests_running Number of requests in model execution batches.\n# TYPE vllm:num_requests_running gauge\n' +
      'vllm:num_requests_running{engine="0",model_name="drafter"} 3.0\nvllm:num_requests_waiting{engine="0",model_name="drafter"} 2.0\n' +
      'vllm:prompt_tokens_total{engine="0",model_name="drafter"} 1.5e+03\nvllm:generation_tokens_total{engine="0",model_name="drafter"} 500.0\n',
    { calls: 5, tokens: 2000 },
  ],
  [
    'sglang',
    'sglang:num_running_reqs{model_name="m"} 1\nsglang:num_queue_reqs{model_name="m"} 0\nsglang:generation_tokens_total{model_name="m"} 7\n',
    { calls: 1, tokens: 7 },
  ],
  [
    'llama.cpp',
    'llamacpp:prompt_tokens_total 10\nllamacpp:tokens_predicted_total 20\nllamacpp:requests_processing 4\nllamacpp:requests_deferred 1\n',
    { calls: 5, tokens: 30 },
  ],
];

describe('a server’s own metrics', () => {
  for (const [family, page, sample] of pages) {
    test(`are read for ${family}`, () => {
      assert.deepEqual(readEngineSample(family, page), sample);
    });
  }

  test('are nothing where the page says nothing, or the family has none', () => {
    assert.equal(readEngineSample('vllm', '<html>not here</html>'), undefined);
    assert.equal(readEngineSample('ollama', pages[0]?.[1] ?? ''), undefined);
    assert.equal(hasMetrics('ollama'), false);
  });
});

describe('an engine', () => {
  test('is stuck when it has calls and makes no token for 30 s', () => {
    const watch = new StuckWatch();
    const sample = { calls: 2, tokens: 100 };
    assert.equal(watch.stuckForMs(sample, 0), undefined);
    assert.equal(watch.stuckForMs(sample, 29_999), undefined);
    assert.equal(watch.stuckForMs(sample, 30_000), 30_000);
  });

  test('is not stuck while tokens come, or without calls, or after a pause of ours', () => {
    const watch = new StuckWatch();
    watch.stuckForMs({ calls: 2, tokens: 100 }, 0);
    assert.equal(watch.stuckForMs({ calls: 2, tokens: 101 }, 40_000), undefined);
    assert.equal(watch.stuckForMs({ calls: 0, tokens: 101 }, 80_000), undefined);
    assert.equal(watch.stuckForMs({ calls: 1, tokens: 101 }, 100_000), undefined);
    watch.reset();
    assert.equal(watch.stuckForMs({ calls: 1, tokens: 101 }, 200_000), undefined);
  });
});
