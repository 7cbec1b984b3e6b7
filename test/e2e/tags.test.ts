import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parsePolicyFile } from '../../src/policy-file/policy-file.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { freeRepliesYaml } from '../support/replying.ts';

function policyOf(yaml: string) {
  const parsed = parsePolicyFile(yaml, 'sidenote.yaml');
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value.policy;
}

const written = (t: TestApp): string =>
  t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' }).conversationId;

const tagsOf = (t: TestApp, id: string): readonly string[] =>
  t.simulator.conversation(id)?.tags.map(({ name }) => name) ?? [];

describe('a conversation gets', () => {
  const own = 'tags: { drafted: ai-draft, answered: ai-answer }\n';
  const cases = [
    { title: 'tags.drafted after a note', yaml: own, tags: ['ai-draft'] },
    { title: 'tags.answered after a reply', yaml: `${own}mode: reply\n${freeRepliesYaml}`, tags: ['ai-answer'] },
    { title: 'nothing in shadow', yaml: `${own}mode: shadow\n`, tags: [] },
    { title: 'no tag that nobody asked for', yaml: 'mode: note\n', tags: [] },
    {
      title: 'the tag of the rule that matched beside it',
      yaml: `${own}rules: [{ name: R, when: { channel: [messenger] }, tag: pilot }]\n`,
      tags: ['ai-draft', 'pilot'],
    },
    {
      title: 'the tag of a rule that switches help off',
      yaml: `${own}rules: [{ name: R, when: { channel: [messenger] }, mode: off, tag: people-only }]\n`,
      tags: ['people-only'],
    },
    {
      title: 'a tag once, where rule and file name the same one',
      yaml: `${own}rules: [{ name: R, when: {}, tag: ai-draft }]\n`,
      tags: ['ai-draft'],
    },
  ];
  for (const { title, yaml, tags } of cases) {
    test(title, async () => {
      await using t = await startTestApp({ policy: policyOf(yaml) });
      const id = written(t);
      await t.finish();
      assert.deepEqual(tagsOf(t, id).toSorted(), tags);
    });
  }

  for (const path of ['^/tags$', '/tags$']) {
    test(`its note even where ${path} fails, and the trace says what became of the tag`, async () => {
      await using t = await startTestApp({ policy: policyOf(own) });
      t.simulator.faults.add({ method: 'POST', path, effect: { kind: 'status', status: 500 } });
      const id = written(t);
      await t.finish();
      assert.equal(await t.outcome(id), 'delivered');
      assert.equal(t.simulator.notes(id).length, 1);
      assert.match((await t.traces(id))[0]?.tagged?.[0]?.result ?? '', /^Intercom failed at POST .*\/tags \(500/);
    });
  }
});

describe('mail that no person wrote', () => {
  const mail = { contactName: 'Rita', channel: 'email', html: '<p>I am back on Monday.</p>' };
  const cases = [
    { title: 'from a no-reply mailbox', extra: { contactEmail: 'no-reply@shop.example' }, kind: 'no-reply address' },
    {
      title: 'with an out-of-office subject',
      extra: { subject: 'Out of office: Your order' },
      kind: 'out-of-office reply',
    },
    { title: 'that bounced', extra: { subject: 'Undeliverable: Your order' }, kind: 'bounced mail' },
    { title: 'that a gateway marked', extra: { subject: '[SPAM] Offer' }, kind: 'spam' },
  ];
  for (const { title, extra, kind } of cases) {
    test(`${title} is skipped with the reason, and asks no model`, async () => {
      await using t = await startTestApp();
      const { conversationId } = t.simulator.contactWrites({ ...mail, ...extra });
      await t.finish();
      assert.ok((await t.outcome(conversationId)).startsWith(`skipped: no person wrote the message (${kind}): `));
      assert.deepEqual(t.modelServer.chats, []);
    });
  }

  test('gets a draft where the file says so', async () => {
    await using t = await startTestApp({ policy: policyOf('automatic: draft\n') });
    const { conversationId } = t.simulator.contactWrites({ ...mail, subject: 'Out of office: Your order' });
    await t.finish();
    assert.equal(await t.outcome(conversationId), 'delivered');
  });
});
