import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { noteIn, startCommandBench } from '../support/command-bench.ts';
import { type EchoingProxy, type Replace, startEchoingProxy } from '../support/echoing-proxy.ts';
import { answer, delta, type Reply } from '../support/model-dialects.ts';
import { lastMessageOf } from '../support/prompt.ts';
import { postWebhook, sign } from '../support/webhook.ts';

/** In everything that a contact gives away: words, subject, name, the name of a file. */
const marker = 'xylophone';
const marked = {
  contactName: `Ada ${marker}`,
  channel: 'email',
  subject: `Order of a ${marker}`,
  html: `<p>Where is my ${marker}, please? It was sent to Harbour Lane 12.</p>`,
  attachments: [{ name: `${marker}.jpg`, url: 'http://127.0.0.1:9/leak.jpg', content_type: 'image/jpeg' }],
};

const echo = { modelServer: { reply: (body: unknown) => `You wrote: ${lastMessageOf(body)}` } };

async function assertNothingTold(t: TestApp): Promise<void> {
  const read = async (path: string): Promise<string> => await (await fetch(new URL(path, t.url))).text();
  for (const [where, text] of [
    ['the log', t.log()],
    ['/metrics', await read('/metrics')],
    ['/readyz', await read('/readyz')],
  ] as const) {
    const line = text.split('\n').find((candidate) => candidate.includes(marker));
    assert.equal(line, undefined, `${where} tells what the contact wrote`);
  }
  assert.ok(t.log().includes('turn ended') || t.log().includes('attempt failed') || t.log().includes('webhook'));
}

/** The turn's own words about itself: kept longer than the contact's, and shown by `sidenote turns`. */
async function assertReasonsTellNothing(t: TestApp, conversationId: string): Promise<void> {
  for (const turn of await t.turns(conversationId)) {
    const said = turn.state === 'waiting' ? turn.lastError : 'reason' in turn && turn.reason;
    assert.doesNotMatch(String(said), new RegExp(marker));
  }
}

describe('what a contact writes is in no log line, metric or health page, at level trace', () => {
  test('when all goes well', async () => {
    await using t = await startTestApp(echo);
    const { conversationId } = t.simulator.contactWrites(marked);
    await t.finish();
    t.simulator.teammateWrites({ conversationId, html: `<p>The ${marker} comes today.</p>` });
    t.simulator.botWrites({ conversationId, html: `<p>The ${marker} comes today.</p>` });
    t.simulator.tag(conversationId, marker);
    t.simulator.contactWrites({ conversationId, html: `<p>Thanks for the ${marker}</p>` });
    await t.finish();

    assert.equal(t.simulator.notes(conversationId).length, 2);
    await assertNothingTold(t);
  });

  test('when the policy skips a conversation', async () => {
    await using t = await startTestApp({ policy: { tags: { only: ['pilot'], never: [] } } });
    const { conversationId } = t.simulator.contactWrites(marked);
    t.simulator.tag(conversationId, marker);
    await t.finish();

    assert.match(await t.outcome(conversationId), /^skipped/);
    await assertNothingTold(t);
  });

  const modelTroubles: readonly (readonly [string, (prompt: string) => Reply])[] = [
    ['refuses and repeats the prompt', (prompt) => refusalWith(400, JSON.stringify({ error: { message: prompt } }))],
    ['fails and repeats the prompt', (prompt) => refusalWith(500, JSON.stringify({ detail: [{ input: prompt }] }))],
    ['fails with a page that repeats it', (prompt) => refusalWith(502, `<html>Bad request: ${prompt}</html>`)],
    ['repeats it in an error of the stream', (prompt) => ({ steps: [{ event: { error: { message: prompt } } }] })],
    ['sends a broken stream of it', (prompt) => ({ steps: [{ raw: `data: {"choices": "${marker} ${prompt}\n\n` }] })],
    ['breaks off in the middle of it', (prompt) => ({ steps: [delta({ content: prompt }), 'reset'] })],
    ['cuts it off', (prompt) => answer(prompt, { finish: 'length' })],
    ['gives it as the finish reason', () => answer('Half', { finish: marker })],
    ['gives it as its name', () => answer('Hello', { model: marker })],
  ];
  for (const [what, replyTo] of modelTroubles) {
    test(`when the model server ${what}`, async () => {
      await using t = await startTestApp({ modelServer: { reply: (body) => replyTo(lastMessageOf(body)) } });
      const { conversationId } = t.simulator.contactWrites(marked);
      await t.attempt();
      await t.attempt();

      assert.ok(t.modelServer.chats.length > 0);
      await assertNothingTold(t);
      await assertReasonsTellNothing(t, conversationId);
    });
  }

  test('when a webhook is none of Intercom’s', async () => {
    await using t = await startTestApp();
    const bodies = [
      `{"type":"notification_event","topic":"${marker}"`,
      JSON.stringify({ type: marker }),
      JSON.stringify({ type: 'notification_event', topic: marker, id: marker }),
      JSON.stringify({ type: 'notification_event', topic: 'conversation.user.replied', id: `${marker} ${marker}` }),
      JSON.stringify([marker]),
    ];
    for (const body of bodies) {
      await postWebhook(t, body);
      await postWebhook(t, body, { signature: sign(body, marker) });
      await postWebhook(t, body, { contentType: `text/${marker}` });
    }
    await fetch(new URL(`/${marker}?${marker}`, t.url));

    await assertNothingTold(t);
  });
});

