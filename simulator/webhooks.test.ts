import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { createApiCaller } from '../test/support/api-caller.ts';
import { hubSignature, startWebhookReceiver } from '../test/support/webhook-receiver.ts';
import { startSimulator } from './server.ts';

const Item = z.object({
  id: z.string(),
  source: z.object({ body: z.string() }),
  conversation_parts: z.object({
    conversation_parts: z.array(z.object({ id: z.string(), part_type: z.string(), body: z.string().nullable() })),
    total_count: z.number(),
  }),
});

describe('webhooks', () => {
  test('are signed over the bytes that are sent', async () => {
    await using receiver = await startWebhookReceiver();
    await using simulator = await startSimulator({ webhookUrl: receiver.url });

    simulator.contactWrites({ html: '<p>Grüße &amp; Küsse</p>' });
    await simulator.webhooks.idle();

    const [webhook] = receiver.received;
    assert.ok(webhook !== undefined);
    assert.equal(webhook.headers['x-hub-signature'], hubSignature(webhook.body, simulator.clientSecret));
    assert.equal(webhook.headers['content-type'], 'application/json');
    assert.equal(webhook.envelope['app_id'], simulator.appId);
  });

  test('hold the part of their event and no other, in plain text', async () => {
    await using receiver = await startWebhookReceiver();
    await using simulator = await startSimulator({ webhookUrl: receiver.url });

    const { conversationId } = simulator.contactWrites({ html: '<p>First</p>' });
    simulator.contactWrites({ conversationId, html: '<p>Second <img src="https://x.example/a.png"></p>' });
    const { partId } = simulator.contactWrites({ conversationId, html: '<p>Third &lt;3</p>' });
    await simulator.webhooks.idle();

    const items = receiver.received.map(({ envelope }) => Item.parse(envelope.data.item));
    const byNewest = items.map((item) => item.conversation_parts.conversation_parts.map(({ body }) => body));
    assert.deepEqual(new Set(byNewest.map(String)), new Set(['', 'Second [Image]', 'Third <3']));
    const third = items.find((item) => item.conversation_parts.conversation_parts[0]?.id === partId);
    assert.equal(third?.source.body, 'First');
    assert.equal(third.conversation_parts.total_count, 1);
  });

  test('hold HTML when the app’s version is older', async () => {
    await using receiver = await startWebhookReceiver();
    await using simulator = await startSimulator({ webhookUrl: receiver.url, webhookBodies: 'html' });

    simulator.contactWrites({ html: '<p>First</p>' });
    await simulator.webhooks.idle();

    assert.equal(Item.parse(receiver.received[0]?.envelope.data.item).source.body, '<p>First</p>');
  });

  test('name what happened, and our own note and reply come back too', async () => {
    await using receiver = await startWebhookReceiver();
    await using simulator = await startSimulator({ webhookUrl: receiver.url });
    const call = createApiCaller(simulator);
    const steps: [expected: string[], act: (id: string, partId: string) => unknown][] = [
      [['conversation.user.replied'], (conversationId) => simulator.contactWrites({ conversationId, html: 'x' })],
      [['conversation.admin.replied'], (conversationId) => simulator.teammateWrites({ conversationId, html: 'x' })],
      [
        ['conversation.admin.noted'],
        (conversationId) => simulator.teammateWrites({ conversationId, html: 'x', kind: 'note' }),
      ],
      [['conversation.operator.replied'], (conversationId) => simulator.botWrites({ conversationId, html: 'x' })],
      [['conversation.admin.assigned'], (id) => simulator.assign(id, simulator.teammateId)],
      [
        ['conversation.admin.noted'],
        (id) =>
          call('POST', `/conversations/${id}/reply`, {
            type: 'admin',
            message_type: 'note',
            admin_id: simulator.adminId,
            body: 'x',
          }),
      ],
      [
        ['conversation.admin.replied'],
        (id) =>
          call('POST', `/conversations/${id}/reply`, {
            type: 'admin',
            message_type: 'comment',
            admin_id: simulator.adminId,
            body: 'x',
          }),
      ],
      [['conversation.admin.closed'], (id) => simulator.close(id)],
      [['conversation.admin.opened'], (id) => simulator.open(id)],
      [
        ['conversation.admin.replied', 'conversation.admin.closed'],
        (conversationId) => simulator.teammateWrites({ conversationId, html: 'x', on: 'close' }),
      ],
      [['conversation.user.replied'], (conversationId) => simulator.contactWrites({ conversationId, html: 'x' })],
      [['conversation_part.tag.created'], (id) => simulator.tag(id, 'spam')],
      [[], (id) => simulator.untag(id, 'spam')],
      [['conversation_part.redacted'], (id, partId) => simulator.redact(id, partId)],
      [['conversation.deleted'], (id) => simulator.remove(id)],
      [['ping'], () => simulator.webhooks.ping()],
      [[], () => simulator.contactWrites({ html: 'unheard', notify: false })],
    ];
    const { conversationId, partId } = simulator.contactWrites({ html: 'Hello' });
    await simulator.webhooks.idle();
    assert.deepEqual(receiver.topics(), ['conversation.user.created']);

    for (const [expected, act] of steps) {
      const before = receiver.received.length;
      await act(conversationId, partId);
      await simulator.webhooks.idle();
      assert.deepEqual(receiver.topics().slice(before).toSorted(), expected.toSorted());
    }
  });

  test('that fail are tried once more, with the same id, and then given up', async () => {
    await using receiver = await startWebhookReceiver();
    await using simulator = await startSimulator({ webhookUrl: receiver.url });
    receiver.answerWith(503);

    simulator.contactWrites({ html: 'Hello' });
    await simulator.webhooks.idle();
    assert.equal(simulator.webhooks.retriesWaiting, 1);
    await simulator.webhooks.retryNow();

    assert.equal(simulator.webhooks.retriesWaiting, 0);
    assert.deepEqual(
      receiver.received.map(({ envelope }) => envelope.delivery_attempts),
      [1, 2],
    );
    assert.equal(receiver.received[0]?.envelope.id, receiver.received[1]?.envelope.id);
    assert.deepEqual(
      simulator.webhooks.log.map(({ status, attempt }) => [status, attempt]),
      [
        [503, 1],
        [503, 2],
      ],
    );
  });

  test('wait no longer than their deadline for an answer', async () => {
    await using receiver = await startWebhookReceiver();
    await using simulator = await startSimulator({ webhookUrl: receiver.url, deliveryDeadlineMs: 1 });
    receiver.answerWith('hang');

    simulator.contactWrites({ html: 'Hello' });
    await simulator.webhooks.idle();

    assert.equal(simulator.webhooks.log[0]?.status, 0);
    assert.equal(simulator.webhooks.retriesWaiting, 1);
  });

  test('stop for good after a 410, until the address is set anew', async () => {
    await using receiver = await startWebhookReceiver();
    await using simulator = await startSimulator({ webhookUrl: receiver.url });
    receiver.answerWith(410);

    for (let message = 0; message < 2; message += 1) {
      simulator.contactWrites({ html: 'Hello' });
      await simulator.webhooks.idle();
    }
    assert.equal(receiver.received.length, 1);
    simulator.setWebhookUrl(receiver.url);
    simulator.contactWrites({ html: 'Hello' });
    await simulator.webhooks.idle();

    assert.equal(receiver.received.length, 2);
  });

  test('that are held come in the order and as often as asked', async () => {
    await using receiver = await startWebhookReceiver();
    await using simulator = await startSimulator({ webhookUrl: receiver.url });
    simulator.webhooks.hold();
    const { conversationId } = simulator.contactWrites({ html: 'Hello' });
    simulator.close(conversationId);
    await simulator.webhooks.idle();
    assert.deepEqual(receiver.topics(), []);

    await simulator.webhooks.release({ order: 'reversed', copies: 2 });

    const [created, closed] = ['conversation.user.created', 'conversation.admin.closed'];
    assert.deepEqual(receiver.topics(), [closed, closed, created, created]);
    assert.equal(new Set(receiver.received.map(({ envelope }) => envelope.id)).size, 2);
  });

  test('that are held can be lost, and later ones still come', async () => {
    await using receiver = await startWebhookReceiver();
    await using simulator = await startSimulator({ webhookUrl: receiver.url });
    simulator.webhooks.hold();
    const { conversationId } = simulator.contactWrites({ html: 'Hello' });

    const lost = simulator.webhooks.drop();
    simulator.close(conversationId);
    await simulator.webhooks.idle();

    assert.equal(lost, 1);
    assert.deepEqual(receiver.topics(), ['conversation.admin.closed']);
  });

  test('can come again, under the same id, or as another topic with an id of its own', async () => {
    await using receiver = await startWebhookReceiver();
    await using simulator = await startSimulator({ webhookUrl: receiver.url });
    const { conversationId } = simulator.contactWrites({ html: 'Hello' });
    simulator.botWrites({ conversationId, html: 'Hi' });
    await simulator.webhooks.idle();
    const id = simulator.webhooks.log.find(({ topic }) => topic === 'conversation.operator.replied')?.id ?? '';

    await simulator.webhooks.redeliver(id);
    await simulator.webhooks.redeliverAs(id, 'conversation.admin.replied');

    const [again, other] = receiver.received.slice(-2).map(({ envelope }) => envelope);
    assert.deepEqual([again?.id, again?.topic], [id, 'conversation.operator.replied']);
    assert.equal(other?.topic, 'conversation.admin.replied');
    assert.notEqual(other.id, id);
    assert.deepEqual(other.data, again?.data);
  });

  test('announce the newest message of every seeded conversation on begin', async () => {
    await using receiver = await startWebhookReceiver();
    await using simulator = await startSimulator({ webhookUrl: receiver.url, seed: true });
    assert.deepEqual(receiver.topics(), []);

    simulator.begin();
    await simulator.webhooks.idle();

    const { length } = simulator.conversations();
    assert.ok(length >= 3);
    assert.equal(receiver.received.length, length);
    assert.ok(receiver.topics().includes('conversation.user.replied'));
  });
});
