import { answer, delta, done, line } from './model-dialects.ts';
import type { Step } from './model-dialects.ts';
import { chatEvent, ollamaEnd, ollamaLine } from './model-wire.ts';
import type { Dialect, EventParts } from './model-wire.ts';
import { chatDialects } from './model-wire.ts';

/** The bytes of one stream as a server sends it, to be cut and damaged. */
export type RecordedStream = { readonly name: string; readonly dialect: Dialect; readonly bytes: Buffer };

/** All that is written of an answer, with the waits and the resets left out. */
export function toBytes(steps: Iterable<Step>): Buffer {
  const pieces = [...steps].map((step) => {
    if (typeof step === 'string') return Buffer.alloc(0);
    return 'event' in step ? Buffer.from(`data: ${JSON.stringify(step.event)}\n\n`) : Buffer.from(step.raw);
  });
  return Buffer.concat(pieces);
}

const text = 'Grüße, 世界 👋🏽! Your parcel is on its way; it has left our store at noon.';
const inBand = { error: { object: 'error', message: 'queue is full', type: 'SERVICE_UNAVAILABLE', code: 503 } };

const decision: readonly EventParts[] = [
  { content: '{"choice":"', chances: [{ token: '{"choice":"', logprob: -0.01, others: {} }] },
  { content: 'yes', chances: [{ token: 'yes', logprob: -0.2, others: { no: -1.7, maybe: -9 } }] },
  { content: '"}', chances: [{ token: '"}', logprob: 0, others: {} }] },
];

/** Raw, as a server without a parser for it streams it: a piece for each special token and each word. */
const harmony = [
  '<|channel|>analysis<|message|>Where is it?<|end|>',
  '<|start|>assistant<|channel|>commentary<|message|>Looking.<|end|>',
  '<|start|>assistant<|channel|>final<|message|>It has left.<|return|>',
].flatMap((message) => message.split(/(?<=\|>)|(?=<\|)|(?<= )/));
const bareHarmony = harmony.filter((piece) => !piece.startsWith('<|'));

/** A constrained answer with the probabilities of its tokens. */
function decisionSteps(dialect: Dialect): readonly Step[] {
  if (dialect === 'ollama') {
    return [...decision.map((parts) => line(ollamaLine(parts, 'm'))), line(ollamaEnd('stop', 12, 3, 'm'))];
  }
  const events = [{ isFirst: true }, ...decision, { finish: 'stop' }];
  return [...events.map((parts) => ({ event: chatEvent(dialect, parts, 'm') })), done];
}

function streamsOf(dialect: Dialect): readonly (readonly [string, Iterable<Step>])[] {
  return [
    ['an answer', answer(text, { dialect }).steps],
    ['an answer with reasoning beside it', answer('Fine.', { dialect, reasoning: 'hm, so' }).steps],
    ['inline reasoning', answer('', { dialect, pieces: ['<thi', 'nk>hm</thi', 'nk>', '\n\nFine.'] }).steps],
    ['a lone closing tag', answer('', { dialect, pieces: ['hm', '</think>', 'Fine.'] }).steps],
    ['the channels of gpt-oss', answer('', { dialect, pieces: harmony }).steps],
    ['the channels of gpt-oss without their special tokens', answer('', { dialect, pieces: bareHarmony }).steps],
    ['reasoning of gpt-oss without an answer', answer('', { dialect, pieces: harmony.slice(0, 7) }).steps],
    ['an answer that is cut', answer('Fine.', { dialect, finish: 'length' }).steps],
    ['no finish reason', answer('Fine.', { dialect, finish: null }).steps],
    ['a decision', decisionSteps(dialect)],
  ];
}

/** Streams of every dialect, good ones and bad ones. */
export const recordedStreams: readonly RecordedStream[] = [
  ...[...chatDialects, 'ollama' as const].flatMap((dialect) =>
    streamsOf(dialect).map(([name, steps]) => ({ name: `${dialect}: ${name}`, dialect, bytes: toBytes(steps) })),
  ),
  {
    name: 'an error in the middle',
    dialect: 'sglang',
    bytes: toBytes([delta({ content: 'Half' }), { event: inBand }, done]),
  },
  { name: 'an engine that gave up', dialect: 'vllm', bytes: toBytes([delta({ content: 'Half' }, 'error'), done]) },
  {
    name: 'an error in the middle of a chat',
    dialect: 'ollama',
    bytes: toBytes([line(ollamaLine({ content: 'Half' }, 'm')), line({ error: 'an engine error' })]),
  },
];
