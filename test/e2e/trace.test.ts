import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { promptTokens } from '../support/probe-answers.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { answer } from '../support/model-dialects.ts';

/** Every value of every table as one text: what a thief of the file could read. */
async function everythingStored({ databasePath }: TestApp): Promise<string> {
  await setImmediate(); // a transaction of Sidenote's own is through by then
  using reader = new DatabaseSync(databasePath, { readOnly: true });
  const tables = reader.prepare("select name from sqlite_master where type = 'table'").all();
  return JSON.stringify(tables.map(({ name }) => reader.prepare(`select * from "${String(name)}"`).all()));
}

describe('the trace of a turn', () => {
  test('holds the prompt, the answer, the model, its usage, the timings, the checks and what was posted', async () => {
    await using t = await startTestApp({ modelServer: { reply: 'It comes **tomorrow**.' } });
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel, please?</p>' });

    await t.finish();

    const traces = await t.traces(conversationId);
    assert.equal(traces.length, 1);
    const [trace] = traces;
    assert.deepEqual(
      trace?.prompt?.map(({ role }) => role),
      ['system', 'user'],
    );
    assert.match(trace?.prompt?.[1]?.content ?? '', /^Where is my parcel, please\?/);
    assert.match(trace?.promptVersion ?? '', /^draft-\d+$/);
    assert.equal(trace?.completion, 'It comes **tomorrow**.');
    assert.equal(trace?.model, 'test-model');
    assert.equal(trace?.finishReason, 'stop');
    assert.equal(trace?.usage?.inputTokens, promptTokens(t.modelServer.chats[0]?.body));
    assert.equal(trace?.language, 'en');
    assert.deepEqual(Object.keys(trace?.timings ?? {}), ['gather', 'draft', 'deliver']);
    assert.ok(Object.values(trace?.timings ?? {}).every((ms) => ms >= 0));
    assert.deepEqual(
      trace?.checks?.map(({ said }) => said),
      Array.from({ length: 7 }, () => 'passed'),
    );
    assert.equal(trace?.posted?.kind, 'note');
    assert.equal(trace?.posted?.html, t.simulator.notes(conversationId)[0]?.body);
    assert.equal(trace?.result, 'delivered');
  });

  test('is kept for each attempt, with why it failed', async () => {
    await using t = await startTestApp();
    t.modelServer.enqueue(answer(''));
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });

    await t.finish();

    const traces = await t.traces(conversationId);
    assert.deepEqual(
      traces.map(({ result }) => result),
      ['failed', 'delivered'],
    );
    assert.match(traces[0]?.reason ?? '', /^The model server/);
  });

  test('says why a draft was withheld, and shows it', async () => {
    await using t = await startTestApp({ modelServer: { reply: '…' } });
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });

    await t.finish();

    const [trace] = await t.traces(conversationId);
    assert.equal(trace?.completion, '…');
    assert.equal(trace?.reason, 'the model wrote no words');
    assert.ok(trace?.checks?.some(({ said }) => said === 'the model wrote no words'));
  });
});

describe('the words of a contact in the database', () => {
  const words = 'xylophone parcel';
  const written = { html: `<p>Where is my ${words}?</p>`, subject: `About a ${words}`, channel: 'email' };

  test('are not in what is stored of a webhook', async () => {
    await using t = await startTestApp();
    t.simulator.contactWrites(written);
    await t.hear();

    assert.doesNotMatch(await everythingStored(t), /xylophone/);
  });

  const erasures: readonly (readonly [string, (t: TestApp, id: string) => void])[] = [
    ['the conversation was deleted', (t, id) => t.simulator.remove(id)],
    ['a message was redacted', (t, id) => t.simulator.redact(id, t.simulator.conversation(id)?.source.id ?? '')],
  ];
  for (const [what, act] of erasures) {
    test(`are gone after ${what}, while the ledger of what we posted stays`, async () => {
      await using t = await startTestApp({ modelServer: { reply: `About your ${words}: it comes tomorrow.` } });
      const { conversationId } = t.simulator.contactWrites(written);
      await t.finish();
      const before = await everythingStored(t);

      act(t, conversationId);
      await t.finish();

      const [turn] = await t.turns(conversationId);
      assert.match(before, /xylophone/);
      assert.doesNotMatch(await everythingStored(t), /xylophone/);
      assert.equal(turn?.state, 'delivered');
    });
  }

  for (const [what, act] of erasures) {
    test(`are gone after ${what} in the middle of a draft`, async () => {
      await using t = await startTestApp();
      const { steps } = answer('It comes tomorrow.');
      t.modelServer.enqueue({ steps: ['wait', ...steps] });
      const { conversationId } = t.simulator.contactWrites(written);
      await t.begin();
      const call = await t.modelServer.chat(1);
      await call.held;

      act(t, conversationId);
      await t.hear();
      t.modelServer.release();
      await t.finish();

      assert.doesNotMatch(await everythingStored(t), /xylophone/);
    });
  }

  test('are gone after a deletion while a turn waits for its next attempt', async () => {
    await using t = await startTestApp();
    t.modelServer.enqueue(answer(''));
    const { conversationId } = t.simulator.contactWrites(written);
    await t.attempt();

    t.simulator.remove(conversationId);
    await t.finish();

    assert.doesNotMatch(await everythingStored(t), /xylophone/);
  });

  test('of other conversations stay', async () => {
    await using t = await startTestApp();
    const first = t.simulator.contactWrites({ contactName: 'Ada', html: '<p>xylophone</p>' });
    const second = t.simulator.contactWrites({ contactName: 'Bert', html: '<p>glockenspiel</p>' });
    await t.finish();

    t.simulator.remove(first.conversationId);
    await t.finish();

    assert.match(await everythingStored(t), /glockenspiel/);
    assert.equal((await t.traces(second.conversationId)).length, 1);
  });
});
