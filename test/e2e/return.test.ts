import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startTestApp, type TestApp } from '../support/app.ts';
import { refusal } from '../support/model-refusals.ts';
import { probeAnswer } from '../support/probe-answers.ts';
import { untilState } from '../support/server-states.ts';

const hourMs = 3_600_000;

/** Six conversations, a minute apart, oldest first, all of them waiting, none due, for an Intercom that is away. */
async function sixWaiting(t: TestApp): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let index = 0; index < 6; index += 1) {
    ids.push(t.simulator.contactWrites({ contactName: `Contact ${index}`, html: '<p>Hello?</p>' }).conversationId);
    t.advance(60_000);
    await t.attempt();
  }
  while ((await t.app.worker.tick()) > 0 || t.app.worker.running > 0) await t.app.worker.idle();
  return ids;
}

/** The conversations whose turns were taken up, in that order. */
const claimed = (t: TestApp): readonly string[] =>
  [...t.log().matchAll(/"conversationId":"(\d+)".*"msg":"turn claimed"/g)].map(([, id = '']) => id);

describe('when Intercom is back after hours', () => {
  test('the newest conversations come first', async () => {
    await using t = await startTestApp({ environment: { LLM_CONCURRENCY: '1' } });
    const away = t.simulator.faults.add({ path: '^/(?:me|conversations)', times: Infinity, effect: { kind: 'reset' } });
    const ids = await sixWaiting(t);
    t.advance(4 * hourMs);

    const before = claimed(t).length;
    away.remove();
    await t.finish();

    assert.deepEqual(claimed(t).slice(before), ids.toReversed());
  });

  test('what a teammate has answered meanwhile, and what was closed, gets no draft', async () => {
    await using t = await startTestApp();
    const away = t.simulator.faults.add({ path: '^/(?:me|conversations)', times: Infinity, effect: { kind: 'reset' } });
    const [first = '', second = '', ...others] = await sixWaiting(t);
    t.simulator.setWebhookUrl(undefined);
    t.simulator.teammateWrites({ conversationId: first, html: '<p>It is on its way.</p>' });
    t.simulator.close(second);
    t.advance(4 * hourMs);

    away.remove();
    await t.finish();

    assert.equal(await t.outcome(first), 'superseded: a teammate replied');
    assert.equal(await t.outcome(second), 'superseded: the conversation is closed');
    assert.ok(others.every((id) => t.simulator.notes(id).length === 1));
    assert.equal(t.modelServer.chats.length, others.length);
  });

  test('turns come back one at first, and never more at once than may be worked on', async () => {
    await using t = await startTestApp({ environment: { LLM_CONCURRENCY: '2' } });
    const away = t.simulator.faults.add({ path: '^/(?:me|conversations)', times: Infinity, effect: { kind: 'reset' } });
    const ids = await sixWaiting(t);
    t.advance(4 * hourMs);
    away.remove();

    const atOnce: number[] = [];
    for (let rounds = 0; rounds < ids.length && t.modelServer.chats.length < ids.length; rounds += 1) {
      await t.begin();
      atOnce.push(t.app.worker.running);
      await t.app.worker.idle();
    }
    await t.finish();

    assert.equal(atOnce[0], 1);
    assert.ok(
      atOnce.every((running) => running <= 4),
      `${atOnce.join(', ')} at once`,
    );
    assert.ok(ids.every((id) => t.simulator.notes(id).length === 1));
  });
});

test('when the model is back after hours, the newest come first, and what a teammate has answered is not drafted', async () => {
  let isBroken = false;
  const broken = refusal('engine', 'vllm');
  await using t = await startTestApp({
    environment: { LLM_CONCURRENCY: '1' },
    modelServer: {
      reply: () => (isBroken ? broken : 'It comes tomorrow.'),
      probe: (body) => (isBroken && probeAnswer(body, 'vllm') !== undefined ? broken : probeAnswer(body, 'vllm')),
    },
  });
  isBroken = true;
  const ids = await sixWaiting(t);
  const [first = '', second = '', ...others] = ids;
  t.simulator.setWebhookUrl(undefined);
  t.simulator.teammateWrites({ conversationId: first, html: '<p>It is on its way.</p>' });
  t.simulator.close(second);
  await untilState(t, 'paused');
  t.advance(4 * hourMs);
  const before = { claimed: claimed(t).length, chats: t.modelServer.chats.length };

  isBroken = false;
  await untilState(t, 'recovering');
  await t.finish(40);

  assert.ok(before.chats >= 5, 'the model was asked in vain');
  assert.deepEqual(claimed(t).slice(before.claimed), ids.toReversed());
  assert.equal(await t.outcome(first), 'superseded: a teammate replied');
  assert.equal(await t.outcome(second), 'superseded: the conversation is closed');
  assert.deepEqual(
    others.map((id) => t.simulator.notes(id).length),
    [1, 1, 1, 1],
  );
  assert.equal(t.modelServer.chats.length - before.chats, others.length);
});
