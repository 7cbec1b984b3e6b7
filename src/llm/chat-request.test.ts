import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chatMentions } from './chat-request.ts';
import { fieldsRefused } from './dialect.ts';
import type { OptionalField } from './dialect.ts';
import { parseRefusal } from './refusal.ts';

const sent = { chat_template_kwargs: {}, reasoning_effort: 'none', stream_options: {} };

describe('a server that refuses optional fields', () => {
  const table: readonly (readonly [string, readonly OptionalField[]])[] = [
    ['{"error":{"message":"bad value","param":"reasoning_effort"}}', ['reasoning_effort']],
    ['{"error":"invalid reasoning value: none"}', ['reasoning_effort']],
    ['{"error":"unknown effort \\"none\\""}', ['reasoning_effort']],
    ['{"error":"chat_template_kwargs is not supported"}', ['chat_template_kwargs']],
    [
      '{"message":"enable_thinking and reasoning_effort: extra fields not permitted"}',
      ['chat_template_kwargs', 'reasoning_effort'],
    ],
    ['{"message":"stream_options is only allowed when stream is true"}', ['stream_options']],
    ["{\"message\":\"[{'msg': 'bad role', 'input': {'stream_options': 1}}]\"}", []],
    ['{"message":"roles must alternate"}', []],
  ];
  for (const [body, fields] of table) {
    test(`${body} means ${fields.join(' and ') || 'none of them'}`, () => {
      assert.deepEqual(fieldsRefused(parseRefusal(body, { status: 400 }), sent, chatMentions), fields);
    });
  }

  test('only a 400 or a 422 speaks of fields', () => {
    const refusal = parseRefusal('reasoning_effort', { status: 500 });
    assert.deepEqual(fieldsRefused(refusal, sent, chatMentions), []);
  });

  test('a field that was not sent is not left out again', () => {
    const refusal = parseRefusal('reasoning_effort', { status: 422 });
    assert.deepEqual(fieldsRefused(refusal, { stream_options: {} }, chatMentions), []);
  });
});
