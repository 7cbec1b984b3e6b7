import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, test } from 'node:test';
import { decideAmong } from '../../src/llm/decide.ts';
import { complete, ModelError } from '../../src/llm/model.ts';
import type { LanguageModel, ModelCall, ModelErrorKind, ModelEvent, ModelRequest } from '../../src/llm/model.ts';
import type { Timeouts } from '../../src/llm/timers.ts';

/** What the suite asks of a server, in no server's words. Each name is one way to answer the next call. */
export type Failure =
  | 'busy'
  | 'busy-for-7-seconds'
  | 'loading'
  | 'wrong-key'
  | 'unknown-model'
  | 'too-long'
  | 'engine-failure'
  | 'error-in-the-middle'
  | 'ends-without-finish'
  | 'sends-garbage'
  | 'empty-answer'
  | 'repeats-itself'
  | 'writes-blanks'
  | 'resets-in-the-middle'
  | 'resets-at-once'
  | 'silent-before-headers'
  | 'silent-before-first-event'
  | 'silent-in-the-middle';

export type ServerCall = {
  /** Resolves when the connection of the call is gone or its answer is complete. */
  readonly closed: Promise<void>;
  readonly isAborted: boolean;
  readonly body: unknown;
};

/** One adapter, connected to a server of its own that the suite directs. */
export type ModelHarness = AsyncDisposable & {
  readonly model: LanguageModel;
  /** The next call is answered with this text, in these pieces. */
  answer(pieces: readonly string[], parts?: { readonly reasoning?: string; readonly finish?: 'stop' | 'length' }): void;
  /** The next call goes wrong in this way. A server that is `silent` stays so until the connection ends. */
  fail(failure: Failure): void;
  /** The `count`th call, counted from 1, once the server has it. */
  call(count: number): Promise<ServerCall>;
};

const roomy: Timeouts = { firstEventMs: 20_000, idleMs: 20_000, totalMs: 20_000 };
const secret = 'my-card-ends-in-4242-and-my-name-is-Q';

const request: ModelRequest = {
  messages: [
    { role: 'system', content: 'You help.' },
    { role: 'user', content: `Hello, ${secret}` },
  ],
  outputTokensMax: 100,
  temperature: 0.2,
};

const draftCall = (signal = new AbortController().signal): ModelCall => ({ signal, lane: 'draft' });

const expectedKinds: Readonly<Record<Failure, ModelErrorKind>> = {
  busy: 'busy',
  'busy-for-7-seconds': 'busy',
  loading: 'loading',
  'wrong-key': 'config',
  'unknown-model': 'config',
  'too-long': 'too-long',
  'engine-failure': 'engine',
  'error-in-the-middle': 'engine',
  'ends-without-finish': 'broken-stream',
  'sends-garbage': 'broken-stream',
  'empty-answer': 'empty',
  'repeats-itself': 'run-away',
  'writes-blanks': 'run-away',
  'resets-in-the-middle': 'broken-stream',
  'resets-at-once': 'unreachable',
  'silent-before-headers': 'first-event-timeout',
  'silent-before-first-event': 'first-event-timeout',
  'silent-in-the-middle': 'idle-timeout',
};

function timeoutsFor(kind: ModelErrorKind): Timeouts {
  if (kind === 'first-event-timeout') return { ...roomy, firstEventMs: 50 };
  return kind === 'idle-timeout' ? { ...roomy, idleMs: 50 } : roomy;
}

const everyFailure = Object.keys(expectedKinds) as Failure[];

