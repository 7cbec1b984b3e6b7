import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApiCaller } from '../test/support/api-caller.ts';
import { descriptionMissing, loadIntercomDescription } from '../test/support/openapi.ts';
import { startSimulator } from './server.ts';

const description = await loadIntercomDescription();
const skip = description === undefined ? descriptionMissing : false;

test('every REST answer has the status, fields and types of the published description', { skip }, async (t) => {
  await using simulator = await startSimulator({ seed: true });
  const { adminId: admin_id, teammateId } = simulator;
  const call = createApiCaller(simulator);
  const email = simulator.conversations().find(({ source }) => source.type === 'email');
  assert.ok(email !== undefined);
  const withHistory = simulator.contactWrites({ contactName: 'Ada', html: '<p>First</p>' }).conversationId;
  const file = { name: 'leak.jpg', url: 'https://files.example/leak.jpg', content_type: 'image/jpeg' };
  simulator.contactWrites({ conversationId: withHistory, html: '<p>See</p>', attachments: [file] });
  simulator.botWrites({ conversationId: withHistory, html: '<p>Have you looked here?</p>' });
  simulator.teammateWrites({ conversationId: withHistory, html: '<p>Let me see</p>', on: 'assignment' });
  simulator.tag(withHistory, 'repair');
  const tag = simulator.conversation(withHistory)?.tags[0];
  const contactId = simulator.conversation(withHistory)?.contact.id;
  const doomed = simulator.contactWrites({ html: '<p>Please delete me</p>' }).conversationId;
  const at = `/conversations/${withHistory}`;

  const cases: [method: string, path: string, status: number, body?: unknown][] = [
    ['GET', '/me', 200],
    ['GET', '/admins', 200],
    ['GET', `/admins/${teammateId}`, 200],
    ['GET', '/admins/1', 404],
    ['GET', '/teams', 200],
    ['GET', '/tags', 200],
    ['POST', '/tags', 200, { name: 'Urgent' }],
    ['GET', '/articles', 200],
    ['GET', '/articles/3003', 200],
    ['GET', '/articles/1', 404],
    ['GET', '/internal_articles', 200],
    ['GET', '/macros', 200],
    ['GET', '/macros?per_page=1', 200],
    ['GET', `/contacts/${contactId}`, 200],
    ['GET', '/conversations?per_page=2', 200],
    ['GET', at, 200],
    ['GET', `${at}?display_as=plaintext`, 200],
    ['GET', `/conversations/${email.id}`, 200],
    ['GET', '/conversations/404', 404],
    ['POST', '/conversations/search', 200, { query: { field: 'updated_at', operator: '>', value: 1 } }],
    ['POST', '/conversations/search', 400, { query: { field: 'mood', operator: '=', value: 'good' } }],
    ['POST', `${at}/reply`, 200, { type: 'admin', message_type: 'note', admin_id, body: '<p>Note</p>' }],
    ['POST', `${at}/reply`, 200, { type: 'admin', message_type: 'comment', admin_id, body: '<p>Reply</p>' }],
    [
      'POST',
      `${at}/reply`,
      200,
      { type: 'user', message_type: 'comment', intercom_user_id: contactId, body: 'Thanks' },
    ],
    ['POST', `${at}/reply`, 400, { type: 'admin', message_type: 'shout', admin_id, body: 'x' }],
    ['POST', `${at}/reply`, 404, { type: 'admin', message_type: 'note', admin_id: '1', body: 'x' }],
    ['POST', `${at}/reply`, 422, { type: 'admin', message_type: 'note', admin_id, body: ' ' }],
    ['POST', `${at}/parts`, 200, { type: 'admin', message_type: 'close', admin_id, body: '<p>Bye</p>' }],
    ['POST', `${at}/parts`, 200, { message_type: 'open', admin_id }],
    ['POST', `${at}/parts`, 200, { message_type: 'snoozed', admin_id, snoozed_until: 1_999_999_999 }],
    ['POST', `${at}/parts`, 200, { type: 'admin', message_type: 'assignment', admin_id, assignee_id: '0' }],
    ['PUT', at, 200, { read: true, title: 'A leak', custom_attributes: { intent: 'repair' } }],
    ['DELETE', `${at}/tags/${tag?.id}`, 200, { admin_id }],
    ['POST', `${at}/tags`, 200, { id: tag?.id, admin_id }],
    ['POST', `${at}/tags`, 404, { id: '1', admin_id }],
    ['POST', '/conversations/redact', 200, { type: 'source', conversation_id: email.id, source_id: email.source.id }],
    ['DELETE', `/conversations/${doomed}`, 200],
    ['GET', '/conversations/deleted', 200],
    ['GET', '/conversations/deleted?per_page=1&order=desc', 200],
  ];
  for (const [method, path, status, body] of cases) {
    await t.test(`${method} ${path} ${status}`, async () => {
      const answer = await call(method, path, body);

      const pathname = new URL(path, simulator.url).pathname;
      assert.equal(answer.status, status);
      assert.deepEqual(description?.validateResponse(method, pathname, status, answer.body), []);
    });
  }
  await t.test('trouble on demand', async () => {
    for (const kind of ['rate-limited', 'token-revoked', 'scope-missing'] as const) {
      simulator.faults.add({ path: '/conversations', effect: { kind } });
      const { status, body } = await call('GET', '/conversations');
      assert.ok(status >= 400);
      assert.deepEqual(description?.validateResponse('GET', '/conversations', status, body), []);
    }
  });
});
