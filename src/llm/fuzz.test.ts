import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { ask, roomy, startAdapter } from '../../test/support/model-adapter.ts';
import { ndjson } from '../../test/support/model-dialects.ts';
import { recordedStreams } from '../../test/support/recorded-streams.ts';
import type { RecordedStream } from '../../test/support/recorded-streams.ts';
import { createAnswer } from './answer.ts';
import { parseChatEvent } from './chat-event.ts';
import { createEventDecoder, createLineDecoder } from './event-stream.ts';
import { ModelError } from './model.ts';
import { parseOllamaLine } from './ollama-event.ts';

const context = { host: 'gpu:8000', promptTexts: [] };
const choices = { field: 'choice', values: ['yes', 'no'] };

type Outcome =
  | { readonly text: string; readonly finish: string; readonly shares: readonly (readonly [string, number])[] }
  | { readonly error: string };

/** Reads a stream as the adapter does, without a network. */
function read({ dialect }: RecordedStream, pieces: readonly Uint8Array[], holdsBack: boolean): Outcome {
  const isOllama = dialect === 'ollama';
  const decoder = isOllama ? createLineDecoder() : createEventDecoder();
  const parse = isOllama ? parseOllamaLine : parseChatEvent;
  const reader = createAnswer({ context, model: 'm', holdsBack, adoptsReasoning: true, choices });
  const accept = (data: string): string => (reader.isDone ? '' : reader.accept(parse(data, context)));
  try {
    let text = '';
    for (const piece of pieces) for (const data of decoder.feed(piece)) text += accept(data);
    if (!reader.hasFinished) for (const data of decoder.end()) text += accept(data);
    const { text: rest, event } = reader.end();
    return { text: text + rest, finish: event.finishReason.raw, shares: [...(event.choiceProbabilities ?? [])] };
  } catch (error) {
    assert.ok(error instanceof ModelError, String(error));
    return { error: error.kind };
  }
}

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

/** One thing that happens to bytes on their way. */
type Damage = (bytes: Buffer) => Buffer;

const place = fc.nat(6000);
const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ at: place, byte: fc.nat(255) }).map(({ at, byte }) => (bytes: Buffer) => {
    const changed = Buffer.from(bytes);
    if (changed.length > 0) changed[at % changed.length] = byte;
    return changed;
  }),
  fc.record({ at: place, length: fc.nat(400) }).map(({ at, length }) => (bytes: Buffer) => {
    const from = at % (bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + length)]);
  }),
  fc.record({ at: place, length: fc.nat(400) }).map(({ at, length }) => (bytes: Buffer) => {
    const from = at % (bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, from + length), bytes.subarray(from)]);
  }),
  place.map((length) => (bytes: Buffer) => bytes.subarray(0, length)),
  fc
    .record({ at: place, text: fc.oneof(fc.constantFrom('\n', '\n\n', ':\n\n', '\r', 'data: ', '[DONE]'), fc.json()) })
    .map(({ at, text }) => (bytes: Buffer) => {
      const from = at % (bytes.length + 1);
      return Buffer.concat([bytes.subarray(0, from), Buffer.from(text), bytes.subarray(from)]);
    }),
);

const stream = fc.constantFrom(...recordedStreams);
const places = fc.array(place, { maxLength: 30 });

/** Whether the bytes tell of an end at all, by a search that knows nothing of events. */
function tellsOfAnEnd({ dialect }: RecordedStream, bytes: Buffer): boolean {
  const key = dialect === 'ollama' ? 'done_reason' : 'finish_reason';
  return new RegExp(`"${key}"\\s*:\\s*"[^"]`).test(bytes.toString('latin1'));
}

describe('10,000 streams that are cut and damaged', () => {
  test('mean the same wherever they are cut', () => {
    fc.assert(
      fc.property(stream, places, fc.boolean(), (recorded, cuts, holdsBack) => {
        const whole = read(recorded, [recorded.bytes], holdsBack);
        assert.deepEqual(read(recorded, cut(recorded.bytes, cuts), holdsBack), whole);
      }),
      { numRuns: 3000 },
    );
  });

  test('give a ModelError, or an answer with a finish reason that was really sent', () => {
    const damages = fc.array(damage, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(stream, damages, places, fc.boolean(), (recorded, changes, cuts, holdsBack) => {
        const damaged = changes.reduce((bytes, change) => change(bytes), recorded.bytes);
        const outcome = read(recorded, cut(damaged, cuts), holdsBack);
        if ('error' in outcome) return;
        assert.notEqual(outcome.finish, '');
        assert.notEqual(outcome.text.trim(), '');
        assert.ok(tellsOfAnEnd(recorded, damaged));
        assert.ok(outcome.shares.every(([, share]) => share >= 0 && share <= 1));
      }),
      { numRuns: 7000 },
    );
  });
});

test('streams that are damaged and never end are given up by a timer, at the latest', async () => {
  const damages = fc.array(damage, { minLength: 1, maxLength: 3 });
  const timeouts = { ...roomy, firstEventMs: 40, idleMs: 40 };
  await fc.assert(
    fc.asyncProperty(stream, damages, async (recorded, changes) => {
      const isOllama = recorded.dialect === 'ollama';
      await using bench = await startAdapter(
        { dialect: recorded.dialect },
        { kind: isOllama ? 'ollama' : 'openai', timeouts },
      );
      const damaged = changes.reduce((bytes, change) => change(bytes), recorded.bytes);
      bench.server.enqueue({ headers: isOllama ? ndjson : {}, steps: [{ raw: damaged }, 'wait'] });
      const outcome = await ask(bench.model).catch((error: unknown) => error);
      if (!(outcome instanceof ModelError)) assert.ok(tellsOfAnEnd(recorded, damaged), String(outcome));
    }),
    { numRuns: 60 },
  );
});
