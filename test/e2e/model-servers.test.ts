import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startTestApp, type TestApp } from '../support/app.ts';
import { refusal } from '../support/model-refusals.ts';
import { startModelServer } from '../support/model-server.ts';
import { probeAnswer } from '../support/probe-answers.ts';
import { serversOf, untilState } from '../support/server-states.ts';

const ask = (t: TestApp): string => t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' }).conversationId;

const pausedMetric = async ({ url }: TestApp): Promise<string | undefined> =>
  (await (await fetch(new URL('/metrics', url))).text())
    .split('\n')
    .find((line) => line.startsWith('sidenote_model_server_paused{'));

test('with several model servers every note comes although one of them fails', async () => {
  await using broken = await startModelServer({ reply: refusal('engine', 'vllm') });
  await using good = await startModelServer();
  await using t = await startTestApp({ environment: { LLM_BASE_URL: `${broken.url.href}, ${good.url.href}` } });
  const conversations = Array.from({ length: 8 }, () => ask(t));

  await t.finish();

  for (const conversationId of conversations) assert.equal(t.simulator.notes(conversationId).length, 1);
  assert.equal(good.chats.length, 8);
  assert.equal((await serversOf(t)).length, 2);
});

test('each model server has its gauge from the start', async () => {
  await using other = await startModelServer();
  await using t = await startTestApp({ environment: { LLM_BASE_URL: `${other.url.href}, http://127.0.0.1:1` } });
  const text = await (await fetch(new URL('/metrics', t.url))).text();
  assert.deepEqual(text.match(/^sidenote_model_server_paused.*$/gm), [
    `sidenote_model_server_paused{server="${other.url.host}"} 0`,
    'sidenote_model_server_paused{server="127.0.0.1:1"} 0',
  ]);
});

describe('a model server that fails five times in a row', () => {
  test('is left alone: turns wait without an attempt, and go on when a canary has come back', async () => {
    let isBroken = false;
    const broken = refusal('engine', 'vllm');
    await using t = await startTestApp({
      modelServer: {
        reply: () => (isBroken ? broken : 'It comes tomorrow.'),
        probe: (body) => (isBroken && probeAnswer(body, 'vllm') !== undefined ? broken : probeAnswer(body, 'vllm')),
      },
    });
    isBroken = true;
    const failed = Array.from({ length: 5 }, () => ask(t));
    await t.attempt();
    const waiting = ask(t);
    await t.begin();

    const paused = await untilState(t, 'paused');
    const [turn] = await t.turns(waiting);
    assert.match(paused.reason ?? '', /failed \(500/);
    assert.match((await pausedMetric(t)) ?? '', / 1$/);
    assert.deepEqual([turn?.state, turn?.attempt], ['waiting', 0]);
    assert.equal(t.modelServer.chats.length, 5);

    isBroken = false;
    t.advance(15_000);
    await untilState(t, 'recovering');
    await t.finish(40);

    for (const conversationId of [...failed, waiting]) assert.equal(t.simulator.notes(conversationId).length, 1);
    assert.deepEqual((await serversOf(t))[0]?.state, 'ok');
  });
});
