import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { conversationWith, partBy } from '../../test/support/conversations.ts';
import type { Conversation } from './conversation.ts';
import type { PartId } from './ids.ts';
import { assessStanding, comments, hasTeammateComment } from './standing.ts';

const asked = partBy('contact', 1, 'Where is my order?');
const answered = partBy('teammate', 2, 'On its way.');
const note = partBy('teammate', 3, 'Called the carrier.', { kind: 'note' });
const askedAgain = partBy('contact', 4, 'Since when?');

describe('assessStanding', () => {
  test('a conversation whose newest comment is the contact’s awaits an answer, up to that comment', () => {
    assert.deepEqual(assessStanding(conversationWith([asked, answered, askedAgain])), {
      kind: 'awaits-answer',
      newest: askedAgain,
      upTo: { partId: askedAgain.id, at: askedAgain.createdAt },
    });
  });

  test('notes do not count: teammates talk among themselves while the contact waits', () => {
    assert.partialDeepStrictEqual(assessStanding(conversationWith([asked, note])), { newest: asked });
  });

  test('a snoozed conversation awaits an answer as an open one does', () => {
    assert.equal(assessStanding(conversationWith([asked], { state: 'snoozed' })).kind, 'awaits-answer');
  });

  const movedOn: readonly (readonly [why: string, conversation: Conversation])[] = [
    ['the conversation has no message to answer', conversationWith([])],
    ['the conversation has no message to answer', conversationWith([note])],
    ['a teammate replied', conversationWith([asked, answered])],
    ['a teammate replied', conversationWith([asked, answered, note], { state: 'closed' })],
    ['a bot replied', conversationWith([asked, partBy('bot', 2, 'Have you read this?')])],
    ['the conversation is closed', conversationWith([asked], { state: 'closed' })],
  ];
  for (const [why, conversation] of movedOn) {
    test(`moved on: ${why} (${conversation.parts.length} parts, ${conversation.state})`, () => {
      assert.deepEqual(assessStanding(conversation), { kind: 'moved-on', reason: why });
    });
  }
});

test('comments are what the contact can read, in their order', () => {
  assert.deepEqual(comments(conversationWith([asked, note, answered])), [asked, answered]);
});

describe('hasTeammateComment', () => {
  const nothing = new Set<PartId>();

  test('sees a teammate’s comment, and takes no note, bot or contact for one', () => {
    assert.equal(hasTeammateComment(conversationWith([asked, answered, askedAgain]), nothing), true);
    assert.equal(hasTeammateComment(conversationWith([asked, note, partBy('bot', 5, 'Hello')]), nothing), false);
  });

  test('does not take what the assistant posted for a teammate’s', () => {
    assert.equal(hasTeammateComment(conversationWith([asked, answered]), new Set([answered.id])), false);
  });
});
