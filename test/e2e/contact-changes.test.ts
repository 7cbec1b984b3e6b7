import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parsePolicyFile } from '../../src/policy-file/policy-file.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { freeReplies } from '../support/replying.ts';

const modes = { note: { mode: 'note' }, reply: { mode: 'reply', replying: freeReplies } } as const;
const changes = {
  'is merged into another': 'mergeContact',
  'is replaced by another': 'replaceContact',
} as const;

const question = { contactName: 'Visitor', contactRole: 'lead', html: '<p>Where is my parcel?</p>' } as const;
const lookOf = (nth: number) => ({ method: 'GET', path: '^/conversations/', nth });

const postedIn = (t: TestApp, conversationId: string): readonly string[] =>
  (t.simulator.conversation(conversationId)?.parts ?? []).flatMap(({ author, partType, body }) =>
    author.id === t.simulator.adminId && body !== null ? [partType] : [],
  );

for (const [mode, policy] of Object.entries(modes)) {
  const kind = mode === 'reply' ? 'comment' : 'note';
  for (const [what, change] of Object.entries(changes)) {
    describe(`in the mode ${mode}, a contact who ${what}`, () => {
      test('while the draft is written gets none of it: it is written anew, and the trace says why', async () => {
        await using t = await startTestApp({ policy });
        const { conversationId } = t.simulator.contactWrites(question);
        const postedThen: number[] = [];
        t.simulator.faults.beforeEffect(lookOf(2), () => t.simulator[change]({ conversationId, contactName: 'Ada' }));
        t.simulator.faults.beforeEffect(lookOf(3), () => void postedThen.push(postedIn(t, conversationId).length));

        await t.finish();

        const reasons = (await t.traces(conversationId)).map(({ reason }) => reason);
        assert.deepEqual(reasons, [
          'the conversation’s contact changed while the draft was written, so it is written anew',
          undefined,
        ]);
        assert.deepEqual(postedThen, [0], 'the first draft was posted');
        assert.deepEqual(postedIn(t, conversationId), [kind]);
        assert.equal(await t.outcome(conversationId), 'delivered');
        assert.equal(t.modelServer.chats.length, 2);
      });

      test('before the turn runs is found in the conversation, and one draft does', async () => {
        await using t = await startTestApp({ policy });
        const { conversationId } = t.simulator.contactWrites(question);
        await t.hear();
        t.simulator[change]({ conversationId, contactName: 'Ada' });

        await t.finish();

        assert.deepEqual(postedIn(t, conversationId), [kind]);
        assert.equal((await t.traces(conversationId)).length, 1);
      });
    });
  }
}

test('a conversation whose contact changes again and again is dead after five drafts, and says why', async () => {
  await using t = await startTestApp({ policy: modes.reply });
  const { conversationId } = t.simulator.contactWrites(question);
  let names = 0;
  t.simulator.faults.beforeEffect({ method: 'GET', path: '^/conversations/', times: Infinity }, () => {
    t.simulator.replaceContact({ conversationId, contactName: `Contact ${(names += 1)}` });
  });

  await t.finish();

  assert.match(await t.outcome(conversationId), /^dead: .*contact changed while the draft was written/);
  assert.deepEqual(postedIn(t, conversationId), []);
});

describe('a rule that asks for the contact’s own fields', () => {
  const parsed = parsePolicyFile(
    'rules: [{ name: pro, when: { contact: { attributes: { plan: [pro] } } }, mode: note }, { name: rest, mode: off }]\n',
    'sidenote.yaml',
  );
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const { policy } = parsed.value;

  const startWithRecord = async (): Promise<TestApp> => {
    const t = await startTestApp({ policy });
    const known = t.simulator.contactWrites({ contactName: 'Ada', html: '<p>Hello</p>', notify: false });
    t.simulator.describe({ conversationId: known.conversationId, contactAttributes: { plan: 'pro' } });
    return t;
  };

  test('is asked of the survivor, where the writer was merged before the turn runs', async () => {
    await using t = await startWithRecord();
    const { conversationId } = t.simulator.contactWrites(question);
    await t.hear();
    t.simulator.mergeContact({ conversationId, contactName: 'Ada' });

    await t.finish();

    assert.equal(await t.outcome(conversationId), 'delivered');
  });

  test('is asked of the survivor by the next attempt, where the writer is merged at that very moment', async () => {
    await using t = await startWithRecord();
    const { conversationId } = t.simulator.contactWrites(question);
    t.simulator.faults.beforeEffect({ method: 'GET', path: '^/contacts/' }, () =>
      t.simulator.mergeContact({ conversationId, contactName: 'Ada' }),
    );

    await t.finish();

    assert.ok(t.simulator.requests.some(({ path, status }) => path.startsWith('/contacts/') && status === 410));
    assert.equal(await t.outcome(conversationId), 'delivered');
    assert.equal((await t.traces(conversationId)).length, 2);
  });

  test('is asked of who has the conversation now, where the parts still name a writer who is gone', async () => {
    await using t = await startWithRecord();
    const { conversationId } = t.simulator.contactWrites(question);
    const writer = t.simulator.conversation(conversationId)?.contact.id ?? '';
    const gone = { kind: 'status', status: 410, code: 'contact_merged' } as const;
    t.simulator.faults.add({ path: `^/contacts/${writer}$`, times: Infinity, effect: gone });
    t.simulator.replaceContact({ conversationId, contactName: 'Ada' });

    await t.finish();

    assert.equal(await t.outcome(conversationId), 'delivered');
  });

  const nobodyThere = {
    'neither the writer nor who has the conversation is there any more': {
      status: 404,
      code: 'not_found',
      isReplaced: true,
    },
    'the conversation goes on naming a writer who was merged': {
      status: 410,
      code: 'contact_merged',
      isReplaced: false,
    },
  };
  for (const [where, { status, code, isReplaced }] of Object.entries(nobodyThere)) {
    test(`is asked of nobody where ${where}`, async () => {
      const parsedRest = parsePolicyFile(
        'rules: [{ name: pro, when: { contact: { attributes: { plan: [pro] } } }, mode: off }, { name: rest, mode: note }]\n',
        'sidenote.yaml',
      );
      assert.ok(parsedRest.ok, JSON.stringify(parsedRest));
      await using t = await startTestApp({ policy: parsedRest.value.policy });
      const { conversationId } = t.simulator.contactWrites(question);
      t.simulator.faults.add({ path: '^/contacts/', times: Infinity, effect: { kind: 'status', status, code } });
      if (isReplaced) t.simulator.replaceContact({ conversationId, contactName: 'Ada' });

      await t.finish();

      assert.equal(await t.outcome(conversationId), 'delivered');
    });
  }
});
