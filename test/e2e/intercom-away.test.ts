import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startTestApp, type TestApp } from '../support/app.ts';

const hourMs = 3_600_000;

/** Twenty contacts wait for an Intercom that resets each connection, and calls are held back. */
async function startAway(t: TestApp) {
  const trouble = t.simulator.faults.add({
    path: '^/(?:me|conversations)',
    times: Infinity,
    effect: { kind: 'reset' },
  });
  const ids = Array.from({ length: 20 }, (_, index) => {
    return t.simulator.contactWrites({ contactName: `Contact ${index}`, html: '<p>Hello?</p>' }).conversationId;
  });
  await t.attempt();
  await t.attempt();
  assert.equal(t.app.availability.state.kind, 'open');
  return { ids, end: () => trouble.remove() };
}

const attempts = async (t: TestApp, ids: readonly string[]): Promise<readonly (number | undefined)[]> =>
  await Promise.all(ids.map(async (id) => (await t.turns(id)).at(-1)?.attempt));

const page = async (t: TestApp, path: string): Promise<string> => await (await fetch(new URL(path, t.url))).text();

describe('while Intercom is away for hours', () => {
  test('one small call asks for it now and then, and waiting turns use up no attempt', async () => {
    await using t = await startTestApp();
    const { ids } = await startAway(t);
    const [attemptsBefore, callsBefore] = [await attempts(t, ids), t.simulator.requests.length];

    for (let hours = 0; hours < 10; hours += 1) {
      t.advance(hourMs);
      await t.attempt();
    }

    const calls = t.simulator.requests.slice(callsBefore);
    assert.ok(calls.length >= 10 && calls.every(({ path }) => path === '/me'), `${calls.length} calls`);
    assert.deepEqual(await attempts(t, ids), attemptsBefore);
  });

  test('/readyz and the metrics say that calls are held back, and when they are not any more', async () => {
    await using t = await startTestApp();
    const { end } = await startAway(t);
    const [readyzThen, metricsThen] = [await page(t, '/readyz'), await page(t, '/metrics')];

    end();
    await t.finish(40);

    assert.match(readyzThen, /"intercom":\{"state":"failing",[^}]*"calls":"held back","nextTryAt":\d+/);
    assert.match(metricsThen, /^sidenote_intercom_paused 1$/m);
    assert.match(await page(t, '/readyz'), /"intercom":\{"state":"ok",[^}]*"calls":"all"/);
    assert.match(await page(t, '/metrics'), /^sidenote_intercom_paused 0$/m);
    assert.match(t.log(), /"msg":"calls to Intercom are held back"[^]*"msg":"a neighbour answers"/);
  });

  test('afterwards every turn gets its note, once, and they come back one by one at first', async () => {
    await using t = await startTestApp();
    const { ids, end } = await startAway(t);
    t.advance(10 * hourMs);
    end();

    await t.begin();
    const first = t.app.worker.running;
    await t.app.worker.idle();
    await t.finish(40);

    assert.equal(first, 1);
    assert.ok(ids.every((id) => t.simulator.notes(id).length === 1));
    assert.equal(t.modelServer.chats.length, ids.length);
  });
});
