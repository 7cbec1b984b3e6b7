import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { parseRefusal, parseRetryAfter } from './refusal.ts';

describe('an error body', () => {
  const table: readonly (readonly [string, string, string, string | undefined])[] = [
    [
      'vLLM',
      '{"error":{"message":"no","type":"BadRequestError","param":"input_tokens","code":400}}',
      'no',
      'input_tokens',
    ],
    [
      'older vLLM',
      '{"object":"error","message":"no","type":"BadRequestError","param":null,"code":400}',
      'no',
      undefined,
    ],
    ['vLLM for a wrong key', '{"error":"Unauthorized"}', 'Unauthorized', undefined],
    ['Ollama', '{"error":{"message":"no","type":"api_error","param":null,"code":null}}', 'no', undefined],
    ['TGI', '{"error":"Model is overloaded","error_type":"overloaded"}', 'Model is overloaded', undefined],
    ['FastAPI', '{"detail":"Not Found"}', 'Not Found', undefined],
    ['plain text', 'upstream is away', 'upstream is away', undefined],
    ['an HTML page', '<!DOCTYPE html><html><h1>502</h1></html>', 'an HTML page', undefined],
    ['nothing', '', '', undefined],
  ];
  for (const [name, text, words, param] of table) {
    test(`of ${name} gives its words`, () => {
      const refusal = parseRefusal(text, { status: 400 });
      assert.equal(refusal.words, words);
      assert.equal(refusal.param, param);
      assert.equal(refusal.status, 400);
    });
  }

  test('inside a stream its code is the status, where it is one', () => {
    const statusOf = (code: string): number | undefined =>
      parseRefusal(`{"error":{"message":"no","code":${code}}}`, { status: undefined }).status;
    assert.equal(statusOf('503'), 503);
    assert.equal(statusOf('"503"'), 503);
    assert.equal(statusOf('200'), undefined);
    assert.equal(statusOf('"invalid_prompt"'), undefined);
    assert.equal(statusOf('null'), undefined);
  });

  test('of any shape gives some words and never throws', () => {
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      fc.record({ error: fc.jsonValue() }).map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(body, (text) => {
        assert.equal(typeof parseRefusal(text, { status: 500 }).words, 'string');
      }),
    );
  });
});

describe('a Retry-After header', () => {
  const now = Date.UTC(2026, 10, 22, 12, 0, 0);
  const table: readonly (readonly [string | undefined, number | undefined])[] = [
    ['7', 7000],
    [' 0 ', 0],
    ['1.5', 1500],
    ['Sun, 22 Nov 2026 12:00:30 GMT', 30_000],
    ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ];
  for (const [text, waitMs] of table) {
    test(`of ${JSON.stringify(text)} is a wait of ${waitMs} ms`, () => {
      assert.equal(parseRetryAfter(text, now), waitMs);
    });
  }
});
