import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startTestApp, type TestApp } from '../support/app.ts';
import { answer } from '../support/model-dialects.ts';
import { postWebhook } from '../support/webhook.ts';

const hourMs = 3_600_000;

const ask = ({ simulator }: TestApp): string =>
  simulator.contactWrites({ html: '<p>Where is my parcel?</p>' }).conversationId;

describe('a limit in sidenote.yaml', () => {
  test('`webhookMib` lets longer webhooks in, and its number is in the refusal', async () => {
    await using t = await startTestApp({ limits: { webhookMib: 3 } });
    const bodyOf = (mib: number): string => JSON.stringify({ padding: 'x'.repeat(mib * 1024 * 1024) });

    const [taken, refused] = [await postWebhook(t, bodyOf(2.5)), await postWebhook(t, bodyOf(3.5))];

    assert.equal(taken.status, 400, 'it is read, and is no notification');
    assert.deepEqual(refused, { status: 413, text: 'The body is longer than 3 MiB.' });
  });

  test('`outageHours` says how long an outage is waited out', async () => {
    await using t = await startTestApp({ limits: { outageHours: 1 } });
    t.simulator.faults.add({ path: '^/conversations', times: Infinity, effect: { kind: 'reset' } });
    const conversationId = ask(t);
    await t.attempt();
    const stateThen = (await t.turns(conversationId))[0]?.state;
    t.advance(hourMs);

    await t.attempt();

    assert.equal(stateThen, 'waiting');
    assert.match(await t.outcome(conversationId), /^dead: gave up after an hour; the last failure: Intercom/);
  });

  test('`faults` says after how many failed attempts a turn is dead', async () => {
    await using t = await startTestApp({ limits: { faults: 2 }, modelServer: { reply: answer('') } });
    const conversationId = ask(t);

    await t.finish();

    assert.match(await t.outcome(conversationId), /^dead: gave up after 2 faults/);
    assert.equal(t.modelServer.chats.length, 2);
  });

  test('`leaseSeconds` says how long a turn is its worker’s', async () => {
    await using t = await startTestApp({ limits: { leaseSeconds: 60 } });
    const reading = t.simulator.faults.add({ path: '^/conversations/', effect: { kind: 'delay' } });
    const conversationId = ask(t);
    await t.begin();
    await reading.reached;

    const [turn] = await t.turns(conversationId);
    reading.release();
    await t.finish();

    assert.ok(turn?.state === 'working');
    assert.equal(turn.lease.endsAt - t.now(), 60_000);
  });
});
