import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ModelError, type ModelErrorKind } from '../model.ts';
import { isServerFailure } from './server-failure.ts';

describe('the breaker of a model server', () => {
  const countsByKind: readonly (readonly [ModelErrorKind, number | undefined, boolean])[] = [
    ['engine', 500, true],
    ['unreachable', undefined, true],
    ['loading', 503, true],
    ['broken-stream', undefined, true],
    ['first-event-timeout', undefined, true],
    ['idle-timeout', undefined, true],
    ['total-timeout', undefined, true],
    ['config', 401, true],
    ['config', 404, true],
    ['config', 400, false],
    ['config', undefined, false],
    ['busy', 429, false],
    ['too-long', 400, false],
    ['empty', undefined, false],
    ['cancelled', undefined, false],
  ];
  for (const [kind, status, counts] of countsByKind) {
    test(`${counts ? 'counts' : 'does not count'} an error of kind ${kind} (${status ?? 'no status'})`, () => {
      const error = new ModelError(kind, 'words', status === undefined ? {} : { status });
      assert.equal(isServerFailure(error), counts);
    });
  }
});