const refusalWith = (status: number, body: string): Reply => ({
  status,
  headers: { 'content-type': body.startsWith('<') ? 'text/html' : 'application/json' },
  steps: [{ raw: body }],
});

describe('what a contact writes is told by no error of Intercom’s', () => {
  const errorList = (message: string): string =>
    JSON.stringify({ type: 'error.list', errors: [{ code: 'parameter_invalid', message }] });
  const isPost = (call: Parameters<Replace>[0]): boolean => call.path.endsWith('/reply');
  const isRead = (call: Parameters<Replace>[0]): boolean => call.path.startsWith('/conversations/') && !isPost(call);

  const troubles: readonly (readonly [string, Replace])[] = [
    [
      'a page that repeats the request',
      (call) => (isPost(call) ? { status: 500, type: 'text/html', body: `<html>${call.sent}</html>` } : undefined),
    ],
    [
      'a page that repeats the conversation',
      (call, received) => (isRead(call) ? { status: 502, type: 'text/html', body: `<html>${received}` } : undefined),
    ],
    [
      'half of a conversation',
      (call, received) =>
        isRead(call) ? { status: 200, type: 'application/json', body: received.slice(0, -20) } : undefined,
    ],
    [
      'no JSON but words',
      (call) => (isRead(call) ? { status: 200, type: 'application/json', body: `${marker} is here` } : undefined),
    ],
    [
      'a conversation whose fields are words',
      (call) =>
        isRead(call) ? { status: 200, type: 'application/json', body: `{"id":{},"x":"${marker}"}` } : undefined,
    ],
    [
      'a refusal that repeats the request',
      (call) => (isPost(call) ? { status: 422, type: 'application/json', body: errorList(call.sent) } : undefined),
    ],
    [
      'a failure that repeats the conversation',
      (call, received) =>
        isRead(call) ? { status: 500, type: 'application/json', body: errorList(received) } : undefined,
    ],
  ];
  for (const [what, replace] of troubles) {
    test(`which is ${what}`, async () => {
      await using bench = await startBehindProxy();
      const { t, proxy, intercom } = bench;
      proxy.replaceBy(replace);
      const { conversationId } = intercom.contactWrites(marked);
      await intercom.webhooks.idle();
      await t.attempt();
      await t.attempt();

      assert.equal((await t.traces(conversationId))[0]?.result, 'failed');
      await assertNothingTold(t);
      await assertReasonsTellNothing(t, conversationId);
    });
  }
});

type BehindProxy = AsyncDisposable & {
  readonly t: TestApp;
  readonly proxy: EchoingProxy;
  /** The workspace behind the proxy. */
  readonly intercom: Simulator;
};

async function startBehindProxy(): Promise<BehindProxy> {
  await using stack = new AsyncDisposableStack();
  const intercom = stack.use(await startSimulator({ clientSecret: 'secret' }));
  const proxy = stack.use(await startEchoingProxy(intercom.url));
  const environment = {
    INTERCOM_API_URL: proxy.url,
    INTERCOM_TOKEN: intercom.token,
    INTERCOM_CLIENT_SECRET: 'secret',
  };
  const t = stack.use(await startTestApp({ environment, ...echo }));
  intercom.setWebhookUrl(t.webhookUrl);
  const owned = stack.move();
  return { t, proxy, intercom, [Symbol.asyncDispose]: async () => await owned.disposeAsync() };
}

test('a process of its own prints nothing of it either', async () => {
  await using bench = await startCommandBench(echo);
  await using serve = await bench.serve({ LOG_LEVEL: 'trace' });
  const { conversationId } = bench.simulator.contactWrites(marked);

  await noteIn(bench.simulator, conversationId);
  serve.kill('SIGTERM');
  await serve.exited;

  assert.match(serve.output(), /"msg":"turn ended"/);
  assert.doesNotMatch(serve.output(), new RegExp(marker));
});

test('no secret of the settings is printed', async () => {
  const secrets = { LLM_API_KEY: 'key-glockenspiel', INTERCOM_CLIENT_SECRET: 'client-glockenspiel' };
  await using bench = await startCommandBench({
    simulator: { clientSecret: 'client-glockenspiel', token: 'token-glockenspiel' },
  });
  await using serve = await bench.serve({ LOG_LEVEL: 'trace', ...secrets });
  const { conversationId } = bench.simulator.contactWrites(marked);

  await noteIn(bench.simulator, conversationId);
  const doctor = await bench.run(['doctor'], secrets);
  const turns = await bench.run(['turns', '--json'], secrets);

  assert.equal(doctor.code, 0, doctor.output);
  assert.doesNotMatch(serve.output() + doctor.output + turns.output, /glockenspiel/);
});