/** The promises of `LanguageModel` that every adapter must keep; `known` are the failures that can happen to it. */
export function modelSuite(
  name: string,
  start: (timeouts: Timeouts) => Promise<ModelHarness>,
  known: readonly Failure[] = everyFailure,
): void {
  describe(`${name} keeps the promises of a language model`, () => {
    test('an answer comes whole, with a finish reason and the usage', async () => {
      await using harness = await start(roomy);
      harness.answer(['Grüße', ', 世', '界 ', '👋🏽!']);
      const completion = await complete(harness.model, request, draftCall());
      assert.equal(completion.text, 'Grüße, 世界 👋🏽!');
      assert.deepEqual(completion.finishReason, { unified: 'stop', raw: 'stop' });
      assert.equal(completion.usage.inputTokens, 12);
    });

    test('reasoning beside the answer is left out', async () => {
      await using harness = await start(roomy);
      harness.answer(['All is ', 'well.'], { reasoning: 'They want to hear good news.' });
      assert.equal((await complete(harness.model, request, draftCall())).text, 'All is well.');
    });

    for (const pieces of [
      ['<thi', 'nk>They want', '</th', 'ink>\n\nAll is', ' well.'],
      ['They want good news.', '</think>', 'All is well.'],
      [
        '<|chan',
        'nel|>analysis<|message|>They',
        '<|end|><|start|>assistant<|channel|>fin',
        'al<|message|>All is',
        ' well.',
      ],
      ['analysisThey want good news.', 'assistant', 'final', 'All is well.'],
    ]) {
      test(`reasoning inside the answer is left out: ${JSON.stringify(pieces)}`, async () => {
        await using harness = await start(roomy);
        harness.answer(pieces);
        assert.equal((await complete(harness.model, request, draftCall())).text, 'All is well.');
      });
    }

    test('reasoning of gpt-oss without a final channel is no answer', async () => {
      await using harness = await start(roomy);
      harness.answer(['<|channel|>', 'analysis', '<|message|>', 'They want good news.', '<|end|>']);
      await assert.rejects(complete(harness.model, request, draftCall()), { kind: 'empty' });
    });

    test('an answer that is cut says so', async () => {
      await using harness = await start(roomy);
      harness.answer(['All is'], { finish: 'length' });
      const { text, finishReason } = await complete(harness.model, request, draftCall());
      assert.deepEqual({ text, finishReason }, { text: 'All is', finishReason: { unified: 'length', raw: 'length' } });
    });

    test('a constrained answer is asked for with its schema', async () => {
      await using harness = await start(roomy);
      harness.answer(['{"choice":', '"yes"}']);
      const question = { name: 'answerable', messages: request.messages, choices: ['yes', 'no'] } as const;
      assert.equal((await decideAmong(harness.model, question, draftCall())).choice, 'yes');
      assert.match(JSON.stringify((await harness.call(1)).body), /"additionalProperties":false/);
    });

    test('an answer gives text events, then exactly one end', async () => {
      await using harness = await start(roomy);
      harness.answer(['one ', 'two']);
      const types: string[] = [];
      for await (const event of harness.model.generate(request, draftCall())) types.push(event.type);
      assert.ok(types.length >= 2);
      assert.ok(types.slice(0, -1).every((type) => type === 'text'));
      assert.equal(types.at(-1), 'end');
    });

    for (const failure of known) {
      const kind = expectedKinds[failure];
      test(`a server that is "${failure}" gives a ModelError of kind ${kind}`, async () => {
        await using harness = await start(timeoutsFor(kind));
        harness.fail(failure);
        const error = await failureOf(harness.model);
        assert.equal(error.kind, kind, error.message);
        assert.equal(error.retryable, !['config', 'too-long'].includes(kind));
        assert.equal(error.retryAfterMs, failure === 'busy-for-7-seconds' ? 7000 : undefined);
      });
    }

    for (const failure of known) {
      test(`the error of "${failure}" is one line for an operator, without a word of the prompt`, async () => {
        await using harness = await start(timeoutsFor(expectedKinds[failure]));
        harness.fail(failure);
        const { message } = await failureOf(harness.model);
        assert.match(message, /^[^\n]{20,600}\.$/);
        assert.doesNotMatch(message, new RegExp(secret));
      });
    }

    abortTests(start);

    test('a call that is over leaves nothing on the signal of its caller', async () => {
      await using harness = await start(roomy);
      const { signal } = new AbortController();
      harness.answer(['fine']);
      await complete(harness.model, request, draftCall(signal));
      harness.fail('busy');
      await failureOf(harness.model, signal);
      assert.equal(getEventListeners(signal, 'abort').length, 0);
    });

    test('after a failure the next call works', async () => {
      await using harness = await start(roomy);
      harness.fail('resets-in-the-middle');
      harness.answer(['fine']);
      await failureOf(harness.model);
      assert.equal((await complete(harness.model, request, draftCall())).text, 'fine');
    });
  });
}

function abortTests(start: (timeouts: Timeouts) => Promise<ModelHarness>): void {
  test('a call whose signal is aborted already never reaches the server', async () => {
    await using harness = await start(roomy);
    assert.equal((await failureOf(harness.model, AbortSignal.abort())).kind, 'cancelled');
    harness.answer(['fine']);
    await complete(harness.model, request, draftCall());
    await harness.call(1);
  });

  for (const failure of ['silent-before-headers', 'silent-before-first-event', 'silent-in-the-middle'] as const) {
    test(`an abort while the server is ${failure} closes the connection and gives "cancelled"`, async () => {
      await using harness = await start(roomy);
      harness.fail(failure);
      const controller = new AbortController();
      const failed = failureOf(harness.model, controller.signal);
      const serverCall = await harness.call(1);
      controller.abort();
      assert.equal((await failed).kind, 'cancelled');
      await serverCall.closed;
      assert.equal(serverCall.isAborted, true);
    });
  }

  test('a reader that leaves early closes the connection', async () => {
    await using harness = await start(roomy);
    harness.answer(['known to keep reasoning apart']);
    await complete(harness.model, request, draftCall());
    harness.fail('silent-in-the-middle');
    const seen: ModelEvent[] = [];
    for await (const event of harness.model.generate(request, draftCall())) {
      seen.push(event);
      break;
    }
    assert.deepEqual(seen, [{ type: 'text', text: 'Half of ' }]);
    const serverCall = await harness.call(2);
    await serverCall.closed;
    assert.equal(serverCall.isAborted, true);
  });
}

/** The error that a call ends with; fails the test when there is none, or another one than a ModelError. */
async function failureOf(model: LanguageModel, signal?: AbortSignal): Promise<ModelError> {
  try {
    await complete(model, request, draftCall(signal));
  } catch (error) {
    assert.ok(error instanceof ModelError, `not a ModelError: ${String(error)}`);
    return error;
  }
  throw new assert.AssertionError({ message: 'The call ended without an error.' });
}
