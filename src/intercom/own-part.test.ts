import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { conversationWith, partBy } from '../../test/support/conversations.ts';
import { parsePartId, parseTurnId } from '../domain/ids.ts';
import { findOwnPart, type PostedBy } from './own-part.ts';

const turnId = parseTurnId('k3v9x2m4p7q1');
const html = '<p>Hello Ada,</p><p>it is <b>on its way</b>.</p>';
const answered = parsePartId('10');
const note: PostedBy = { turnId, kind: 'note', html, authorId: 't1', answersPartId: answered };
const comment: PostedBy = { ...note, kind: 'comment' };

const asked = partBy('contact', 10, 'Where is it?');
const code = 'AI draft by Sidenote · turn k3v9x2m4p7q1';
const noteBy = (number: number, text: string) => partBy('teammate', number, text, { kind: 'note' });

describe('findOwnPart finds a note', () => {
  test('by the turn’s code', () => {
    const own = noteBy(12, `Any words\n\n${code}`);
    assert.equal(findOwnPart(conversationWith([asked, noteBy(11, 'Called him.'), own]), note), own);
  });

  test('and takes the newest of two', () => {
    const own = noteBy(13, code);
    assert.equal(findOwnPart(conversationWith([asked, noteBy(12, code), own]), note), own);
  });

  test('also when the part that it answers is not in the conversation any more', () => {
    const own = noteBy(12, code);
    assert.equal(findOwnPart(conversationWith([own]), note), own);
  });

  for (const [title, part] of [
    ['another turn’s', noteBy(12, 'AI draft by Sidenote · turn aaaaaaaaaaaa')],
    ['a comment with the code', partBy('teammate', 12, code)],
    [
      'another teammate’s note',
      partBy('teammate', 12, code, { kind: 'note', author: { kind: 'teammate', id: 't2', name: 'Eve' } }),
    ],
    ['a note from before the message', noteBy(9, code)],
  ] as const) {
    test(`and no other: not ${title}`, () => {
      const parts = [asked, part].toSorted((a, b) => a.createdAt - b.createdAt);
      assert.equal(findOwnPart(conversationWith(parts), note), undefined);
    });
  }
});

describe('findOwnPart finds a reply', () => {
  test('by its author and its words, however Intercom sets the white space', () => {
    const own = partBy('teammate', 12, 'Hello Ada,\nit is on  its way.');
    assert.equal(findOwnPart(conversationWith([asked, own]), comment), own);
  });

  test('also when Intercom calls the author a bot', () => {
    const own = partBy('bot', 12, 'Hello Ada,\n\nit is on its way.');
    assert.equal(findOwnPart(conversationWith([asked, own]), { ...comment, authorId: 'b1' }), own);
  });

  for (const [title, part] of [
    ['other words', partBy('teammate', 12, 'Hello Ada, it is lost.')],
    ['more words', partBy('teammate', 12, 'Hello Ada, it is on its way. Yours, Tom')],
    [
      'the contact’s quote of it',
      partBy('contact', 12, 'Hello Ada, it is on its way.', { author: { kind: 'contact', id: 't1', name: 'Ada' } }),
    ],
    [
      'the same words of a teammate',
      partBy('teammate', 12, 'Hello Ada, it is on its way.', { author: { kind: 'teammate', id: 't2', name: 'Eve' } }),
    ],
    ['the same words before the message', partBy('teammate', 9, 'Hello Ada, it is on its way.')],
    ['a note of the same words', noteBy(12, 'Hello Ada, it is on its way.')],
  ] as const) {
    test(`and no other: not ${title}`, () => {
      const parts = [asked, part].toSorted((a, b) => a.createdAt - b.createdAt);
      assert.equal(findOwnPart(conversationWith(parts), comment), undefined);
    });
  }
});
