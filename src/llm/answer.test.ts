import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { answer, delta, done, usageChunk } from '../../test/support/model-dialects.ts';
import { chatDialects } from '../../test/support/model-wire.ts';
import type { Step } from '../../test/support/model-dialects.ts';
import { createAnswer } from './answer.ts';
import { parseChatEvent } from './chat-event.ts';
import { createEventDecoder } from './event-stream.ts';
import { ModelError } from './model.ts';

const context = { host: 'gpu:8000', promptTexts: [] };

type Outcome = { readonly text: string; readonly finish: string } | { readonly error: string };

/** Reads a stream as the adapter does, without a network. */
function read(pieces: readonly Uint8Array[], holdsBack: boolean): Outcome {
  const decoder = createEventDecoder();
  const reader = createAnswer({ parse: parseChatEvent, context, model: 'm', holdsBack, adoptsReasoning: true });
  try {
    let text = '';
    for (const piece of pieces) for (const data of decoder.feed(piece)) text += reader.accept(data);
    if (!reader.hasFinished) for (const data of decoder.end()) text += reader.accept(data);
    const end = reader.end();
    return { text: text + end.text, finish: end.event.finishReason.raw };
  } catch (error) {
    assert.ok(error instanceof ModelError, String(error));
    return { error: error.kind };
  }
}

function toBytes(steps: Iterable<Step>): Buffer {
  const texts = [...steps].map((step) => {
    if (typeof step === 'string') return '';
    return 'event' in step ? `data: ${JSON.stringify(step.event)}\n\n` : String(step.raw);
  });
  return Buffer.from(texts.join(''));
}

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

const inBand = { error: { object: 'error', message: 'queue is full', type: 'SERVICE_UNAVAILABLE', code: 503 } };
const streams: readonly Buffer[] = [
  ...chatDialects.map((dialect) => toBytes(answer('Grüße, 世界 👋🏽! Your parcel is on its way.', { dialect }).steps)),
  ...chatDialects.map((dialect) => toBytes(answer('Fine.', { dialect, reasoning: 'hm, so' }).steps)),
  toBytes(answer('', { pieces: ['<thi', 'nk>hm</thi', 'nk>', '\n\nFine.'] }).steps),
  toBytes(answer('', { pieces: ['hm', '</think>', 'Fine.'] }).steps),
  toBytes(answer('Fine.', { finish: null }).steps),
  toBytes(answer('Fine.', { hasDone: false, finish: 'length' }).steps),
  toBytes([delta({ content: 'Half' }), { event: inBand }, done]),
  toBytes([delta({ content: 'Half' }, 'error'), done]),
];
const stream = fc.constantFrom(...streams);
const places = fc.array(fc.nat(4000), { maxLength: 30 });

describe('the meaning of a stream', () => {
  test('it does not depend on where the bytes are cut', () => {
    fc.assert(
      fc.property(stream, places, fc.boolean(), (bytes, cuts, holdsBack) => {
        assert.deepEqual(read(cut(bytes, cuts), holdsBack), read([bytes], holdsBack));
      }),
      { numRuns: 300 },
    );
  });

  test('damaged bytes give a ModelError or an answer with a finish reason, never a crash', () => {
    const damage = fc.array(fc.record({ at: fc.nat(4000), byte: fc.nat(255) }), { maxLength: 5 });
    fc.assert(
      fc.property(stream, damage, fc.nat(4000), fc.boolean(), (bytes, changes, length, holdsBack) => {
        const damaged = Uint8Array.from(bytes.subarray(0, length));
        for (const { at, byte } of changes) if (damaged.length > 0) damaged[at % damaged.length] = byte;
        const outcome = read([damaged], holdsBack);
        if ('text' in outcome) {
          assert.match(Buffer.from(damaged).toString('latin1'), /finish_reason/);
          assert.notEqual(outcome.finish, '');
        }
      }),
      { numRuns: 1000 },
    );
  });

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
    const reader = createAnswer({
      parse: parseChatEvent,
      context,
      model: 'm',
      holdsBack: false,
      adoptsReasoning: false,
    });
    const isClean = (error: unknown): boolean =>
      error instanceof ModelError && !/4242/.test(`${error.message} ${String(error.cause)}`);
    assert.throws(() => reader.accept('{"choices": "card 4242'), isClean);
    assert.throws(() => reader.accept('{"choices": "card 4242"}'), isClean);
  });
});
