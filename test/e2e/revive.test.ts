import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { reviveTurn } from '../../src/queue/queue.ts';
import { contextMaker } from '../../src/wiring.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { answer } from '../support/model-dialects.ts';
import { refusal } from '../support/model-refusals.ts';
import { conversationsAsked } from '../support/prompt.ts';

const tooLong = refusal('too-long', 'vllm');

async function deadTurn(t: TestApp) {
  t.modelServer.enqueue(tooLong);
  const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
  await t.finish();
  const [turn] = await t.turns(conversationId);
  assert.ok(turn?.state === 'dead');
  t.advance(60_000);
  return { conversationId, turn };
}

const revive = async (t: TestApp, id: Parameters<typeof reviveTurn>[1]) =>
  await reviveTurn(t.app.db, id, contextMaker(1500, () => t.now())());

describe('a dead turn', () => {
  test('stays dead by itself, and is logged as an error', async () => {
    await using t = await startTestApp();
    const { conversationId } = await deadTurn(t);

    t.advance(24 * 3_600_000);
    await t.finish();

    assert.match(await t.outcome(conversationId), /^dead/);
    assert.match(t.log(), /"level":50,[^\n]*"state":"dead"/);
  });

  test('can be revived, and then posts its note', async () => {
    await using t = await startTestApp();
    const { conversationId, turn } = await deadTurn(t);

    const revived = await revive(t, turn.id);
    await t.finish();

    assert.equal(revived.ok, true);
    assert.equal(await t.outcome(conversationId), 'delivered');
    assert.equal(t.simulator.notes(conversationId).length, 1);
  });

  test('that is revived after a teammate’s answer posts nothing', async () => {
    await using t = await startTestApp();
    const { conversationId, turn } = await deadTurn(t);
    t.simulator.teammateWrites({ conversationId, html: '<p>It comes today.</p>' });
    await t.finish();

    await revive(t, turn.id);
    await t.finish();

    assert.equal(await t.outcome(conversationId), 'superseded: a teammate replied');
    assert.deepEqual(t.simulator.notes(conversationId), []);
  });

  test('gives way to the turn of a newer message, and is not revived over it', async () => {
    await using t = await startTestApp();
    const { conversationId, turn } = await deadTurn(t);
    t.simulator.contactWrites({ conversationId, html: '<p>Order 23107.</p>' });
    await t.finish();

    const revived = await revive(t, turn.id);

    assert.equal(revived.ok, false);
    assert.match(revived.ok ? '' : revived.reason, /^The conversation has a newer turn, /);
    assert.equal(t.simulator.notes(conversationId).length, 1);
    assert.deepEqual(conversationsAsked(t.modelServer).at(-1), ['asked: Where is my parcel?\n\nOrder 23107.']);
  });

  test('counts its attempts anew when it is revived', async () => {
    await using t = await startTestApp({ modelServer: { reply: answer('') } });
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    await t.finish();
    const [turn] = await t.turns(conversationId);
    assert.ok(turn?.state === 'dead');

    await revive(t, turn.id);
    await t.finish();

    assert.match(await t.outcome(conversationId), /^dead: gave up after 5 faults/);
    assert.equal(t.modelServer.chats.length, 10);
  });

  test('is not the only kind: a delivered turn is not revived', async () => {
    await using t = await startTestApp();
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    await t.finish();
    const [turn] = await t.turns(conversationId);
    assert.ok(turn !== undefined);

    const revived = await revive(t, turn.id);

    assert.deepEqual(revived, {
      ok: false,
      reason: 'Not revived: only a dead turn can be revived; this one is delivered.',
    });
  });
});
