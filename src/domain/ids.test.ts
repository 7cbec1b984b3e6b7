import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import {
  parseConversationId,
  parseNotificationId,
  parsePartId,
  parseTeammateId,
  parseTurnId,
  parseWorkspaceId,
  sourcePartId,
} from './ids.ts';

const parsers = {
  'workspace id': parseWorkspaceId,
  'conversation id': parseConversationId,
  'part id': parsePartId,
  'teammate id': parseTeammateId,
  'turn id': parseTurnId,
  'notification id': parseNotificationId,
};

describe('the parser of a', () => {
  for (const [kind, parse] of Object.entries(parsers)) {
    test(`${kind} takes 1 to 200 characters without white space as they are, and nothing else`, () => {
      for (const good of ['1', 'notif_0f6a-1', 'ä', 'x'.repeat(200)]) assert.equal(parse(good), good);
      const expected = {
        name: 'TypeError',
        message: `Not a ${kind}: expected 1 to 200 characters without white space.`,
      };
      for (const bad of ['', ' ', 'a b', 'a\n', '\u00A0', 'x'.repeat(201)]) assert.throws(() => parse(bad), expected);
    });
  }

  test('part id never gives what it was not given', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (raw) => {
        try {
          assert.equal(parsePartId(raw), raw);
        } catch (error) {
          assert.ok(error instanceof TypeError);
        }
      }),
    );
  });
});

test('a conversation’s first message has an id that no later part has', () => {
  assert.equal(sourcePartId('77'), 'source:77');
  assert.notEqual(sourcePartId('77'), parsePartId('77'));
});
