import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { modelSuite } from '../../../test/contract/model.suite.ts';
import type { Failure, ModelHarness } from '../../../test/contract/model.suite.ts';
import { loadedPath } from '../../../test/support/llama-stand-in.ts';
import type { ScriptedCall } from '../../../test/support/llama-stand-in.ts';
import { startLocalModel } from '../../../test/support/local-model.ts';
import { ask, errorOf, request } from '../../../test/support/model-adapter.ts';
import { complete } from '../model.ts';

const half = { pieces: ['Half of '] };

/** What can happen to a model without a network between; the rest ends in an error of the engine. */
const failures: Readonly<Partial<Record<Failure, Partial<ScriptedCall>>>> = {
  'too-long': { how: 'too-long' },
  'engine-failure': { how: 'throw' },
  'error-in-the-middle': { ...half, how: 'throw' },
  'empty-answer': {},
  'repeats-itself': { pieces: Array.from({ length: 40 }, () => 'and so on ') },
  'writes-blanks': { pieces: Array.from({ length: 60 }, () => '          ') },
};

const others: Readonly<Partial<Record<Failure, Partial<ScriptedCall>>>> = {
  'resets-in-the-middle': { ...half, how: 'crash' },
  'silent-before-headers': { how: 'hang' },
  'silent-before-first-event': { how: 'hang' },
  'silent-in-the-middle': { ...half, how: 'hang' },
};

async function start(): Promise<ModelHarness> {
  const bench = await startLocalModel();
  return {
    model: bench.model,
    answer: (pieces, { reasoning, finish } = {}) =>
      bench.script({ pieces, reasoning, stopReason: finish === 'length' ? 'maxTokens' : 'eogToken' }),
    fail: (failure) => bench.script(failures[failure] ?? others[failure] ?? { how: 'throw' }),
    async call(count) {
      const body = await bench.begun(count);
      let isAborted = false;
      const closed = bench.record(count).then((record) => void ({ isAborted } = record));
      return {
        closed,
        body,
        get isAborted() {
          return isAborted;
        },
      };
    },
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}

modelSuite('LLM_KIND=gguf', start, Object.keys(failures) as Failure[]);

describe('a local model', () => {
  test('a crash of the native code is an error that can be retried, and the next call starts the process again', async () => {
    await using bench = await startLocalModel();
    bench.script({ ...half, how: 'crash' });
    bench.script({ pieces: ['fine'] });

    const error = await errorOf(bench.model);

    assert.equal(error.kind, 'engine');
    assert.equal(error.retryable, true);
    assert.match(error.message, /process of the local model ended \(SIGSEGV\)/);
    assert.equal(await ask(bench.model), 'fine');
  });

  test('without the package it says in one sentence what to install', async () => {
    await using bench = await startLocalModel({ peer: 'a-package-that-nobody-has' });
    const error = await errorOf(bench.model);
    assert.equal(error.kind, 'config');
    assert.match(error.message, /^LLM_KIND=gguf needs .* run "npm install --no-save node-llama-cpp@3" .*\.$/);
  });

  test('another package than the one it knows is refused in a sentence', async () => {
    await using bench = await startLocalModel({ peer: 'node:path' });
    const error = await errorOf(bench.model);
    assert.equal(error.kind, 'config');
    assert.match(error.message, /^node-llama-cpp can't be used here/);
  });

  test('weights that can’t be loaded are told with the file and the reason', async () => {
    await using bench = await startLocalModel({}, 'broken');
    const error = await errorOf(bench.model);
    assert.equal(error.kind, 'config');
    assert.match(error.message, /broken\.gguf can't be loaded \(unknown model architecture\)/);
  });

  test('the threads are those that are set, and nothing is compiled or downloaded', async () => {
    await using bench = await startLocalModel({ threads: 3 });
    await bench.model.load(new AbortController().signal);
    const { options, contextOptions } = JSON.parse(readFileSync(loadedPath(bench.path), 'utf8')) as Record<
      string,
      object
    >;
    assert.deepEqual({ ...options }, { gpu: 'auto', build: 'never', logLevel: 'disabled', maxThreads: 3 });
    assert.deepEqual({ ...contextOptions }, { sequences: 1, contextSize: { max: 8192 }, threads: 3 });
  });

  test('the process of the model is given the variables of the settings and none of the server’s', async () => {
    await using bench = await startLocalModel({ environment: { PATH: '/usr/bin', TMPDIR: '/tmp' } });
    bench.script({ how: 'say-environment' });
    const names = (await ask(bench.model)).split(' ').filter((name) => !name.startsWith('NODE_'));
    assert.deepEqual(names.toSorted(), ['PATH', 'TMPDIR']);
  });

  test('one answer is generated at a time, a teammate’s before a draft', async () => {
    await using bench = await startLocalModel();
    for (const piece of ['first', 'second', 'third']) bench.script({ pieces: [piece] });
    const answers = await Promise.all([ask(bench.model), ask(bench.model, 'draft'), ask(bench.model, 'teammate')]);
    assert.deepEqual(answers, ['first', 'third', 'second']);
  });

  test('a call that nobody wants any more lets the next one begin', async () => {
    await using bench = await startLocalModel();
    bench.script({ ...half, how: 'hang' });
    bench.script({ pieces: ['fine'] });
    const controller = new AbortController();
    const left = ask(bench.model, 'draft', controller.signal).catch((error: unknown) => error);
    const next = ask(bench.model);
    await bench.begun(1);
    controller.abort();
    assert.match(String(await left), /cancelled/);
    assert.equal(await next, 'fine');
    assert.deepEqual(await bench.record(1), { isAborted: true });
  });

  test('it tells its name, its window, and how many tokens a prompt has', async () => {
    await using bench = await startLocalModel();
    const { signal } = new AbortController();
    assert.deepEqual(await bench.model.servedModels(signal), [{ id: 'tiny', contextTokens: 4096 }]);
    assert.equal(await bench.model.countTokens(request.messages, signal), 12);
  });

  test('an answer that takes too long is given up with the setting that allows more', async () => {
    await using bench = await startLocalModel({ totalMs: 50 });
    bench.script({ how: 'hang' });
    const outcome = await complete(bench.model, request, { signal: new AbortController().signal, lane: 'draft' }).catch(
      (error: unknown) => error,
    );
    assert.match(String(outcome), /tiny .* LLM_TIMEOUT_MS|tiny sent nothing within 50 ms/);
  });
});
