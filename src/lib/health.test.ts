import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Health, HealthRecord } from './health.ts';

function createRecord() {
  const clock = { now: 0 };
  const told: Health['state'][] = [];
  const record = new HealthRecord(
    () => clock.now,
    ({ state }) => told.push(state),
  );
  return { record, clock, told };
}

test('nothing is known before the first call', () => {
  const { record, told } = createRecord();
  assert.deepEqual(record.health, { state: 'unknown' });
  assert.deepEqual(told, []);
});

test('the last call decides', () => {
  const { record, clock } = createRecord();
  clock.now = 10;
  record.succeeded();
  assert.deepEqual(record.health, { state: 'ok', at: 10 });
  clock.now = 20;
  record.failed(new Error('It is away.'));
  assert.deepEqual(record.health, { state: 'failing', at: 20, since: 20, reason: 'It is away.' });
});

test('a failing neighbour has failed since its first failure in a row, with the newest reason', () => {
  const { record, clock } = createRecord();
  for (const [at, reason] of [
    [10, 'one'],
    [20, 'two'],
    [30, 'three'],
  ] as const) {
    clock.now = at;
    record.failed(reason);
  }
  assert.deepEqual(record.health, { state: 'failing', at: 30, since: 10, reason: 'three' });
  record.succeeded();
  clock.now = 40;
  record.failed('four');
  assert.partialDeepStrictEqual(record.health, { since: 40 });
});

test('a change is told once, not each call', () => {
  const { record, told } = createRecord();
  record.succeeded();
  record.succeeded();
  record.failed('away');
  record.failed('away');
  record.succeeded();
  assert.deepEqual(told, ['ok', 'failing', 'ok']);
});
