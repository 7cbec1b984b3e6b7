import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { getPost } from '../../src/store/posts.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { answer } from '../support/model-dialects.ts';
import { freeReplies } from '../support/replying.ts';

/** What the contact and the teammates see after the contact's first message, as `kind by author: text`. */
const thread = (t: TestApp, conversationId: string): readonly string[] =>
  (t.simulator.conversation(conversationId)?.parts ?? []).flatMap(({ partType, author, body }) =>
    body === null
      ? []
      : [`${partType} by ${author.id === t.simulator.adminId ? 'the assistant' : author.type}: ${body}`],
  );

const replyMode = {
  policy: { mode: 'reply', replying: freeReplies },
  modelServer: { reply: 'It comes **tomorrow**.' },
} as const;

describe('in the mode reply', () => {
  test('the draft is posted as a comment, and says nothing of us', async () => {
    await using t = await startTestApp(replyMode);
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });

    await t.finish();

    assert.deepEqual(thread(t, conversationId), ['comment by the assistant: <p>It comes <b>tomorrow</b>.</p>']);
    assert.equal(await t.outcome(conversationId), 'delivered');
  });

  test('our own reply comes back as a webhook and changes nothing', async () => {
    await using t = await startTestApp(replyMode);
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });

    await t.finish();

    assert.ok(t.simulator.webhooks.log.some(({ topic }) => topic === 'conversation.admin.replied'));
    assert.deepEqual(
      (await t.turns(conversationId)).map(({ state }) => state),
      ['delivered'],
    );
  });

  test('our own reply comes back before Intercom has answered our call, and is still known as ours', async () => {
    await using t = await startTestApp(replyMode);
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    t.simulator.faults.beforeAnswer({ method: 'POST', path: '/reply$' }, async () => await t.hear());

    await t.finish();

    assert.equal(await t.outcome(conversationId), 'delivered');
    assert.equal((await t.turns(conversationId)).length, 1);
    assert.equal(thread(t, conversationId).length, 1);
  });

  test('our own reply ends no turn that a newer message has opened', async () => {
    await using t = await startTestApp(replyMode);
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    t.simulator.webhooks.hold();
    await t.simulator.webhooks.release(); // the first message
    t.simulator.webhooks.hold();
    await t.finish(); // our reply is posted, its webhook held
    t.advance(30_000);
    t.simulator.contactWrites({ conversationId, html: '<p>Which day?</p>' });

    await t.simulator.webhooks.release({ order: 'reversed' });
    await t.finish();

    assert.deepEqual(
      (await t.turns(conversationId)).map(({ state }) => state),
      ['delivered', 'delivered'],
    );
    assert.equal(thread(t, conversationId).filter((line) => line.startsWith('comment by the assistant')).length, 2);
  });

  test('each new question gets its own reply', async () => {
    await using t = await startTestApp(replyMode);
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    await t.finish();
    t.advance(60_000);
    t.simulator.contactWrites({ conversationId, html: '<p>Which day?</p>' });

    await t.finish();

    assert.deepEqual(thread(t, conversationId), [
      'comment by the assistant: <p>It comes <b>tomorrow</b>.</p>',
      'comment by user: <p>Which day?</p>',
      'comment by the assistant: <p>It comes <b>tomorrow</b>.</p>',
    ]);
  });

  test('where a teammate has written, the draft is a note that says why', async () => {
    await using t = await startTestApp(replyMode);
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    t.simulator.teammateWrites({ conversationId, html: '<p>I look it up.</p>' });
    await t.finish();
    t.advance(60_000);
    t.simulator.contactWrites({ conversationId, html: '<p>And?</p>' });

    await t.finish();

    const posted = thread(t, conversationId).filter((line) => line.includes('by the assistant'));
    assert.equal(posted.length, 1);
    assert.match(posted[0] ?? '', /^note by the assistant: <p>It comes <b>tomorrow<\/b>\.<\/p>/);
    assert.match(posted[0] ?? '', /Not sent as a reply: a teammate is in this conversation\./);
  });

  test('a draft that was cut at its length is a note that says so', async () => {
    await using t = await startTestApp({ policy: { mode: 'reply', replying: freeReplies } });
    t.modelServer.enqueue(answer('It comes ', { finish: 'length' }), answer('on', { finish: 'length' }));
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });

    await t.finish();

    const [posted = ''] = thread(t, conversationId);
    assert.match(posted, /^note by the assistant: .*The draft was cut at its length limit/);
  });

  test('a reply whose answer was lost is found by its words and not sent again', async () => {
    await using t = await startTestApp(replyMode);
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    await t.hear();
    t.simulator.webhooks.hold();
    t.simulator.faults.add({ method: 'POST', path: '/reply$', effect: { kind: 'reset', when: 'after' } });

    await t.finish();
    await t.simulator.webhooks.release();
    await t.finish();

    assert.equal(await t.outcome(conversationId), 'delivered');
    assert.deepEqual(thread(t, conversationId), ['comment by the assistant: <p>It comes <b>tomorrow</b>.</p>']);
    assert.equal(t.modelServer.chats.length, 1);
  });

  test('a reply whose answer was lost is ours also when its webhook comes first', async () => {
    await using t = await startTestApp(replyMode);
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    t.simulator.faults.beforeAnswer({ method: 'POST', path: '/reply$' }, async () => await t.hear());
    t.simulator.faults.add({
      method: 'POST',
      path: '/reply$',
      effect: { kind: 'status', status: 502, body: 'html', when: 'after' },
    });

    await t.finish();

    assert.equal(await t.outcome(conversationId), 'delivered');
    assert.deepEqual(thread(t, conversationId), ['comment by the assistant: <p>It comes <b>tomorrow</b>.</p>']);
  });

  test('a reply whose answer was lost is ours also when its webhook comes while the turn waits', async () => {
    await using t = await startTestApp(replyMode);
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    await t.hear();
    t.simulator.webhooks.hold();
    t.simulator.faults.add({ method: 'POST', path: '/reply$', effect: { kind: 'reset', when: 'after' } });
    await t.attempt();

    await t.simulator.webhooks.release();
    await t.finish();

    assert.equal(await t.outcome(conversationId), 'delivered');
    assert.deepEqual(thread(t, conversationId), ['comment by the assistant: <p>It comes <b>tomorrow</b>.</p>']);
  });
});

