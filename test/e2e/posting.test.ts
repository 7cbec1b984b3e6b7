import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FaultEffect } from '../../simulator/server.ts';
import { sql } from '../../src/store/sql.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

const postOf = { method: 'POST', path: '/reply$' };

/** A conversation whose note Intercom is about to have trouble with. */
async function withTrouble(t: TestApp, effect: FaultEffect): Promise<string> {
  t.simulator.faults.add({ ...postOf, effect });
  return t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' }).conversationId;
}

const posts = (t: TestApp): number =>
  t.simulator.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/reply')).length;

describe('a post that took effect although its answer was lost is found and not repeated', () => {
  const lost: readonly (readonly [string, FaultEffect])[] = [
    ['500', { kind: 'status', status: 500, when: 'after' }],
    ['502 with a gateway’s page', { kind: 'status', status: 502, body: 'html', when: 'after' }],
    ['a reset', { kind: 'reset', when: 'after' }],
    ['200 with a body that is no JSON', { kind: 'nonsense', when: 'after' }],
    ['200 with a body that is no conversation', { kind: 'status', status: 200, when: 'after' }],
  ];
  for (const [what, effect] of lost) {
    test(`answered by ${what}`, async () => {
      await using t = await startTestApp();
      const conversationId = await withTrouble(t, effect);

      await t.finish();

      assert.equal(t.simulator.notes(conversationId).length, 1);
      assert.equal(await t.outcome(conversationId), 'delivered');
      assert.equal(posts(t), 1);
      assert.equal(t.modelServer.chats.length, 1);
      const [turn] = await t.turns(conversationId);
      assert.ok(turn?.state === 'delivered');
      assert.equal(turn.partId, t.simulator.notes(conversationId)[0]?.id);
    });
  }

  test('answered by nothing at all, until our patience ends', async () => {
    await using t = await startTestApp({ intercomTimeoutMs: 500 });
    const conversationId = await withTrouble(t, { kind: 'hang', when: 'after' });

    await t.finish();

    assert.equal(t.simulator.notes(conversationId).length, 1);
    assert.equal(await t.outcome(conversationId), 'delivered');
    assert.equal(posts(t), 1);
  });

  test('when it takes effect only while the next attempt is about to post', async () => {
    await using t = await startTestApp({ intercomTimeoutMs: 500 });
    const held = t.simulator.faults.add({ ...postOf, effect: { kind: 'delay', when: 'before' } });
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    await t.attempt(); // gives up; its post is still on its way
    let looks = 0;
    t.simulator.faults.beforeEffect({ method: 'GET', path: '/conversations/', times: 2 }, async () => {
      looks += 1;
      if (looks < 2) return; // the second look is the last one before the post
      const { promise, resolve } = Promise.withResolvers<undefined>();
      t.simulator.onChange(() => resolve(undefined));
      held.release();
      await promise;
    });

    await t.finish();

    assert.equal(t.simulator.notes(conversationId).length, 1);
    assert.equal(await t.outcome(conversationId), 'delivered');
    assert.equal(posts(t), 1);
  });

  test('and a teammate’s note that came behind it makes no difference', async () => {
    await using t = await startTestApp();
    const conversationId = await withTrouble(t, { kind: 'reset', when: 'after' });
    await t.attempt();
    t.simulator.teammateWrites({ conversationId, html: '<p>Nice draft.</p>', kind: 'note' });

    await t.finish();

    assert.equal(t.simulator.notes(conversationId).length, 1);
    assert.equal(await t.outcome(conversationId), 'delivered');
  });

  test('and a contact who wrote on meanwhile gets a second note for the second message', async () => {
    await using t = await startTestApp();
    const conversationId = await withTrouble(t, { kind: 'reset', when: 'after' });
    await t.attempt();
    t.advance(100);
    t.simulator.contactWrites({ conversationId, html: '<p>Order 23107, by the way.</p>' });

    await t.finish();

    const kinds = t.simulator.conversation(conversationId)?.parts.map(({ partType }) => partType);
    assert.deepEqual(kinds, ['note', 'comment', 'note']);
    assert.equal(await t.outcome(conversationId), 'delivered');
  });
});

test('a note that a restored database does not know of is found by its turn’s code, and not repeated', async () => {
  await using t = await startTestApp();
  const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
  await t.finish();
  await t.app.db.query(sql`delete from posts`);
  await t.app.db.query(
    sql`update turns set state = 'waiting', due_at = ${t.now()}, ended_at = null, part_id = null, attempt = 0`,
  );

  await t.finish();

  assert.equal(t.simulator.notes(conversationId).length, 1);
  assert.equal(await t.outcome(conversationId), 'delivered');
  assert.equal(t.modelServer.chats.length, 1);
});

describe('a post that did not take effect is made once, by the next attempt', () => {
  const failed: readonly (readonly [string, FaultEffect])[] = [
    ['500', { kind: 'status', status: 500 }],
    ['503 with a gateway’s page', { kind: 'status', status: 503, body: 'html' }],
    ['a reset', { kind: 'reset' }],
    ['429', { kind: 'rate-limited', resetInSeconds: 3 }],
    ['401', { kind: 'token-revoked' }],
    ['403', { kind: 'scope-missing' }],
  ];
  for (const [what, effect] of failed) {
    test(`answered by ${what}`, async () => {
      await using t = await startTestApp();
      const conversationId = await withTrouble(t, effect);

      await t.finish();

      assert.equal(t.simulator.notes(conversationId).length, 1);
      assert.equal(await t.outcome(conversationId), 'delivered');
      assert.equal(posts(t), 2);
    });
  }

  test('ten times in a row', async () => {
    await using t = await startTestApp();
    t.simulator.faults.add({ ...postOf, times: 10, effect: { kind: 'status', status: 500 } });
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });

    await t.finish();

    assert.equal(t.simulator.notes(conversationId).length, 1);
    assert.equal(posts(t), 11);
  });
});

test('a post that Intercom rejects as wrong is not tried again, and the turn says why', async () => {
  await using t = await startTestApp();
  t.simulator.faults.add({
    ...postOf,
    times: Infinity,
    effect: { kind: 'status', status: 422, code: 'parameter_invalid' },
  });
  const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });

  await t.finish();

  assert.match(await t.outcome(conversationId), /^dead: Intercom rejected POST .*422 parameter_invalid/);
  assert.equal(posts(t), 1);
});

test('a note names its turn in its last line, with the draft first', async () => {
  await using t = await startTestApp({ modelServer: { reply: 'Dear Ada,\n\nit comes **tomorrow**.' } });
  const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });

  await t.finish();

  const [turn] = await t.turns(conversationId);
  const [note] = t.simulator.notes(conversationId);
  assert.ok(turn !== undefined);
  assert.match(note?.body ?? '', /^<p>Dear Ada,<\/p><p>it comes <b>tomorrow<\/b>\.<\/p><p>———<\/p>/);
  assert.match(note?.body ?? '', new RegExp(`turn ${turn.id}</i></p>$`));
});

test('the teammate that INTERCOM_ADMIN_ID names is the note’s author', async () => {
  await using t = await startTestApp({ environment: { INTERCOM_ADMIN_ID: '7100003' } });
  const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });

  await t.finish();

  const [note] = t.simulator.conversation(conversationId)?.parts ?? [];
  assert.equal(note?.partType, 'note');
  assert.equal(note?.author.id, '7100003');
  assert.equal(await t.outcome(conversationId), 'delivered');
});
