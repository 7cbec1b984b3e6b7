import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import type { Failure } from '../domain/retry.ts';
import { IntercomError } from '../intercom/errors.ts';
import { OutboundRefused } from '../lib/outbound.ts';
import { ModelError, type ModelErrorKind } from '../llm/model.ts';
import { DatabaseAway } from '../store/database.ts';
import { toFailure } from './failure.ts';

/** A new kind of error does not compile until it stands here. */
const ofModel: Record<ModelErrorKind, Failure['kind']> = {
  config: 'outage',
  'too-long': 'terminal',
  busy: 'outage',
  loading: 'outage',
  unreachable: 'outage',
  'first-event-timeout': 'outage',
  'idle-timeout': 'fault',
  'total-timeout': 'fault',
  'broken-stream': 'fault',
  empty: 'fault',
  'run-away': 'fault',
  'broken-answer': 'fault',
  engine: 'outage',
  cancelled: 'fault',
};
const ofIntercom: Record<IntercomError['kind'], Failure['kind']> = {
  misconfigured: 'outage',
  gone: 'fault',
  rejected: 'terminal',
  limited: 'outage',
  away: 'outage',
};

describe('toFailure', () => {
  for (const [kind, expected] of Object.entries(ofModel) as [ModelErrorKind, Failure['kind']][]) {
    test(`a model error of kind ${kind} is ${expected}`, () => {
      const failure = toFailure(new ModelError(kind, 'It said no.', { retryAfterMs: 1500 }));
      assert.deepEqual(failure, { kind: expected, message: 'It said no.', retryAfterMs: 1500 });
    });
  }

  for (const [kind, expected] of Object.entries(ofModel)) {
    test(`docs/failure-modes.md says that a model error of kind ${kind} is ${expected}`, async () => {
      const page = await readFile(new URL('../../docs/failure-modes.md', import.meta.url), 'utf8');
      const row = page.split('\n').find((line) => line.startsWith(`| \`${kind}\` |`));
      assert.ok(row?.endsWith(`| ${expected} |`), `row: ${row}`);
    });
  }

  for (const [kind, expected] of Object.entries(ofIntercom) as [IntercomError['kind'], Failure['kind']][]) {
    test(`an Intercom error of kind ${kind} is ${expected}`, () => {
      const failure = toFailure(new IntercomError(kind, 'It said no.', { retryAfterMs: 7000 }));
      assert.deepEqual(failure, { kind: expected, message: 'It said no.', retryAfterMs: 7000 });
    });
  }

  test('a database that is away and a refused connection are outages', () => {
    assert.deepEqual(toFailure(new DatabaseAway('The database is away.')), {
      kind: 'outage',
      message: 'The database is away.',
      retryAfterMs: undefined,
    });
    assert.equal(toFailure(new OutboundRefused('http://evil.example')).kind, 'outage');
  });

  test('everything else is a fault, so that a defect is not tried for ever', () => {
    assert.deepEqual(toFailure(new TypeError('x is undefined')), {
      kind: 'fault',
      message: 'x is undefined',
      retryAfterMs: undefined,
    });
    assert.equal(toFailure('text').message, 'text');
    assert.equal(toFailure(undefined).kind, 'fault');
  });

  test('the words of an error decide nothing', () => {
    assert.equal(toFailure(new Error('429 rate_limit_exceeded: IntercomError limited')).kind, 'fault');
  });
});
