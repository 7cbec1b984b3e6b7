import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { createApiCaller } from '../test/support/api-caller.ts';
import { startSimulator } from './server.ts';

const Part = z.object({
  id: z.string(),
  part_type: z.string(),
  body: z.string().nullable(),
  author: z.object({ id: z.string() }),
  app_package_code: z.string().nullable(),
  redacted: z.boolean(),
});
const Conversation = z.object({
  id: z.string(),
  state: z.string(),
  source: z.object({ id: z.string(), body: z.string() }),
  waiting_since: z.number().nullable(),
  admin_assignee_id: z.number(),
  team_assignee_id: z.number(),
  conversation_parts: z.object({ conversation_parts: z.array(Part), total_count: z.number() }),
});
const ErrorList = z.object({ type: z.literal('error.list'), errors: z.array(z.object({ code: z.string() })) });

const partsOf = (body: unknown) => Conversation.parse(body).conversation_parts.conversation_parts;
const codeOf = (body: unknown) => ErrorList.parse(body).errors[0]?.code;

describe('the REST API', () => {
  test('keeps the first message apart from the parts, and gives the new part of a reply', async () => {
    await using simulator = await startSimulator();
    const call = createApiCaller(simulator);
    const { conversationId, partId } = simulator.contactWrites({ html: '<p>Hello</p>' });

    const reply = { type: 'admin', message_type: 'note', admin_id: simulator.adminId, body: '<p>A <b>note</b></p>' };
    const { body } = await call('POST', `/conversations/${conversationId}/reply`, reply);

    const conversation = Conversation.parse(body);
    assert.deepEqual([conversation.source.id, conversation.source.body], [partId, '<p>Hello</p>']);
    const [note] = partsOf(body);
    assert.deepEqual(
      [note?.part_type, note?.body, note?.author.id],
      ['note', '<p>A <b>note</b></p>', simulator.adminId],
    );
    assert.ok(Number(note?.id) > Number(partId));
    assert.equal(typeof note?.app_package_code, 'string');
    assert.deepEqual(
      simulator.notes(conversationId).map(({ id }) => id),
      [note?.id],
    );
  });

  test('a part made by hand carries no app’s code', async () => {
    await using simulator = await startSimulator();
    const { conversationId } = simulator.contactWrites({ html: 'Hello' });
    simulator.teammateWrites({ conversationId, html: 'Hi' });

    const { body } = await createApiCaller(simulator)('GET', `/conversations/${conversationId}`);

    assert.equal(partsOf(body)[0]?.app_package_code, null);
  });

  test('a contact’s message opens a closed conversation and rides on a part of type open', async () => {
    await using simulator = await startSimulator();
    const call = createApiCaller(simulator);
    const { conversationId } = simulator.contactWrites({ html: 'Hello' });
    simulator.close(conversationId);
    const email = simulator.conversation(conversationId)?.contact.email;

    const reply = { type: 'user', message_type: 'comment', email, body: 'Still there?' };
    const { body } = await call('POST', '/conversations/last/reply', reply);

    assert.equal(Conversation.parse(body).state, 'open');
    assert.deepEqual(
      partsOf(body).map((part) => [part.part_type, part.body]),
      [
        ['close', null],
        ['open', 'Still there?'],
      ],
    );
  });

  test('a note leaves a closed conversation closed; a comment opens it', async () => {
    await using simulator = await startSimulator();
    const call = createApiCaller(simulator);
    const { conversationId } = simulator.contactWrites({ html: 'Hello' });
    simulator.close(conversationId);
    const reply = { type: 'admin', admin_id: simulator.adminId, body: 'x' };

    const note = await call('POST', `/conversations/${conversationId}/reply`, { ...reply, message_type: 'note' });
    const comment = await call('POST', `/conversations/${conversationId}/reply`, { ...reply, message_type: 'comment' });

    assert.equal(Conversation.parse(note.body).state, 'closed');
    assert.equal(Conversation.parse(comment.body).state, 'open');
    assert.equal(partsOf(comment.body).at(-1)?.part_type, 'open');
  });

  test('a contact that was merged into another is gone, and all it had and wrote is the other’s', async () => {
    await using simulator = await startSimulator();
    const call = createApiCaller(simulator);
    const { conversationId } = simulator.contactWrites({ contactName: 'Visitor', html: 'Hello' });
    const mergedId = simulator.conversation(conversationId)?.contact.id;
    simulator.mergeContact({ conversationId, contactName: 'Ada' });
    const { contact, source } = simulator.conversation(conversationId) ?? {};

    const merged = await call('GET', `/contacts/${mergedId}`);
    const survivor = await call('GET', `/contacts/${contact?.id}`);

    assert.deepEqual([merged.status, survivor.status], [410, 200]);
    assert.equal(contact?.name, 'Ada');
    assert.equal(source?.author.id, contact.id);
  });

  test('a body given with a close or an assignment rides on that part', async () => {
    await using simulator = await startSimulator();
    const call = createApiCaller(simulator);
    const { conversationId } = simulator.contactWrites({ html: 'Hello' });
    const at = `/conversations/${conversationId}/parts`;
    const manage = { type: 'admin', admin_id: simulator.adminId, body: 'Over to you' };

    const assigned = await call('POST', at, {
      ...manage,
      message_type: 'assignment',
      assignee_id: simulator.teammateId,
    });
    const closed = await call('POST', at, { ...manage, message_type: 'close', body: 'Bye' });

    assert.equal(Conversation.parse(assigned.body).admin_assignee_id, Number(simulator.teammateId));
    assert.deepEqual(
      partsOf(closed.body).map((part) => [part.part_type, part.body]),
      [
        ['assignment', 'Over to you'],
        ['close', 'Bye'],
      ],
    );
    assert.equal(Conversation.parse(closed.body).waiting_since, null);
  });

  test('gives at most the 500 newest parts and still counts them all', async () => {
    await using simulator = await startSimulator();
    const { conversationId } = simulator.contactWrites({ html: 'Hello' });
    const ids = Array.from({ length: 503 }, () => simulator.teammateWrites({ conversationId, html: 'x' }).partId);

    const { body } = await createApiCaller(simulator)('GET', `/conversations/${conversationId}`);

    assert.deepEqual(
      partsOf(body).map(({ id }) => id),
      ids.slice(-500),
    );
    assert.equal(Conversation.parse(body).conversation_parts.total_count, 503);
  });

  test('redacts the words and keeps the part', async () => {
    await using simulator = await startSimulator();
    const call = createApiCaller(simulator);
    const { conversationId } = simulator.contactWrites({ html: 'Hello' });
    const { partId } = simulator.contactWrites({ conversationId, html: 'My card is 4111' });
    simulator.close(conversationId);
    const closeId = simulator.conversation(conversationId)?.parts.at(-1)?.id;
    const redaction = { type: 'conversation_part', conversation_id: conversationId };

    const { body } = await call('POST', '/conversations/redact', { ...redaction, conversation_part_id: partId });
    const refused = await call('POST', '/conversations/redact', { ...redaction, conversation_part_id: closeId });

    assert.ok(!JSON.stringify(body).includes('4111'));
    assert.equal(partsOf(body)[0]?.redacted, true);
    assert.deepEqual([refused.status, codeOf(refused.body)], [422, 'conversation_part_not_redactable']);
  });

  test('a deleted conversation is gone', async () => {
    await using simulator = await startSimulator();
    const call = createApiCaller(simulator);
    const { conversationId } = simulator.contactWrites({ html: 'Hello' });

    const deleted = await call('DELETE', `/conversations/${conversationId}`);
    const after = await call('GET', `/conversations/${conversationId}`);

    assert.deepEqual(deleted.body, { id: conversationId, object: 'conversation', deleted: true });
    assert.deepEqual([after.status, codeOf(after.body)], [404, 'conversation_not_found']);
  });

  test('refuses a wrong token, a wrong version and broken JSON with an error list', async () => {
    await using simulator = await startSimulator();
    const call = createApiCaller(simulator);
    const { url, token } = simulator;
    const { conversationId } = simulator.contactWrites({ html: 'Hello' });

    const wrongToken = await createApiCaller({ url, token: 'wrong' })('GET', '/me');
    const wrongVersion = await fetch(`${url}/me`, {
      headers: { Authorization: `Bearer ${token}`, 'Intercom-Version': '3.0' },
    });
    const broken = await call('POST', `/conversations/${conversationId}/reply`, '{"type":');
    const unknown = await call('GET', '/nothing-here');

    assert.deepEqual([wrongToken.status, codeOf(wrongToken.body)], [401, 'unauthorized']);
    assert.deepEqual([wrongVersion.status, codeOf(await wrongVersion.json())], [400, 'intercom_version_invalid']);
    assert.deepEqual([broken.status, codeOf(broken.body)], [400, 'bad_request']);
    assert.deepEqual([unknown.status, codeOf(unknown.body)], [404, 'not_found']);
  });

  test('counts calls in windows of ten seconds and answers 429 beyond the limit', async () => {
    let now = 1_790_000_000_000;
    await using simulator = await startSimulator({ rateLimitPerWindow: 2, now: () => now });
    const call = createApiCaller(simulator);

    const answers = [await call('GET', '/me'), await call('GET', '/me'), await call('GET', '/me')];
    now += 10_000;
    const later = await call('GET', '/me');

    assert.deepEqual(
      [...answers, later].map(({ status, headers }) => [status, headers.get('x-ratelimit-remaining')]),
      [
        [200, '1'],
        [200, '0'],
        [429, '0'],
        [200, '1'],
      ],
    );
    assert.equal(answers[2]?.headers.get('x-ratelimit-reset'), '1790000010');
    assert.equal(codeOf(answers[2]?.body), 'rate_limit_exceeded');
  });

  test('keeps no script of a body', async () => {
    await using simulator = await startSimulator();
    const call = createApiCaller(simulator);
    const { conversationId } = simulator.contactWrites({ html: 'Hello' });
    const evil = '<p onclick="steal()">Hi<script>steal()</script><a href="javascript:steal()">x</a></p>';

    const reply = { type: 'admin', message_type: 'note', admin_id: simulator.adminId, body: evil };
    const { body } = await call('POST', `/conversations/${conversationId}/reply`, reply);

    assert.ok(!JSON.stringify(body).includes('steal'));
  });

  test('logs each call with its status', async () => {
    await using simulator = await startSimulator({ now: () => 5000 });
    const call = createApiCaller(simulator);

    await call('GET', '/me');
    await call('GET', '/conversations/1?display_as=plaintext');

    assert.deepEqual(simulator.requests, [
      { method: 'GET', path: '/me', status: 200, at: 5000 },
      { method: 'GET', path: '/conversations/1', status: 404, at: 5000 },
    ]);
  });
});
