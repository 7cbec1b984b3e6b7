import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startTestApp } from '../support/app.ts';

describe('the policy', () => {
  const skips = [
    { title: 'the mode is off', policy: { mode: 'off' }, tags: [], reason: 'the mode is off' },
    {
      title: 'a tag of tags.never stands',
      policy: { tags: { only: [], never: ['spam', 'VIP'] } },
      tags: ['vip'],
      reason: 'the conversation has the tag "VIP", which tags.never lists',
    },
    {
      title: 'a tag of tags.never stands beside one of tags.only',
      policy: { tags: { only: ['pilot'], never: ['spam'] } },
      tags: ['pilot', 'spam'],
      reason: 'the conversation has the tag "spam", which tags.never lists',
    },
    {
      title: 'no tag of tags.only stands',
      policy: { tags: { only: ['pilot', 'beta'], never: [] } },
      tags: ['other'],
      reason: 'the conversation has none of the tags that tags.only lists: pilot, beta',
    },
    {
      title: 'spam stands, by default',
      policy: {},
      tags: ['spam'],
      reason: 'the conversation has the tag "spam", which tags.never lists',
    },
    {
      title: 'handoff stands, by default',
      policy: {},
      tags: ['handoff'],
      reason: 'the conversation has the tag "handoff", which tags.never lists',
    },
  ] as const;
  for (const { title, policy, tags, reason } of skips) {
    test(`skips with the reason, and asks no model, where ${title}`, async () => {
      await using t = await startTestApp({ policy });
      const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
      for (const tag of tags) t.simulator.tag(conversationId, tag);

      await t.finish();

      assert.equal(await t.outcome(conversationId), `skipped: ${reason}`);
      assert.deepEqual(t.simulator.notes(conversationId), []);
      assert.deepEqual(t.modelServer.chats, []);
    });
  }

  test('helps where a tag of tags.only stands, whatever its case', async () => {
    await using t = await startTestApp({ policy: { tags: { only: ['pilot'], never: [] } } });
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    t.simulator.tag(conversationId, 'Pilot');

    await t.finish();

    assert.equal(await t.outcome(conversationId), 'delivered');
  });

  test('in the mode shadow keeps the draft and posts nothing', async () => {
    await using t = await startTestApp({ policy: { mode: 'shadow' }, modelServer: { reply: 'It comes tomorrow.' } });
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });

    await t.finish();

    assert.equal(await t.outcome(conversationId), 'withheld: the mode is shadow: drafted, not posted');
    assert.equal((await t.traces(conversationId))[0]?.completion, 'It comes tomorrow.');
    assert.deepEqual(t.simulator.conversation(conversationId)?.parts, []);
  });

  test('looks again before the post: a tag that was set meanwhile keeps the note back', async () => {
    await using t = await startTestApp();
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    t.simulator.faults.beforeEffect({ method: 'GET', path: '^/conversations/', nth: 2 }, () =>
      t.simulator.tag(conversationId, 'spam'),
    );

    await t.finish();

    assert.match(await t.outcome(conversationId), /^skipped: .*"spam"/);
    assert.deepEqual(t.simulator.notes(conversationId), []);
  });

  test('is read anew for each turn', async () => {
    await using t = await startTestApp({ policy: { mode: 'off' } });
    const first = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    await t.finish();
    t.setPolicy({ mode: 'note', instructions: 'We ship from Wexley.' });

    const second = t.simulator.contactWrites({ html: '<p>Where do you ship from?</p>' });
    await t.finish();

    assert.equal(await t.outcome(first.conversationId), 'skipped: the mode is off');
    assert.equal(await t.outcome(second.conversationId), 'delivered');
    assert.match(JSON.stringify(t.modelServer.chats[0]?.body), /We ship from Wexley\./);
  });

  test('a conversation of a workspace that the token does not open is skipped, and says so', async () => {
    await using t = await startTestApp({ simulator: { appId: 'ours' } });
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>', notify: false });
    const of = (workspace: string) => ({
      ...t.simulator.webhooks.envelope({
        id: `notif_${workspace}`,
        topic: 'conversation.user.created',
        createdAt: Math.floor(t.now() / 1000),
        item: { type: 'conversation', id: conversationId },
      }),
      app_id: workspace,
    });
    const { body, headers } = t.simulator.webhooks.signedRequest(of('theirs'));

    await fetch(t.webhookUrl, { method: 'POST', headers, body });
    await t.finish();

    const expected = 'skipped: the conversation belongs to the workspace theirs, and the token opens ours';
    assert.equal(await t.outcome(conversationId), expected);
    assert.deepEqual(t.modelServer.chats, []);
    assert.ok(!t.simulator.requests.some(({ path }) => path.startsWith('/conversations')));
  });
});
