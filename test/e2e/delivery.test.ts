import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startTestApp } from '../support/app.ts';
import { conversationsAsked } from '../support/prompt.ts';

describe('webhooks that Intercom delivers badly', () => {
  test('three copies of each in reversed order give one note that answers all', async () => {
    await using t = await startTestApp();
    t.simulator.webhooks.hold();
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Hello</p>' });
    t.advance(1000);
    t.simulator.contactWrites({ conversationId, html: '<p>my boat leaks</p>' });
    t.advance(1000);
    t.simulator.contactWrites({ conversationId, html: '<p>at the left seam</p>' });

    await t.simulator.webhooks.release({ order: 'reversed', copies: 3 });
    await t.finish();

    assert.equal(t.simulator.notes(conversationId).length, 1);
    assert.deepEqual(conversationsAsked(t.modelServer), [['asked: Hello\n\nmy boat leaks\n\nat the left seam']]);
  });

  test('one that comes again long after its note changes nothing', async () => {
    await using t = await startTestApp();
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Hello</p>' });
    await t.finish();
    const [first] = t.simulator.webhooks.log;
    t.advance(3_600_000);

    await t.simulator.webhooks.redeliver(first?.id ?? '');
    await t.finish();

    assert.equal(t.simulator.notes(conversationId).length, 1);
    assert.equal((await t.turns(conversationId)).length, 1);
  });

  test('the same message under a second topic and id gives no second note', async () => {
    await using t = await startTestApp();
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Hello</p>' });
    await t.finish();
    const [first] = t.simulator.webhooks.log;
    t.advance(5000);

    await t.simulator.webhooks.redeliverAs(first?.id ?? '', 'conversation.user.replied');
    await t.finish();

    assert.equal(t.simulator.notes(conversationId).length, 1);
    assert.equal(t.modelServer.chats.length, 1);
  });

  test('a later one that names no part is looked into, and gives no second note for the same message', async () => {
    await using t = await startTestApp();
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Hello</p>' });
    await t.finish();
    t.advance(60_000);

    t.simulator.webhooks.notify('conversation.user.replied', { type: 'conversation', id: conversationId });
    await t.finish();

    assert.equal(await t.outcome(conversationId), 'skipped: an earlier turn has a draft for the same message');
    assert.equal(t.simulator.notes(conversationId).length, 1);
    assert.equal(t.modelServer.chats.length, 1);
  });

  test('an old one that was held until after the teammate’s answer gives no note', async () => {
    await using t = await startTestApp();
    t.simulator.webhooks.hold();
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    t.advance(60_000);
    t.simulator.teammateWrites({ conversationId, html: '<p>It comes today.</p>' });

    await t.simulator.webhooks.release({ order: 'reversed' });
    await t.finish();

    assert.deepEqual(t.simulator.notes(conversationId), []);
    assert.deepEqual(t.modelServer.chats, []);
    assert.equal(await t.outcome(conversationId), 'superseded: a teammate replied');
  });

  test('a teammate’s answer to the first question, heard late, does not end the turn for the second', async () => {
    await using t = await startTestApp();
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    await t.finish();
    t.simulator.webhooks.hold();
    t.advance(60_000);
    t.simulator.teammateWrites({ conversationId, html: '<p>It comes today.</p>' });
    t.advance(60_000);
    t.simulator.contactWrites({ conversationId, html: '<p>It did not come.</p>' });

    await t.simulator.webhooks.release({ order: 'reversed' });
    await t.finish();

    assert.equal(t.simulator.notes(conversationId).length, 2);
  });

  test('one that is lost is made good by the next', async () => {
    await using t = await startTestApp();
    t.simulator.webhooks.hold();
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Hello</p>' });
    t.simulator.webhooks.drop();
    t.advance(60_000);
    t.simulator.contactWrites({ conversationId, html: '<p>anybody there?</p>' });

    await t.finish();

    assert.equal(t.simulator.notes(conversationId).length, 1);
    assert.deepEqual(conversationsAsked(t.modelServer), [['asked: Hello\n\nanybody there?']]);
  });

  test('HTML bodies, as up to API version 2.14, serve as well', async () => {
    await using t = await startTestApp({ simulator: { webhookBodies: 'html' } });
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is <b>my</b> parcel?</p>' });

    await t.finish();

    assert.deepEqual(conversationsAsked(t.modelServer), [['asked: Where is my parcel?']]);
    assert.equal(await t.outcome(conversationId), 'delivered');
  });
});
