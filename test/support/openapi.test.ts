import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { descriptionMissing, loadIntercomDescription } from './openapi.ts';

const description = await loadIntercomDescription();

describe('the published description', { skip: description === undefined ? descriptionMissing : false }, () => {
  const headers = { Authorization: 'Bearer x', 'Intercom-Version': '2.16' };
  const note = { type: 'admin', message_type: 'note', admin_id: '7', body: '<p>x</p>' };
  const request = (method: string, path: string, more: object) =>
    description?.validateRequest(method, path, { headers, ...more }) ?? ['no description'];
  const answer = (path: string, body: unknown, status = 200) =>
    description?.validateResponse('GET', path, status, body) ?? ['no description'];

  test('finds an operation by its path, a literal one before one with parameters', () => {
    assert.equal(description?.operation('POST', '/conversations/search')?.template, '/conversations/search');
    assert.equal(description?.operation('GET', '/conversations/17')?.template, '/conversations/{conversation_id}');
    assert.equal(description?.operation('PATCH', '/conversations/17'), undefined);
  });

  test('takes the requests we make', () => {
    const query = { operator: 'AND', value: [{ field: 'state', operator: '=', value: 'open' }] };

    assert.deepEqual(request('POST', '/conversations/17/reply', { body: note }), []);
    assert.deepEqual(request('GET', '/conversations/17', { query: { display_as: 'plaintext' } }), []);
    assert.deepEqual(request('POST', '/conversations/search', { body: { query, pagination: { per_page: 50 } } }), []);
    assert.deepEqual(request('DELETE', '/conversations/17/tags/4', { body: { admin_id: '7' } }), []);
    assert.deepEqual(request('POST', '/conversations/17/parts', { body: { message_type: 'open', admin_id: '7' } }), []);
  });

  const wrongRequests: Record<string, [method: string, path: string, more: object]> = {
    'a missing field': [
      'POST',
      '/conversations/17/reply',
      { body: { type: 'admin', message_type: 'note', body: 'x' } },
    ],
    'a misspelt field': ['POST', '/conversations/17/reply', { body: { ...note, adminId: '7' } }],
    'a field of the wrong type': ['POST', '/conversations/17/tags', { body: { id: 4, admin_id: '7' } }],
    'a word that is not in the list': ['POST', '/conversations/17/reply', { body: { ...note, message_type: 'shout' } }],
    'an unknown query parameter': ['GET', '/conversations/17', { query: { displayAs: 'plaintext' } }],
    'a number over the maximum': ['GET', '/conversations', { query: { per_page: '151' } }],
    'an unknown version': ['GET', '/me', { headers: { ...headers, 'Intercom-Version': '9.9' } }],
    'no token': ['GET', '/me', { headers: {} }],
    'a body where none belongs': ['GET', '/me', { body: {} }],
    'an unknown path': ['GET', '/conversation/17', {}],
  };
  for (const [what, [method, path, more]] of Object.entries(wrongRequests)) {
    test(`objects to ${what} in a request`, () => {
      assert.notDeepEqual(request(method, path, more), []);
    });
  }

  test('objects to wrong types, nulls and undescribed statuses in an answer, and not to more fields', () => {
    const conversation = { type: 'conversation', id: '17', company: null, title: null, brandNew: 1 };

    assert.deepEqual(answer('/conversations/17', conversation), []);
    assert.deepEqual(answer('/conversations/17', { ...conversation, id: 17 }), ['body.id: is not of type string']);
    assert.deepEqual(answer('/conversations/17', { ...conversation, open: null }), ['body.open: is null']);
    assert.deepEqual(answer('/conversations/17', conversation, 201), ['GET /conversations/17 does not answer 201.']);
    assert.notDeepEqual(answer('/conversations/17', { errors: [] }, 500), []);
    assert.notDeepEqual(
      answer('/conversations/17', { ...conversation, conversation_parts: { conversation_parts: [{ id: 1 }] } }),
      [],
    );
  });
});
