import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { answer, delta, done, usageChunk } from '../../test/support/model-dialects.ts';
import { chatDialects } from '../../test/support/model-wire.ts';
import type { Step } from '../../test/support/model-dialects.ts';
import { toBytes } from '../../test/support/recorded-streams.ts';
import { createAnswer } from './answer.ts';
import { parseChatEvent } from './chat-event.ts';
import { createEventDecoder } from './event-stream.ts';
import { ModelError } from './model.ts';

const context = { host: 'gpu:8000', promptTexts: [] };

type Outcome = { readonly text: string; readonly finish: string } | { readonly error: string };

/** Reads a stream as the adapter does, without a network. */
function read(pieces: readonly Uint8Array[], holdsBack: boolean): Outcome {
  const decoder = createEventDecoder();
  const reader = createAnswer({ context, model: 'm', holdsBack, adoptsReasoning: true });
  const accept = (data: string): string => (reader.isDone ? '' : reader.accept(parseChatEvent(data, context)));
  try {
    let text = '';
    for (const piece of pieces) for (const data of decoder.feed(piece)) text += accept(data);
    if (!reader.hasFinished) for (const data of decoder.end()) text += accept(data);
    const end = reader.end();
    return { text: text + end.text, finish: end.event.finishReason.raw };
  } catch (error) {
    assert.ok(error instanceof ModelError, String(error));
    return { error: error.kind };
  }
}

const inBand = { error: { object: 'error', message: 'queue is full', type: 'SERVICE_UNAVAILABLE', code: 503 } };

describe('the meaning of a stream', () => {
  test('a stream cut short before its finish reason is never an answer', () => {
    for (const dialect of chatDialects) {
      const bytes = toBytes(answer('Your parcel is on its way.', { dialect }).steps);
      const finishAt = bytes.indexOf('"finish_reason":"stop"') + '"finish_reason":"stop"'.length;
      fc.assert(
        fc.property(fc.nat(finishAt - 1), (length) => {
          assert.deepEqual(read([bytes.subarray(0, length)], false), { error: 'broken-stream' });
        }),
      );
    }
  });

  test('arbitrary events never crash it', () => {
    const event = fc.oneof(
      fc.json(),
      fc.string(),
      fc.jsonValue().map((value) => JSON.stringify({ choices: [value] })),
    );
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const outcome = read([Buffer.from(events.map((data) => `data: ${data}\n\n`).join(''))], false);
        assert.ok('error' in outcome || outcome.finish !== '');
      }),
    );
  });
});

describe('single events', () => {
  const table: readonly (readonly [string, readonly Step[], Outcome])[] = [
    [
      'content null',
      [delta({ role: 'assistant', content: null }), delta({ content: 'Hi' }, 'stop')],
      { text: 'Hi', finish: 'stop' },
    ],
    [
      'a usage before the finish',
      [usageChunk({ prompt_tokens: 1 }), delta({ content: 'Hi' }, 'stop')],
      { text: 'Hi', finish: 'stop' },
    ],
    ['a usage of an odd shape', [delta({ content: 'Hi' }, 'stop'), usageChunk('many')], { text: 'Hi', finish: 'stop' }],
    ['an error after the finish', [delta({ content: 'Hi' }, 'stop'), { event: inBand }], { error: 'busy' }],
    [
      'an error after [DONE]',
      [delta({ content: 'Hi' }, 'stop'), done, { event: inBand }],
      { text: 'Hi', finish: 'stop' },
    ],
    [
      'text after the finish',
      [delta({ content: 'Hi' }, 'length'), delta({ content: '!' }, 'stop')],
      { text: 'Hi', finish: 'length' },
    ],
    ['an old flat error', [{ event: { object: 'error', message: 'no', code: 500 } }], { error: 'engine' }],
    [
      'an error that is null',
      [{ event: { error: null, choices: [] } }, delta({ content: 'Hi' }, 'stop')],
      { text: 'Hi', finish: 'stop' },
    ],
    [
      'the word "error" in the text',
      [delta({ content: 'an "error"' }, 'stop')],
      { text: 'an "error"', finish: 'stop' },
    ],
    ['the finish reason "load"', [delta({ content: '' }, 'load')], { error: 'loading' }],
    [
      'both names of the reasoning',
      [delta({ reasoning: 'Hi', reasoning_content: 'Hi' }), delta({}, 'stop')],
      { text: 'Hi', finish: 'stop' },
    ],
    ['blank text only', [delta({ content: ' \n' }, 'stop')], { error: 'empty' }],
    ['content of a wrong type', [delta({ content: 5 })], { error: 'broken-stream' }],
  ];
  for (const [name, steps, outcome] of table) {
    test(`${name} gives ${JSON.stringify(outcome)}`, () => {
      assert.deepEqual(read([toBytes(steps)], false), outcome);
    });
  }

  test('an error about a broken event holds nothing of it', () => {
    const isClean = (error: unknown): boolean =>
      error instanceof ModelError && !/4242/.test(`${error.message} ${String(error.cause)}`);
    assert.throws(() => parseChatEvent('{"choices": "card 4242', context), isClean);
    assert.throws(() => parseChatEvent('{"choices": "card 4242"}', context), isClean);
  });
});
