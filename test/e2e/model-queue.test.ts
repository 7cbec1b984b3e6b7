import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startTestApp, type TestApp } from '../support/app.ts';
import { answer, type Reply } from '../support/model-dialects.ts';

const held: Reply = { steps: ['wait', ...answer('It comes tomorrow.').steps] };
const modelServer = { script: [held] };
const environment = { LLM_CONCURRENCY: '1', LLM_TIMEOUT_MS: '10000' };

const ask = ({ simulator }: TestApp): string =>
  simulator.contactWrites({ html: '<p>Where is my parcel?</p>' }).conversationId;

/** One draft is being written, and another waits for its place in our own queue. */
async function startBusyApp() {
  const t = await startTestApp({ modelServer, environment });
  const first = ask(t);
  await t.begin();
  await t.modelServer.chat(1);
  const second = ask(t);
  await t.begin();
  while ((await callsAtServer(t)) < 2) await new Promise(setImmediate);
  return { t, first, second };
}

async function callsAtServer({ url }: TestApp): Promise<number> {
  const response = await fetch(new URL('/readyz', url));
  const { modelServers } = (await response.json()) as {
    readonly modelServers: readonly { readonly running: number }[];
  };
  return modelServers[0]?.running ?? 0;
}

describe('a draft that waits in our own queue before the model server', () => {
  test('is shed when it has waited too long, is not sent, and its turn waits for another attempt with the reason', async () => {
    const busy = await startBusyApp();
    await using t = busy.t;
    t.advance(10_001);
    t.modelServer.release();
    await t.app.worker.idle();

    const [turn] = await t.turns(busy.second);
    assert.equal(await t.outcome(busy.first), 'delivered');
    assert.ok(turn?.state === 'waiting');
    assert.match(turn.lastError ?? '', /waited 1\d{4} ms for its turn at the model server/);
    assert.equal(turn.faults, 0);
    assert.equal(t.modelServer.chats.length, 1);

    await t.finish();
    assert.equal(await t.outcome(busy.second), 'delivered');
    assert.equal(t.modelServer.chats.length, 2);
  });

  test('leaves the queue at once when its turn is superseded, and is never sent', async () => {
    const busy = await startBusyApp();
    await using t = busy.t;
    t.simulator.teammateWrites({ conversationId: busy.second, html: '<p>It is at your neighbour.</p>' });
    await t.hear();
    t.modelServer.release();
    await t.app.worker.idle();

    assert.match(await t.outcome(busy.second), /^superseded/);
    assert.equal(t.modelServer.chats.length, 1);
  });
});
