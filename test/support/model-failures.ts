import type { Failure } from '../contract/model.suite.ts';
import { answer, done, line, ndjson } from './model-dialects.ts';
import type { Reply, Step } from './model-dialects.ts';
import { refusal } from './model-refusals.ts';
import { chatEvent, ollamaEnd, ollamaLine } from './model-wire.ts';
import type { Dialect } from './model-wire.ts';

/** The beginning of an answer in a dialect: "Half of ", and no more. */
function halfOf(dialect: Dialect): readonly Step[] {
  const parts = [{ isFirst: true }, { content: 'Half of ' }];
  if (dialect === 'ollama') return [line(ollamaLine({ content: 'Half of ' }, 'test-model'))];
  return parts.map((part) => ({ event: chatEvent(dialect, part, 'test-model') }));
}

/** The same piece again and again; the server goes on as long as it is let. */
const endless = (dialect: Dialect, piece: string): Iterable<Step> => {
  const pieces = Array.from({ length: 1000 }, () => piece);
  return answer('', { dialect, pieces, finish: null, hasDone: false, usage: null }).steps;
};

/** An error in the middle of a stream that began well. */
function inBandOf(dialect: Dialect): readonly Step[] {
  const message = 'an engine error has occurred';
  if (dialect === 'ollama') return [line({ error: message })];
  const detail = { message, type: 'InternalServerError', param: null, code: 500 };
  return [{ event: { error: dialect === 'sglang' ? { object: 'error', ...detail } : detail } }, done];
}

/** A stream that is over before it is finished. */
function unfinishedOf(dialect: Dialect): readonly Step[] {
  if (dialect === 'ollama') return [line(ollamaEnd(null, 12, 31, 'test-model'))];
  return dialect === 'ollama-v1' ? [] : [done];
}

const garbage = (dialect: Dialect): Step => ({
  raw:
    dialect === 'ollama'
      ? '{"message": {"content": "my-card-ends\n'
      : 'data: {"choices": [{"delta": {"content": "my-card-ends\n\n',
});

/** How a dialect shows that something went wrong. */
export function failureReply(failure: Failure, dialect: Dialect): Reply {
  const headers = dialect === 'ollama' ? ndjson : {};
  const half = halfOf(dialect);
  const replies: Readonly<Record<Failure, Reply>> = {
    busy: refusal('busy', dialect),
    'busy-for-7-seconds': { ...refusal('busy', dialect, { 'retry-after': '7' }), status: 429 },
    loading: refusal('loading', dialect),
    'wrong-key': refusal('unauthorized', dialect),
    'unknown-model': refusal('unknown-model', dialect),
    'too-long': refusal('too-long', dialect),
    'engine-failure': refusal('engine', dialect),
    'error-in-the-middle': { headers, steps: [...half, ...inBandOf(dialect)] },
    'ends-without-finish': { headers, steps: [...half, ...unfinishedOf(dialect)] },
    'sends-garbage': { headers, steps: [...half, garbage(dialect)] },
    'empty-answer': answer('', { dialect }),
    'repeats-itself': { headers, steps: [...half, ...endless(dialect, 'sorry, '), 'wait'] },
    'writes-blanks': { headers, steps: [...half, ...endless(dialect, ' \n  '), 'wait'] },
    'resets-in-the-middle': { headers, steps: [...half, 'reset'] },
    'resets-at-once': { beforeHeaders: 'reset', steps: [] },
    'silent-before-headers': { beforeHeaders: 'wait', steps: [] },
    'silent-before-first-event': { headers, steps: ['wait'] },
    'silent-in-the-middle': { headers, steps: [...half, 'wait'] },
  };
  return replies[failure];
}