describe('a reply of ours whose answer was lost, with the contact writing on before the next attempt', () => {
  test('is known as ours, so that the next reply is not taken for one after a teammate', async () => {
    await using t = await startTestApp(replyMode);
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    await t.hear();
    t.simulator.webhooks.hold();
    t.simulator.faults.add({ method: 'POST', path: '/reply$', effect: { kind: 'reset', when: 'after' } });
    await t.attempt();
    t.advance(100);
    t.simulator.contactWrites({ conversationId, html: '<p>Which day?</p>' });

    await t.simulator.webhooks.release();
    await t.finish();

    assert.deepEqual(thread(t, conversationId), [
      'comment by the assistant: <p>It comes <b>tomorrow</b>.</p>',
      'comment by user: <p>Which day?</p>',
      'comment by the assistant: <p>It comes <b>tomorrow</b>.</p>',
    ]);
  });
});

test('a lost reply of ours is known again although a message was redacted meanwhile, and its words are forgotten then', async () => {
  await using t = await startTestApp(replyMode);
  const { conversationId, partId } = t.simulator.contactWrites({ html: '<p>My number is 4711.</p>' });
  t.advance(100);
  t.simulator.contactWrites({ conversationId, html: '<p>Where is my parcel?</p>' });
  await t.hear();
  t.simulator.webhooks.hold();
  t.simulator.faults.add({ method: 'POST', path: '/reply$', effect: { kind: 'reset', when: 'after' } });
  await t.attempt();
  t.simulator.redact(conversationId, partId);
  t.advance(100);
  t.simulator.contactWrites({ conversationId, html: '<p>Which day?</p>' });

  await t.simulator.webhooks.release();
  await t.finish();

  const replies = thread(t, conversationId).filter((line) => line.startsWith('comment by the assistant'));
  assert.equal(replies.length, 2);
  const [first] = await t.turns(conversationId);
  assert.ok(first !== undefined);
  assert.equal((await getPost(t.app.db, first.id))?.body, '');
});

describe('in the mode note', () => {
  test('our own note comes back as a webhook and changes nothing', async () => {
    await using t = await startTestApp();
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });

    await t.finish();

    assert.ok(t.simulator.webhooks.log.some(({ topic }) => topic === 'conversation.admin.noted'));
    assert.equal((await t.turns(conversationId)).length, 1);
    assert.equal(await t.outcome(conversationId), 'delivered');
  });

  test('our own note under a topic that speaks of a reply changes nothing either', async () => {
    await using t = await startTestApp();
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    await t.finish();
    const noted = t.simulator.webhooks.log.find(({ topic }) => topic === 'conversation.admin.noted');

    await t.simulator.webhooks.redeliverAs(noted?.id ?? '', 'conversation.admin.replied');
    await t.finish();

    assert.equal(await t.outcome(conversationId), 'delivered');
    assert.equal((await t.turns(conversationId)).length, 1);
  });

  test('a teammate who copies the draft and sends it is a teammate', async () => {
    await using t = await startTestApp({ modelServer: { reply: 'It comes tomorrow.' } });
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    await t.finish();
    t.advance(60_000);
    t.simulator.teammateWrites({ conversationId, html: '<p>It comes tomorrow.</p>' });
    t.advance(60_000);
    t.simulator.contactWrites({ conversationId, html: '<p>Thank you! And the paddle?</p>' });
    t.setPolicy({ mode: 'reply', replying: freeReplies });

    await t.finish();

    const posted = thread(t, conversationId).filter((line) => line.includes('by the assistant'));
    assert.equal(posted.length, 2);
    assert.match(posted[1] ?? '', /a teammate is in this conversation/);
  });
});
