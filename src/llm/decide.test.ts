import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { request, startAdapter } from '../../test/support/model-adapter.ts';
import { answer, delta, done } from '../../test/support/model-dialects.ts';
import { refusal } from '../../test/support/model-refusals.ts';
import { answerJson, decideAmong } from './decide.ts';
import { ModelError } from './model.ts';
import type { AnswerFormat, ModelCall } from './model.ts';
import { createScriptedModel } from './scripted.ts';

const call: ModelCall = { signal: new AbortController().signal, lane: 'draft' };
const now = (): number => 0;
const { messages } = request;
const question = { name: 'answerable', messages, choices: ['yes', 'partly', 'no'] } as const;
const Topic = z.strictObject({ reason: z.string(), topic: z.enum(['refund', 'other']) });
const topicQuestion = { name: 'topic', messages, schema: Topic, outputTokensMax: 40 };

describe('a decision among a few words', () => {
  test('asks for JSON that holds one of them, at temperature 0 and with little room', async () => {
    const model = createScriptedModel({ decisions: () => '{"choice":"partly"}', now });
    assert.equal((await decideAmong(model, question, call)).choice, 'partly');
    const sent = model.calls[0]?.request;
    assert.equal(sent?.temperature, 0);
    assert.ok(sent !== undefined && sent.outputTokensMax <= 40);
    const format: AnswerFormat = {
      name: 'answerable',
      schema: {
        type: 'object',
        properties: { choice: { type: 'string', enum: ['yes', 'partly', 'no'] } },
        required: ['choice'],
        additionalProperties: false,
      },
      choices: { field: 'choice', values: ['yes', 'partly', 'no'] },
    };
    assert.deepEqual(sent.answerFormat, format);
    assert.match(sent.messages.at(-1)?.content ?? '', /^Where is my parcel, please\?\n\n\(Answer only with JSON/);
    assert.deepEqual(sent.messages[0], messages[0]);
  });

  test('says how likely the choice was, where the model tells', async () => {
    const choiceProbabilities = new Map([
      ['yes', 0.7],
      ['partly', 0.2],
      ['no', 0.1],
    ]);
    const telling = createScriptedModel({ decisions: () => ({ text: '{"choice":"yes"}', choiceProbabilities }), now });
    assert.equal((await decideAmong(telling, question, call)).probability, 0.7);
    const silent = createScriptedModel({ now });
    assert.equal((await decideAmong(silent, question, call)).probability, undefined);
  });

  for (const useless of ['', 'Yes, of course.', '{"choice":"maybe"}', '{"choice":"yes","why":1}', '{"choice":"y']) {
    test(`asks once more after ${JSON.stringify(useless)}, with more room`, async () => {
      const answers = [useless, '{"choice":"no"}'];
      const model = createScriptedModel({ decisions: () => answers.shift(), now });
      assert.equal((await decideAmong(model, question, call)).choice, 'no');
      const [first, second] = model.calls.map((made) => made.request);
      assert.ok(first !== undefined && second !== undefined);
      assert.equal(second.outputTokensMax, 2 * first.outputTokensMax);
      assert.match(second.messages.at(-1)?.content ?? '', /could not be read/);
    });
  }

  test('gives up after the second useless answer, and the queue may repeat the turn', async () => {
    const model = createScriptedModel({ decisions: () => 'my-card-4242', now });
    await assert.rejects(decideAmong(model, question, call), (error) => {
      assert.ok(error instanceof ModelError);
      assert.equal(error.kind, 'broken-answer');
      assert.equal(error.retryable, true);
      assert.match(error.message, /"answerable".*twice\. Use a model server/);
      assert.doesNotMatch(error.message, /4242/);
      return true;
    });
    assert.equal(model.calls.length, 2);
  });

  test('repeats nothing when the server is the trouble', async () => {
    const model = createScriptedModel({ decisions: () => new ModelError('busy', 'Later.'), now });
    await assert.rejects(decideAmong(model, question, call), { kind: 'busy' });
    assert.equal(model.calls.length, 1);
  });
});

describe('a small object as an answer', () => {
  test('is parsed by its schema', async () => {
    const model = createScriptedModel({ decisions: () => '{"reason":"money back","topic":"refund"}', now });
    const { value } = await answerJson(model, topicQuestion, call);
    assert.deepEqual(value, { reason: 'money back', topic: 'refund' });
  });

  test('is what a plain model can give without being told', async () => {
    const { value } = await answerJson(createScriptedModel({ now }), topicQuestion, call);
    assert.deepEqual(value, { reason: '', topic: 'refund' });
  });

  test('may be a value that is falsy', async () => {
    const schema = z.strictObject({ isSpam: z.boolean(), count: z.number(), tags: z.array(z.string()).max(3) });
    const { value } = await answerJson(createScriptedModel({ now }), { ...topicQuestion, schema }, call);
    assert.deepEqual(value, { isSpam: false, count: 0, tags: [] });
  });
});

describe('a constrained answer over the wire', () => {
  test('is asked for by response_format, with the likeliest tokens, and their probabilities are read', async () => {
    await using bench = await startAdapter();
    const chance = (token: string, logprob: number, others: readonly unknown[] = []): object => ({
      token,
      logprob,
      bytes: null,
      top_logprobs: [{ token, logprob, bytes: null }, ...others],
    });
    const event = (content: string, tokens: readonly object[]): object => ({
      choices: [{ index: 0, delta: { content }, finish_reason: null, logprobs: { content: tokens } }],
    });
    const no = { token: 'no', logprob: Math.log(0.25), bytes: null };
    bench.server.enqueue({
      steps: [
        { event: event('{"choice": "', [chance('{"choice":', 0), chance(' "', 0)]) },
        { event: event('yes', [chance('yes', Math.log(0.75), [no])]) },
        { event: event('"}', [chance('"}', 0)]) },
        delta({}, 'stop'),
        done,
      ],
    });
    const decision = await decideAmong(bench.model, question, call);
    assert.equal(decision.choice, 'yes');
    assert.ok(Math.abs((decision.probability ?? 0) - 0.75) < 1e-9);
    const {
      response_format: format,
      logprobs,
      top_logprobs: top,
    } = z
      .object({ response_format: z.unknown(), logprobs: z.unknown(), top_logprobs: z.unknown() })
      .parse((await bench.server.chat(1)).body);
    assert.deepEqual({ logprobs, top }, { logprobs: true, top: 20 });
    assert.deepEqual(format, {
      type: 'json_schema',
      json_schema: {
        name: 'answerable',
        strict: true,
        schema: {
          type: 'object',
          properties: { choice: { type: 'string', enum: ['yes', 'partly', 'no'] } },
          required: ['choice'],
          additionalProperties: false,
        },
      },
    });
  });

  test('asks for no probabilities where nothing is to be chosen', async () => {
    await using bench = await startAdapter({ reply: '{"reason":"x","topic":"other"}' });
    assert.equal((await answerJson(bench.model, topicQuestion, call)).value.topic, 'other');
    assert.doesNotMatch(JSON.stringify((await bench.server.chat(1)).body), /logprobs/);
  });

  test('works with a server that refuses schemas and probabilities, which is not sent them again', async () => {
    await using bench = await startAdapter({ reply: '{"choice":"no"}' });
    const words = 'response_format json_schema and logprobs are not supported';
    const refused = { ...refusal('engine', 'vllm'), status: 400, steps: [{ raw: JSON.stringify({ error: words }) }] };
    bench.server.enqueue(refused);
    assert.equal((await decideAmong(bench.model, question, call)).choice, 'no');
    await decideAmong(bench.model, question, call);
    const sent = bench.server.chats.map(({ body }) => /response_format|logprobs/.test(JSON.stringify(body)));
    assert.deepEqual(sent, [true, false, false]);
  });

  test('is asked for once more when it was cut, whatever the server', async () => {
    await using bench = await startAdapter();
    bench.server.enqueue(
      answer('{"reason":"a long st', { finish: 'length' }),
      answer('{"reason":"x","topic":"other"}'),
    );
    assert.equal((await answerJson(bench.model, topicQuestion, call)).value.reason, 'x');
    const room = bench.server.chats.map(({ body }) => z.object({ max_tokens: z.number() }).parse(body).max_tokens);
    assert.deepEqual(room, [40, 80]);
  });

  test('of tokens in an odd shape has no probabilities, and is an answer all the same', async () => {
    await using bench = await startAdapter();
    const odd = { choices: [{ delta: { content: '{"choice":"yes"}' }, logprobs: { content: 'odd' } }] };
    bench.server.enqueue({ steps: [{ event: odd }, delta({}, 'stop'), done] });
    const { choice, probability } = await decideAmong(bench.model, question, call);
    assert.deepEqual({ choice, probability }, { choice: 'yes', probability: undefined });
  });
});
