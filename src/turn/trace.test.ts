import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TraceRecorder } from './trace.ts';

/** A clock that shows these times, one after another. */
const clockOf = (...times: readonly number[]): (() => number) => {
  const left = [...times];
  return () => left.shift() ?? assert.fail('the clock was read too often');
};

test('a stage’s time is written down to a hundredth of a millisecond, and told', async () => {
  const told: unknown[] = [];
  const recorder = new TraceRecorder(clockOf(10, 22.34567), (stage, ms) => told.push([stage, ms]));
  assert.equal(await recorder.timed('gather', () => Promise.resolve('value')), 'value');
  assert.deepEqual(recorder.trace, { timings: { gather: 12.35 } });
  assert.deepEqual(told, [['gather', 12.35]]);
});

test('a stage that throws is timed as well, and its error goes on', async () => {
  const recorder = new TraceRecorder(clockOf(0, 3), () => undefined);
  const error = new Error('away');
  await assert.rejects(
    recorder.timed('draft', () => Promise.reject(error)),
    error,
  );
  assert.deepEqual(recorder.trace.timings, { draft: 3 });
});
