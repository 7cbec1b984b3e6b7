import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startTestApp, type TestApp } from '../support/app.ts';
import { answer, delta, type Reply } from '../support/model-dialects.ts';
import { refusal } from '../support/model-refusals.ts';
import { startModelServer } from '../support/model-server.ts';

async function waitingReason(t: TestApp, conversationId: string): Promise<string> {
  const turn = (await t.turns(conversationId)).at(-1);
  assert.equal(turn?.state, 'waiting');
  return turn.lastError ?? '';
}

const ask = (t: TestApp): string => t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' }).conversationId;

const html: Reply = { headers: { 'content-type': 'text/html' }, steps: [{ raw: '<html><h1>It works!</h1></html>' }] };

describe('while the model server is in trouble the turn waits, says why, and goes on by itself', () => {
  const troubles: readonly (readonly [string, Reply, RegExp])[] = [
    ['it is busy (429)', { ...refusal('busy', 'vllm'), status: 429 }, /is too busy \(429/],
    ['it is busy (503)', refusal('busy', 'sglang'), /is too busy \(503/],
    ['it is loading its model', refusal('loading', 'llama.cpp'), /is still loading its model/],
    ['it refuses the key', refusal('unauthorized', 'vllm'), /refused our key .*Set LLM_API_KEY/],
    ['it knows no such model', refusal('unknown-model', 'vllm'), /no longer serves test-model/],
    ['it fails', refusal('engine', 'vllm'), /failed \(500.*Its engine has died\. .*start it again/],
    ['it resets the connection in the middle', { steps: [delta({ content: 'Half' }), 'reset'] }, /cut the connection/],
    ['it ends without a finish reason', answer('Half', { finish: null, hasDone: false }), /finish|end/],
    ['it sends garbage', { steps: [{ raw: 'data: {"choices":[{\n\n' }] }, /The model server/],
    ['a web page answers in its place', html, /answered with text\/html/],
    ['it finishes without a word', answer(''), /without|empty|no answer/i],
  ];
  for (const [what, reply, says] of troubles) {
    test(what, async () => {
      await using t = await startTestApp();
      t.modelServer.enqueue(reply, reply);
      const conversationId = ask(t);
      await t.attempt();
      await t.attempt();
      const reason = await waitingReason(t, conversationId);

      await t.finish();

      assert.match(reason, says);
      assert.equal(t.simulator.notes(conversationId).length, 1);
      assert.equal(t.modelServer.chats.length, 3);
    });
  }

  test('it resets the connection at once, and again when the call is repeated', async () => {
    await using t = await startTestApp();
    const reset: Reply = { beforeHeaders: 'reset', steps: [] };
    t.modelServer.enqueue(reset, reset);
    const conversationId = ask(t);
    await t.attempt();
    const reason = await waitingReason(t, conversationId);

    await t.finish();

    assert.match(reason, /No answer from the model server/);
    assert.equal(t.simulator.notes(conversationId).length, 1);
  });

  test('it is away for ten hours', async () => {
    await using t = await startTestApp();
    const { port } = t.modelServer.url;
    await t.modelServer.close();
    const conversationId = ask(t);
    for (let hour = 0; hour < 10; hour += 1) {
      await t.attempt();
      t.advance(3_600_000);
    }
    const reason = await waitingReason(t, conversationId);

    await using back = await startModelServer({ port: Number(port) });
    await t.finish();

    assert.match(reason, /nothing listens there/);
    assert.equal(t.simulator.notes(conversationId).length, 1);
    assert.equal(back.chats.length, 1);
  });

  for (const [where, silent] of [
    ['before it answers', { beforeHeaders: 'wait', steps: [] }],
    ['in the middle of an answer', { steps: [delta({ content: 'Half' }), 'wait'] }],
  ] as const) {
    test(`it hangs ${where}`, async () => {
      await using t = await startTestApp({ modelTimeoutMs: 500 });
      t.modelServer.enqueue(silent);
      const conversationId = ask(t);
      await t.attempt();
      const reason = await waitingReason(t, conversationId);
      const hung = await t.modelServer.chat(1);

      await hung.closed;
      await t.finish();

      assert.match(reason, /within 500 ms|silent for 500 ms/);
      assert.equal(hung.isAborted, true);
      assert.equal(t.simulator.notes(conversationId).length, 1);
    });
  }

  test('it names the time at which to come back', async () => {
    await using t = await startTestApp();
    t.modelServer.enqueue(refusal('busy', 'vllm', { 'retry-after': '42' }));
    const conversationId = ask(t);
    await t.hear();
    const askedAt = t.now() + 1500;

    await t.attempt();
    const [turn] = await t.turns(conversationId);
    await t.finish();

    assert.ok(turn?.state === 'waiting');
    assert.ok(turn.dueAt - askedAt >= 42_000, `due after ${turn.dueAt - askedAt} ms`);
    assert.equal(t.simulator.notes(conversationId).length, 1);
  });
});

describe('an answer that is not fit to be shown', () => {
  test('is asked for again when it was empty, and a turn is dead after five of them', async () => {
    await using t = await startTestApp({ modelServer: { reply: answer('') } });
    const conversationId = ask(t);

    await t.finish();

    assert.match(await t.outcome(conversationId), /^dead: gave up after 5 faults; the last one: The model server/);
    assert.equal(t.modelServer.chats.length, 5);
    assert.deepEqual(t.simulator.notes(conversationId), []);
  });

  for (const text of ['…', '---', '"" ?!']) {
    test(`is withheld when it has no words: ${text}`, async () => {
      await using t = await startTestApp({ modelServer: { reply: text } });
      const conversationId = ask(t);

      await t.finish();

      assert.equal(await t.outcome(conversationId), 'withheld: the model wrote no words');
      assert.deepEqual(t.simulator.notes(conversationId), []);
    });
  }

  test('is finished by a second call when it was cut at its length', async () => {
    await using t = await startTestApp();
    t.modelServer.enqueue(answer('Your parcel is on its w', { finish: 'length' }), 'way to you.');
    const conversationId = ask(t);

    await t.finish();

    const [note] = t.simulator.notes(conversationId);
    assert.match(note?.body ?? '', /^<p>Your parcel is on its way to you\.<\/p><p>———<\/p><p><i>AI draft by/);
    assert.equal((await t.traces(conversationId)).at(-1)?.isContinued, true);
  });

  test('is shown with a remark when it was cut at its length twice', async () => {
    await using t = await startTestApp();
    t.modelServer.enqueue(answer('Your parcel ', { finish: 'length' }), answer('is on', { finish: 'length' }));
    const conversationId = ask(t);

    await t.finish();

    const [note] = t.simulator.notes(conversationId);
    assert.match(note?.body ?? '', /^<p>Your parcel is on<\/p><p>———<\/p><p><i>The draft was cut at its length limit/);
  });

  test('does not show what the model thought before it answered', async () => {
    await using t = await startTestApp();
    t.modelServer.enqueue(answer('It comes tomorrow.', { reasoning: 'The contact sounds angry.' }));
    const conversationId = ask(t);

    await t.finish();

    const [note] = t.simulator.notes(conversationId);
    assert.match(note?.body ?? '', /^<p>It comes tomorrow\.<\/p>/);
    assert.doesNotMatch(note?.body ?? '', /angry/);
  });
});

test('a prompt that does not fit the model is not sent again and again', async () => {
  await using t = await startTestApp({ modelServer: { reply: refusal('too-long', 'vllm') } });
  const conversationId = ask(t);

  await t.finish();

  assert.match(await t.outcome(conversationId), /^dead: .*does not fit its model/);
  assert.equal(t.modelServer.chats.length, 1);
});
