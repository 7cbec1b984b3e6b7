/** What we posted comes back as a webhook: under the topic that Intercom has for it, and under every other one. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Topic } from '../../simulator/webhooks.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { freeReplies } from '../support/replying.ts';

const topics: readonly Topic[] = [
  'conversation.user.created',
  'conversation.user.replied',
  'conversation.admin.replied',
  'conversation.operator.replied',
  'conversation.admin.noted',
  'conversation.admin.assigned',
  'conversation.admin.opened',
  'conversation.admin.closed',
];
const modes = {
  note: { policy: { mode: 'note' }, topic: 'conversation.admin.noted' },
  reply: { policy: { mode: 'reply', replying: freeReplies }, topic: 'conversation.admin.replied' },
} as const;

const byUs = (t: TestApp, conversationId: string): number =>
  (t.simulator.conversation(conversationId)?.parts ?? []).filter(
    ({ author, body }) => author.id === t.simulator.adminId && body !== null,
  ).length;

for (const [mode, { policy, topic: own }] of Object.entries(modes)) {
  describe(`our own ${mode} that comes back as a webhook`, () => {
    for (const topic of topics) {
      test(`under ${topic}, five times, is not answered and ends no turn`, async () => {
        await using t = await startTestApp({ policy });
        const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
        await t.finish();
        const { id = '' } = t.simulator.webhooks.log.find((sent) => sent.topic === own) ?? {};
        assert.ok(id !== '' && id !== null, 'it has come back once');

        for (let times = 0; times < 5; times += 1) await t.simulator.webhooks.redeliverAs(id, topic);
        await t.finish();
        const afterFirst = byUs(t, conversationId);
        t.advance(60_000);
        t.simulator.contactWrites({ conversationId, html: '<p>Which day?</p>' });
        await t.hear();
        await t.simulator.webhooks.redeliverAs(id, topic);
        await t.finish();

        assert.equal(afterFirst, 1);
        assert.equal(byUs(t, conversationId), 2);
        assert.equal(await t.outcome(conversationId), 'delivered');
      });
    }
  });
}
