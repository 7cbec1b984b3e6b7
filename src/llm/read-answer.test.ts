import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ask, errorOf, request, roomy, startAdapter } from '../../test/support/model-adapter.ts';
import { answer, delta, done, ping } from '../../test/support/model-dialects.ts';
import type { Reply, Step } from '../../test/support/model-dialects.ts';

const json = { 'content-type': 'application/json' };

const half: Reply['steps'] = [delta({ role: 'assistant', content: '' }), delta({ content: 'Half of ' })];

/** Raw gpt-oss, a piece for each token and each run of words. */
const channels =
  '<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>All is well.<|return|>'.split(
    /(?<=\|>)|(?=<\|)|(?<= )/,
  );

describe('streams that deviate', () => {
  const accepted: readonly (readonly [string, Reply])[] = [
    ['without [DONE]', answer('All is well.', { hasDone: false })],
    [
      'with pings between the events',
      { steps: [ping, delta({ content: 'All is ' }), ping, delta({ content: 'well.' }, 'stop'), done] },
    ],
    ['with CRLF line ends', { steps: [{ raw: sse('All is well.').replaceAll('\n', '\r\n') }] }],
    ['without a space after "data:"', { steps: [{ raw: sse('All is well.').replaceAll('data: ', 'data:') }] }],
    ['with a last event that is cut', { steps: [delta({ content: 'All is well.' }, 'stop'), { raw: 'data: {"usa' }] }],
    [
      'with an event over several data lines',
      {
        steps: [
          { raw: 'data: {"choices":[{"delta":{"content":"All is well."},\ndata: "finish_reason":"stop"}]}\n\n' },
          done,
        ],
      },
    ],
    ['without the last line end', { steps: [{ raw: sse('All is well.').trimEnd() }] }],
    ['with every byte by itself', { ...answer('All is well.'), split: 'every-byte' }],
    ['that resets after the finish', { steps: [delta({ content: 'All is well.' }, 'stop'), 'reset'] }],
    [
      'with data after [DONE]',
      {
        steps: [
          delta({ content: 'All is well.' }, 'stop'),
          done,
          delta({ content: 'No.' }),
          { raw: 'data: {"error":"x"}\n\n' },
        ],
      },
    ],
    ['with inline reasoning', answer('', { pieces: ['<thi', 'nk>hm', '</th', 'ink>\n\n', 'All is well.'] })],
    ['with a lone closing tag', answer('', { pieces: ['hm, hm', '</think>', 'All is well.'] })],
    ['with the channels of gpt-oss', answer('', { pieces: channels })],
    ['with these channels and every byte by itself', { ...answer('', { pieces: channels }), split: 'every-byte' }],
    ['with reasoning beside the answer', answer('All is well.', { reasoning: 'hm' })],
  ];
  for (const [name, reply] of accepted) {
    test(`a stream ${name} is read`, async () => {
      await using bench = await startAdapter({ reply });
      assert.equal(await ask(bench.model), 'All is well.');
      assert.equal(await ask(bench.model), 'All is well.');
    });
  }

  const completion = { id: 'x', choices: [{ message: { content: 'All is well.' }, finish_reason: 'stop' }] };
  const overload = {
    error: { object: 'error', message: 'The request queue is full.', type: 'SERVICE_UNAVAILABLE', code: 503 },
  };
  const refused: readonly (readonly [string, Reply, string, RegExp])[] = [
    [
      'an answer in one piece',
      { headers: json, steps: [{ raw: JSON.stringify(completion) }] },
      'broken-stream',
      /in one piece/,
    ],
    [
      'an HTML page',
      { headers: { 'content-type': 'text/html' }, steps: [{ raw: '<html>Sign in</html>' }] },
      'broken-stream',
      /text\/html/,
    ],
    ['nothing at all', { steps: [] }, 'broken-stream', /finish reason/],
    ['204', { status: 204, headers: { 'content-type': '' }, steps: [] }, 'broken-stream', /instead of a stream/],
    ['a compressed answer', { headers: { 'content-encoding': 'gzip' }, steps: [] }, 'broken-stream', /compressed/],
    [
      'a redirect',
      { status: 307, headers: { location: '/elsewhere' }, steps: [] },
      'config',
      /redirects are not followed/,
    ],
    [
      'an overload inside the stream',
      { steps: [{ event: overload }, done] },
      'busy',
      /503: "The request queue is full\."/,
    ],
    ['an error with status 200', { headers: json, steps: [{ raw: '{"error":"no slot"}' }] }, 'engine', /no slot/],
    ['the finish reason "error"', { steps: [delta({ content: 'Half' }, 'error'), done] }, 'engine', /gave up/],
    [
      'reasoning only, cut by the limit',
      answer('', { reasoning: 'hm', finish: 'length' }),
      'empty',
      /all it wrote is reasoning/,
    ],
    ['an unclosed <think>', answer('', { pieces: ['<think>hm'] }), 'empty', /all it wrote is reasoning/],
    [
      'too much',
      { steps: [{ raw: `data: ${'x'.repeat(17 * 1024 * 1024)}\n\n` }] },
      'broken-stream',
      /more than 16777216 bytes/,
    ],
  ];
  for (const [name, reply, kind, words] of refused) {
    test(`${name} is a ModelError of kind ${kind}`, async () => {
      await using bench = await startAdapter({ reply });
      const error = await errorOf(bench.model);
      assert.equal(error.kind, kind);
      assert.match(error.message, words);
    });
  }

  test('pings alone do not keep a call alive', async () => {
    await using bench = await startAdapter(
      { reply: { steps: halfThenPings() } },
      { timeouts: { ...roomy, idleMs: 60 } },
    );
    const failed = errorOf(bench.model);
    const chat = await bench.server.chat(1);
    while (!chat.isAborted) {
      bench.server.release();
      await new Promise(setImmediate);
    }
    assert.equal((await failed).kind, 'idle-timeout');
  });

  test('the whole call has a limit of its own', async () => {
    await using bench = await startAdapter(
      { reply: { steps: [...half, 'wait'] } },
      { timeouts: { ...roomy, totalMs: 50 } },
    );
    assert.equal((await errorOf(bench.model)).kind, 'total-timeout');
  });

  test('a server that goes silent after its finish reason has answered', async () => {
    const steps = [delta({ content: 'Done.' }, 'stop'), 'wait'] as const;
    await using bench = await startAdapter({ reply: { steps } }, { timeouts: { ...roomy, idleMs: 50 } });
    assert.equal(await ask(bench.model), 'Done.');
  });
});

