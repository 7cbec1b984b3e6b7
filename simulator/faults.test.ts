import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { createApiCaller } from '../test/support/api-caller.ts';
import { startSimulator } from './server.ts';

const Conversation = z.object({ conversation_parts: z.object({ total_count: z.number() }) });

async function startWithNote() {
  const simulator = await startSimulator();
  const { conversationId } = simulator.contactWrites({ html: 'Hello' });
  const note = { type: 'admin', message_type: 'note', admin_id: simulator.adminId, body: 'x' };
  const call = createApiCaller(simulator);
  return {
    simulator,
    conversationId,
    call,
    postNote: () => call('POST', `/conversations/${conversationId}/reply`, note),
    notesMade: () => simulator.notes(conversationId).length,
    [Symbol.asyncDispose]: () => simulator[Symbol.asyncDispose](),
  };
}

describe('trouble on demand', () => {
  for (const when of ['before', 'after'] as const) {
    const notes = when === 'after' ? 1 : 0;

    test(`a reset ${when} the effect leaves ${notes} notes`, async () => {
      await using one = await startWithNote();
      one.simulator.faults.add({ method: 'POST', path: /reply$/, effect: { kind: 'reset', when } });

      await assert.rejects(one.postNote());

      assert.equal(one.notesMade(), notes);
      assert.equal(one.simulator.requests[0]?.status, 0);
    });

    test(`an error ${when} the effect leaves ${notes} notes`, async () => {
      await using one = await startWithNote();
      one.simulator.faults.add({ path: /reply$/, effect: { kind: 'status', status: 502, body: 'html', when } });

      const { status, body } = await one.postNote();

      assert.equal(status, 502);
      assert.match(String(body), /<html>/);
      assert.equal(one.notesMade(), notes);
    });

    test(`a call delayed ${when} the effect waits for its release`, async () => {
      await using one = await startWithNote();
      const fault = one.simulator.faults.add({ path: /reply$/, effect: { kind: 'delay', when } });

      const answer = one.postNote();
      await fault.reached;
      await one.call('GET', '/me');
      assert.equal(one.simulator.requests[0]?.status, 0);
      fault.release();

      assert.equal((await answer).status, 200);
      assert.equal(one.notesMade(), 1);
    });
  }

  test('a call that hangs ends with its caller’s patience', async () => {
    await using simulator = await startSimulator();
    const fault = simulator.faults.add({ path: '/me', effect: { kind: 'hang' } });
    const patience = new AbortController();

    const call = fetch(`${simulator.url}/me`, { signal: patience.signal });
    await fault.reached;
    patience.abort();

    await assert.rejects(call, { name: 'AbortError' });
  });

  test('nonsense is a 200 that no parser takes', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ path: '/me', effect: { kind: 'nonsense' } });

    const response = await fetch(`${simulator.url}/me`);

    assert.equal(response.status, 200);
    await assert.rejects(response.json());
  });

  test('the refusals carry the status, the code and the reset time', async () => {
    await using simulator = await startSimulator({ now: () => 1_790_000_000_000 });
    const call = createApiCaller(simulator);
    simulator.faults.add({ path: '/me', effect: { kind: 'rate-limited', resetInSeconds: 3 } });
    const limited = await call('GET', '/me');
    simulator.faults.add({ path: '/me', effect: { kind: 'token-revoked' } });
    const revoked = await call('GET', '/me');
    simulator.faults.add({ path: '/me', effect: { kind: 'scope-missing' } });
    const forbidden = await call('GET', '/me');

    assert.deepEqual([limited.status, limited.headers.get('x-ratelimit-reset')], [429, '1790000003']);
    assert.deepEqual([revoked.status, forbidden.status], [401, 403]);
    assert.match(JSON.stringify(revoked.body), /token_revoked/);
    assert.match(JSON.stringify(forbidden.body), /token_unauthorized/);
  });

  test('strikes from the nth matching call on, so many times, and never what does not match', async () => {
    await using simulator = await startSimulator();
    const call = createApiCaller(simulator);
    const fault = simulator.faults.add({
      method: 'GET',
      path: '^/me$',
      nth: 2,
      times: 2,
      effect: { kind: 'status', status: 500 },
    });

    const statuses: number[] = [];
    for (const path of ['/me', '/teams', '/me', '/me', '/me']) statuses.push((await call('GET', path)).status);

    assert.deepEqual(statuses, [200, 200, 500, 500, 200]);
    assert.equal(fault.hits, 2);
  });

  test('a removed rule strikes no more', async () => {
    await using simulator = await startSimulator();
    const fault = simulator.faults.add({ path: '/me', times: Infinity, effect: { kind: 'status', status: 500 } });
    const call = createApiCaller(simulator);

    const before = await call('GET', '/me');
    fault.remove();

    assert.deepEqual([before.status, (await call('GET', '/me')).status], [500, 200]);
  });

  test('a hook before the answer acts when the answer is made, one before the effect in time for it', async () => {
    await using one = await startWithNote();
    const { simulator, conversationId, call } = one;
    const writeMore = () => simulator.contactWrites({ conversationId, html: 'One more thing' });
    const countOf = (body: unknown) => Conversation.parse(body).conversation_parts.total_count;

    simulator.faults.beforeAnswer({ path: conversationId }, writeMore);
    const outdated = await call('GET', `/conversations/${conversationId}`);
    simulator.faults.beforeEffect({ path: conversationId }, writeMore);
    const current = await call('GET', `/conversations/${conversationId}`);

    assert.equal(countOf(outdated.body), 0);
    assert.equal(countOf(current.body), 2);
  });
});
