import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { parseContact, parseNames } from './circumstances.ts';
import { parseConversation } from './schema.ts';

const circumstancesOf = (fields: Readonly<Record<string, unknown>>) =>
  parseConversation({ id: '4711', ...fields }).circumstances;

describe('the circumstances of a conversation', () => {
  test('say who is in charge: nobody is null, 0 or "0", somebody a number or a text', () => {
    for (const nobody of [null, 0, '0', undefined, {}]) {
      assert.equal(circumstancesOf({ team_assignee_id: nobody }).teamId, undefined);
      assert.equal(circumstancesOf({ admin_assignee_id: nobody }).assigneeId, undefined);
    }
    assert.equal(circumstancesOf({ team_assignee_id: 810_001 }).teamId, '810001');
    assert.equal(circumstancesOf({ admin_assignee_id: '7100002' }).assigneeId, '7100002');
  });

  test('have the workspace’s own fields without lists, objects and nulls', () => {
    const fields = { plan: 'pro', seats: 5, beta: true, notes: null, list: [1], nested: {} };
    assert.deepEqual(circumstancesOf({ custom_attributes: fields }).attributes, { plan: 'pro', seats: 5, beta: true });
    assert.deepEqual(circumstancesOf({ custom_attributes: 'odd' }).attributes, {});
  });

  test('name the company by both ids and its name', () => {
    const company = { type: 'company', id: '5f', company_id: 'acme-1', name: 'Acme' };
    assert.deepEqual(circumstancesOf({ company }).company, ['5f', 'acme-1', 'Acme']);
    assert.equal(circumstancesOf({ company: null }).company, undefined);
  });

  test('take contact, role and address from the contact’s newest message', () => {
    const part = (id: number, author: unknown) => ({
      id,
      part_type: 'comment',
      body: '<p>x</p>',
      created_at: id,
      author,
    });
    const parts = [
      part(2, { type: 'lead', id: 'c2', email: 'eve@mail.example' }),
      part(3, { type: 'admin', id: 't1', email: 'maren@lumen.example' }),
      part(1, { type: 'user', id: 'c1', email: 'ada@mail.example' }),
    ];
    const fields = { conversation_parts: { conversation_parts: parts }, contacts: { contacts: [{ id: 'c9' }] } };
    const { contactId, contactRole, contactAddress } = circumstancesOf(fields);
    assert.deepEqual([contactId, contactRole, contactAddress], ['c2', 'lead', 'eve@mail.example']);
    assert.equal(circumstancesOf({ contacts: { contacts: [null, { id: 'c9' }] } }).contactId, undefined);
    assert.equal(circumstancesOf({ contacts: { contacts: [{ id: 'c9' }] } }).contactId, 'c9');
  });

  test('know of Fin by its flag, and by what it wrote', () => {
    assert.equal(circumstancesOf({ ai_agent_participated: true }).isFinInvolved, true);
    assert.equal(circumstancesOf({ ai_agent_participated: 'yes' }).isFinInvolved, false);
    const author = { type: 'bot', id: 'b1', from_ai_agent: true };
    const parts = [{ id: 1, part_type: 'comment', body: '<p>x</p>', created_at: 1, author }];
    assert.equal(circumstancesOf({ conversation_parts: { conversation_parts: parts } }).isFinInvolved, true);
  });
});

describe('parseContact', () => {
  test('gives role, own fields and companies', () => {
    const json = {
      role: 'lead',
      custom_attributes: { plan: 'pro' },
      companies: { data: [{ id: 5 }, null, { id: 'c' }] },
    };
    assert.deepEqual(parseContact(json), { role: 'lead', attributes: { plan: 'pro' }, companies: ['5', 'c'] });
  });

  test('is lenient with everything but what is no object', () => {
    assert.deepEqual(parseContact({ role: 7, companies: [] }), { role: undefined, attributes: {}, companies: [] });
    assert.throws(() => parseContact('gone'), z.ZodError);
  });
});

test('parseNames gives names by ids and drops what has none', () => {
  const teams = [{ id: '810001', name: 'Support' }, { id: 810_002, name: 'Warranty' }, { id: '3' }, null];
  assert.deepEqual(
    [...parseNames({ teams }, 'teams')],
    [
      ['810001', 'Support'],
      ['810002', 'Warranty'],
    ],
  );
  assert.throws(() => parseNames({}, 'admins'), z.ZodError);
});
