import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { FaultEffect } from '../../simulator/server.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { temporaryFolder } from '../support/folder.ts';

const everything = { path: '^/(?:me|conversations)', times: Infinity };

async function waitingReason(t: TestApp, conversationId: string): Promise<string> {
  const turn = (await t.turns(conversationId)).at(-1);
  assert.equal(turn?.state, 'waiting');
  return turn.lastError ?? '';
}

describe('while Intercom is in trouble the turn waits, says why, and goes on by itself', () => {
  const troubles: readonly (readonly [string, FaultEffect, RegExp])[] = [
    ['the token is revoked', { kind: 'token-revoked' }, /refused the access token .*set INTERCOM_TOKEN/],
    ['a scope is missing', { kind: 'scope-missing' }, /does not allow .*docs\/set-up\.md/],
    ['it fails', { kind: 'status', status: 500 }, /Intercom failed at GET/],
    ['a gateway answers for it', { kind: 'status', status: 502, body: 'html' }, /Intercom failed at GET .*502/],
    ['it resets connections', { kind: 'reset' }, /did not answer GET /],
    ['it answers nonsense', { kind: 'nonsense' }, /could not be read/],
    [
      'a page that is not Intercom’s is not found',
      { kind: 'status', status: 404, body: 'html' },
      /does not speak as Intercom does/,
    ],
    ['it redirects', { kind: 'status', status: 302, headers: { Location: 'http://127.0.0.1:9/' } }, /redirect \(302\)/],
  ];
  for (const [what, effect, says] of troubles) {
    test(what, async () => {
      await using t = await startTestApp();
      const trouble = t.simulator.faults.add({ ...everything, effect });
      const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
      await t.attempt();
      await t.attempt();
      const reason = await waitingReason(t, conversationId);

      trouble.remove();
      await t.finish();

      assert.match(reason, says);
      assert.equal(await t.outcome(conversationId), 'delivered');
      assert.equal(t.simulator.notes(conversationId).length, 1);
    });
  }

  test('it hangs', async () => {
    await using t = await startTestApp({ intercomTimeoutMs: 500 });
    const trouble = t.simulator.faults.add({ ...everything, effect: { kind: 'hang' } });
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    await t.attempt();
    const reason = await waitingReason(t, conversationId);

    trouble.remove();
    await t.finish();

    assert.match(reason, /within 500 ms/);
    assert.equal(t.simulator.notes(conversationId).length, 1);
  });

  test('for ten hours', async () => {
    await using t = await startTestApp();
    const trouble = t.simulator.faults.add({ ...everything, effect: { kind: 'reset' } });
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    for (let hour = 0; hour < 10; hour += 1) {
      await t.attempt();
      t.advance(3_600_000);
    }
    const reason = await waitingReason(t, conversationId);

    trouble.remove();
    await t.finish();

    assert.match(reason, /did not answer/);
    assert.equal(t.simulator.notes(conversationId).length, 1);
  });
});

describe('Intercom’s rate limit', () => {
  test('is respected: the next attempt is not before the window that the answer names', async () => {
    await using t = await startTestApp();
    const answeredAt = t.now();
    const resetAt = answeredAt + 7000;
    t.simulator.faults.add({
      path: '^/conversations/',
      effect: {
        kind: 'status',
        status: 429,
        code: 'rate_limit_exceeded',
        headers: { Date: new Date(answeredAt).toUTCString(), 'X-RateLimit-Reset': String(resetAt / 1000) },
      },
    });
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });

    await t.attempt();
    const [waiting] = await t.turns(conversationId);
    await t.finish();

    assert.ok(waiting?.state === 'waiting');
    assert.ok(waiting.dueAt >= resetAt, `due ${waiting.dueAt - answeredAt} ms after the answer`);
    assert.equal(t.simulator.notes(conversationId).length, 1);
  });

  test('is kept to by all turns together, so that Intercom has to refuse none of them', async () => {
    // The clock leaps by each window that a call waits for: no lease may end by that.
    await using t = await startTestApp({ simulator: { rateLimitPerWindow: 12 }, limits: { leaseSeconds: 300 } });
    const ids = Array.from({ length: 10 }, (_, index) => {
      return t.simulator.contactWrites({ contactName: `Contact ${index}`, html: '<p>Hello</p>' }).conversationId;
    });

    await t.finish();

    assert.ok(ids.every((id) => t.simulator.notes(id).length === 1));
    assert.deepEqual(
      t.simulator.requests.filter(({ status }) => status === 429),
      [],
    );
    assert.equal(t.modelServer.chats.length, ids.length, 'no draft is made twice');
  });
});

describe('a token that Intercom refuses', () => {
  test('is told once, and a new one in its file is used without a restart', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'token');
    await writeFile(path, 'revoked\n');
    await using t = await startTestApp({
      environment: { INTERCOM_TOKEN: '', INTERCOM_TOKEN_FILE: path },
      simulator: { token: 'token-2' },
    });
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    await t.attempt();
    await t.attempt();
    const reason = await waitingReason(t, conversationId);

    await writeFile(path, 'token-2\n');
    await t.finish();

    assert.match(reason, /refused the access token .*INTERCOM_TOKEN_FILE, which is read again by itself/);
    assert.equal(t.simulator.notes(conversationId).length, 1);
    const told = [...t.log().matchAll(/"neighbour":"Intercom".*"msg":"(.+)"/g)].map(([, message]) => message);
    assert.deepEqual(told, ['work waits for a neighbour', 'a neighbour answers']);
  });
});

describe('a conversation that Intercom does not have any more', () => {
  test('before the turn begins: no note, no error', async () => {
    await using t = await startTestApp();
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    await t.hear();
    t.simulator.remove(conversationId);

    await t.finish();

    assert.equal(await t.outcome(conversationId), 'superseded: the conversation was deleted');
    assert.deepEqual(t.modelServer.chats, []);
  });
});
