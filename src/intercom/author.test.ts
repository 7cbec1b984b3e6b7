import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toAuthor } from './author.ts';
import type { WireAuthor } from './wire.ts';

const cases: readonly (readonly [title: string, author: WireAuthor | null | undefined, kind: string])[] = [
  ['a user', { type: 'user' }, 'contact'],
  ['a lead', { type: 'lead' }, 'contact'],
  ['a contact', { type: 'contact' }, 'contact'],
  ['a visitor', { type: 'visitor' }, 'contact'],
  ['a contact whose address begins with operator+', { type: 'user', email: 'operator+1@mail.example' }, 'contact'],
  ['an admin', { type: 'admin', email: 'maren@lumen.example' }, 'teammate'],
  ['a team', { type: 'team' }, 'teammate'],
  ['a bot', { type: 'bot' }, 'bot'],
  ['Operator as an admin', { type: 'admin', email: 'operator+lumen123@intercom.io' }, 'bot'],
  ['the AI agent as an admin', { type: 'admin', from_ai_agent: true }, 'bot'],
  ['a type of tomorrow', { type: 'swarm' }, 'bot'],
  ['an author without a type', {}, 'bot'],
  ['no author', null, 'bot'],
  ['nothing', undefined, 'bot'],
];

describe('toAuthor', () => {
  for (const [title, author, kind] of cases) {
    test(`${title} is a ${kind}`, () => {
      assert.equal(toAuthor(author).kind, kind);
    });
  }

  test('gives the id, and the name where there is one', () => {
    assert.deepEqual(toAuthor({ type: 'user', id: '7', name: ' Ada ' }), { kind: 'contact', id: '7', name: 'Ada' });
    assert.deepEqual(toAuthor({ type: 'user', name: ' ' }), { kind: 'contact', id: '', name: undefined });
  });
});
