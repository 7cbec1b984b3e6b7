import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startTestApp } from '../support/app.ts';
import { conversationsAsked, messagesOf } from '../support/prompt.ts';

describe('the quiet period', () => {
  test('makes one note of three messages in a row, and it answers all three', async () => {
    await using t = await startTestApp();
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Hello</p>' });
    await t.hear();
    t.advance(1000);
    t.simulator.contactWrites({ conversationId, html: '<p>my boat leaks</p>' });
    await t.hear();
    t.advance(1000);
    t.simulator.contactWrites({ conversationId, html: '<p>at the left seam</p>' });

    await t.finish();

    assert.equal(t.simulator.notes(conversationId).length, 1);
    assert.deepEqual(conversationsAsked(t.modelServer), [['asked: Hello\n\nmy boat leaks\n\nat the left seam']]);
    assert.equal((await t.turns(conversationId)).length, 1);
  });

  test('begins anew with each message, and nothing is due before it is over', async () => {
    await using t = await startTestApp();
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Hello</p>' });
    await t.hear();
    t.advance(1499);
    await t.hear();
    t.simulator.contactWrites({ conversationId, html: '<p>my boat leaks</p>' });
    await t.hear();
    t.advance(1499);
    await t.hear();
    const begunEarly = t.app.worker.running;

    t.advance(1);
    await t.app.worker.tick();
    const begunWhenDue = t.app.worker.running;
    await t.finish();

    assert.equal(begunEarly, 0);
    assert.equal(begunWhenDue, 1);
    assert.equal(await t.outcome(conversationId), 'delivered');
  });

  test('ends after ten seconds, however fast the contact writes on', async () => {
    await using t = await startTestApp();
    const { conversationId } = t.simulator.contactWrites({ html: '<p>message 0</p>' });
    await t.hear();
    for (let second = 1; second <= 9; second += 1) {
      t.advance(1000);
      t.simulator.contactWrites({ conversationId, html: `<p>message ${second}</p>` });
      await t.hear();
    }
    const openedAt = (await t.turns(conversationId))[0]?.openedAt ?? 0;

    await t.finish();

    const [turn] = await t.turns(conversationId);
    assert.ok(turn?.state === 'delivered');
    assert.equal(turn.endedAt - openedAt, 10_000);
  });

  test('may be set to nothing', async () => {
    await using t = await startTestApp({ environment: { QUIET_PERIOD_MS: '0' } });
    const begunAt = t.now();
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Hello</p>' });

    await t.finish();

    const [turn] = await t.turns(conversationId);
    assert.ok(turn?.state === 'delivered');
    assert.equal(turn.endedAt, begunAt);
  });

  test('of one conversation holds no other one up', async () => {
    await using t = await startTestApp();
    const first = t.simulator.contactWrites({ contactName: 'Ada', html: '<p>Where is my parcel?</p>' });
    await t.hear();
    t.advance(1000);
    const second = t.simulator.contactWrites({ contactName: 'Bert', html: '<p>May I return my paddle?</p>' });

    await t.attempt();

    assert.equal(await t.outcome(first.conversationId), 'delivered');
    assert.equal(await t.outcome(second.conversationId), 'waiting');
  });
});

test('many conversations at once get a note each, with the answer to their own question', async () => {
  await using t = await startTestApp({
    modelServer: { reply: (body) => `You asked: ${/number \d+/.exec(messagesOf(body).at(-1)?.content ?? '')?.[0]}.` },
    environment: { LLM_CONCURRENCY: '4' },
  });
  const ids = Array.from({ length: 40 }, (_, index) => {
    return t.simulator.contactWrites({ contactName: `Contact ${index}`, html: `<p>number ${index}</p>` })
      .conversationId;
  });

  await t.finish();

  const notes = ids.map((id) => t.simulator.notes(id).map(({ body }) => body));
  assert.ok(notes.every((ofOne) => ofOne.length === 1));
  assert.ok(notes.every(([note], index) => note?.startsWith(`<p>You asked: number ${index}.</p>`)));
  assert.equal(t.modelServer.chats.length, 40);
});