describe('an abort', () => {
  test('after the finish reason, but before the end, is still an abort', async () => {
    await using bench = await startAdapter({
      script: ['Fine.'],
      reply: { steps: [delta({ content: 'Done.' }, 'stop'), 'wait'] },
    });
    await ask(bench.model);
    const controller = new AbortController();
    const events = bench.model.generate(request, { signal: controller.signal, lane: 'draft' })[Symbol.asyncIterator]();
    assert.deepEqual(await events.next(), { done: false, value: { type: 'text', text: 'Done.' } });
    const end = events.next();
    controller.abort();
    await assert.rejects(end, { name: 'ModelError', kind: 'cancelled' });
  });

  test('by the reader of an event keeps back the events that had come with it', async () => {
    await using bench = await startAdapter({ reply: 'One two three.' });
    await ask(bench.model);
    const controller = new AbortController();
    const texts: string[] = [];
    const read = async (): Promise<void> => {
      for await (const event of bench.model.generate(request, { signal: controller.signal, lane: 'draft' })) {
        if (event.type === 'text') texts.push(event.text);
        controller.abort();
      }
    };
    await assert.rejects(read(), { name: 'ModelError', kind: 'cancelled' });
    assert.deepEqual(texts, ['One ']);
  });
});

describe('reasoning', () => {
  test('an answer that lies in the reasoning field is adopted once, with a notice', async () => {
    await using bench = await startAdapter({ reply: answer('', { reasoning: 'The parcel is on its way.' }) });
    assert.equal(await ask(bench.model), 'The parcel is on its way.');
    assert.deepEqual(bench.notices.at(-1), { type: 'reasoning-adopted' });
    assert.equal((await errorOf(bench.model)).kind, 'empty');
  });

  test('text comes piece by piece once the server has shown that it keeps reasoning apart', async () => {
    await using bench = await startAdapter({ reply: 'One two three.' });
    await ask(bench.model);
    const texts: string[] = [];
    const call = { signal: new AbortController().signal, lane: 'teammate' } as const;
    for await (const event of bench.model.generate(request, call)) if (event.type === 'text') texts.push(event.text);
    assert.deepEqual(texts, ['One ', 'two ', 'three.']);
  });

  test('a server that later lets reasoning through fails once, and is then read to the end before anything is shown', async () => {
    await using bench = await startAdapter({ reply: answer('', { pieces: ['hm', '</think>', 'Fine.'] }) });
    bench.server.enqueue('Fine.');
    await ask(bench.model);
    assert.equal((await errorOf(bench.model)).kind, 'broken-stream');
    assert.equal(await ask(bench.model), 'Fine.');
  });
});

function* halfThenPings(): Generator<Step> {
  yield* half;
  for (;;) {
    yield ping;
    yield 'wait';
  }
}

/** A good stream as text. */
function sse(text: string): string {
  const chunk = { choices: [{ index: 0, delta: { content: text }, finish_reason: 'stop' }] };
  return `data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`;
}
