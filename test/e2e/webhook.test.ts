import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { startTestApp } from '../support/app.ts';
import { committedNotifications, notification, postWebhook, postZeros, sign } from '../support/webhook.ts';

const twoMiB = 2 * 1024 * 1024;

/** One sentence for whoever set the webhook up. */
const sentence = /^[A-Z][^\n]+\.$/;

describe('a webhook with a good signature', () => {
  test('is answered 200 when it is committed, and not before', async () => {
    await using t = await startTestApp();

    const answer = await postWebhook(t, JSON.stringify(notification('notif_1')));

    assert.deepEqual(committedNotifications(t), ['notif_1']);
    assert.deepEqual(answer, { status: 200, text: 'Stored.' });
  });

  test('is stored once when it comes twice, and the second answer says so', async () => {
    await using t = await startTestApp();
    const body = JSON.stringify(notification('notif_1'));
    await postWebhook(t, body);

    const answer = await postWebhook(t, body);

    assert.deepEqual(answer, { status: 200, text: 'Ignored: stored before.' });
    assert.deepEqual(committedNotifications(t), ['notif_1']);
  });

  test('is stored once when copies of it come at the same moment', async () => {
    await using t = await startTestApp();
    const body = JSON.stringify(notification('notif_1'));

    const answers = await Promise.all(Array.from({ length: 20 }, async () => await postWebhook(t, body)));

    assert.ok(answers.every(({ status }) => status === 200));
    assert.equal(answers.filter(({ text }) => text === 'Stored.').length, 1);
    assert.deepEqual(committedNotifications(t), ['notif_1']);
  });

  test('is stored with every other one of a burst', async () => {
    await using t = await startTestApp();
    const ids = Array.from({ length: 200 }, (_, index) => `notif_${1000 + index}`);

    const answers = await Promise.all(ids.map(async (id) => await postWebhook(t, JSON.stringify(notification(id)))));

    assert.ok(answers.every(({ status, text }) => status === 200 && text === 'Stored.'));
    assert.deepEqual(committedNotifications(t), ids);
  });

  for (const [what, changes] of [
    ['a topic without effect', { topic: 'conversation.rating.added' }],
    ['a topic that nobody knows yet', { topic: 'conversation.future.thing' }],
    ['a note', { topic: 'conversation.admin.noted' }],
    ['a ping, which has no id', { topic: 'ping', id: null, data: { item: { type: 'ping' } } }],
  ] as const) {
    test(`is answered 200 with the reason, and not stored: ${what}`, async () => {
      await using t = await startTestApp();

      const answer = await postWebhook(t, JSON.stringify(notification('notif_1', changes)));

      assert.equal(answer.status, 200);
      assert.equal(answer.text, `Ignored: the topic ${changes.topic} has no effect here.`);
      assert.deepEqual(committedNotifications(t), []);
    });
  }

  test('may be signed with either secret while the client secret is being changed', async () => {
    const environment = { INTERCOM_CLIENT_SECRET: 'old-secret, new-secret' };
    await using t = await startTestApp({ environment });
    const bodies = ['notif_1', 'notif_2', 'notif_3'].map((id) => JSON.stringify(notification(id)));

    const statuses = await Promise.all(
      ['old-secret', 'new-secret', 'other-secret'].map(async (secret, index) => {
        const body = bodies[index] ?? '';
        return (await postWebhook(t, body, { signature: sign(body, secret) })).status;
      }),
    );

    assert.deepEqual(statuses, [200, 200, 401]);
    assert.deepEqual(committedNotifications(t), ['notif_1', 'notif_2']);
  });

  test('may be as long as 2 MiB to the byte', async () => {
    await using t = await startTestApp();
    const short = JSON.stringify(notification('notif_1', { padding: '' }));
    const body = JSON.stringify(notification('notif_1', { padding: 'x'.repeat(twoMiB - short.length) }));

    const answer = await postWebhook(t, body);

    assert.equal(body.length, twoMiB);
    assert.deepEqual(answer, { status: 200, text: 'Stored.' });
  });
});

describe('a webhook whose signature proves nothing is answered 401 and leaves no trace', () => {
  const body = JSON.stringify(notification('notif_1'));
  const cases: readonly (readonly [string, string | null])[] = [
    ['none', null],
    ['empty', ''],
    ['of another secret', sign(body, 'not-the-secret')],
    ['of another body', sign(`${body} `, 'client-secret')],
    ['without its prefix', sign(body, 'client-secret').slice('sha1='.length)],
    ['cut short', sign(body, 'client-secret').slice(0, -2)],
    ['with a tail', `${sign(body, 'client-secret')}00`],
    ['not hexadecimal', `sha1=${'zz'.repeat(20)}`],
    ['of another algorithm', sign(body, 'client-secret').replace('sha1=', 'sha256=')],
  ];
  for (const [what, signature] of cases) {
    test(`the signature is ${what}`, async () => {
      await using t = await startTestApp({ simulator: { clientSecret: 'client-secret' } });

      const answer = await postWebhook(t, body, { signature });

      assert.equal(answer.status, 401);
      assert.match(answer.text, sentence);
      assert.match(
        answer.text,
        signature === null ? /^There is no X-Hub-Signature/ : /does not match .*INTERCOM_CLIENT_SECRET/,
      );
      assert.deepEqual(committedNotifications(t), []);
      const logged = t
        .log()
        .split('\n')
        .find((line) => line.includes('webhook answered'));
      assert.ok(logged?.includes(`"reason":${JSON.stringify(answer.text)}`), logged);
    });
  }

  test('the same body with its own signature is taken', async () => {
    await using t = await startTestApp({ simulator: { clientSecret: 'client-secret' } });

    const answer = await postWebhook(t, body, { signature: sign(body, 'client-secret') });

    assert.equal(answer.status, 200);
  });
});

describe('a signed request that is no notification is answered with one sentence and not stored', () => {
  const good = JSON.stringify(notification('notif_1'));
  const json = (changes: Readonly<Record<string, unknown>>): string => JSON.stringify(notification('notif_1', changes));
  const cases = [
    ['not JSON', 400, '{"type":"notification_event",', 'application/json'],
    ['empty', 400, '', 'application/json'],
    ['not UTF-8', 400, Uint8Array.of(0x22, 0xff, 0xfe, 0x22), 'application/json'],
    ['a list', 400, '[]', 'application/json'],
    ['null', 400, 'null', 'application/json'],
    ['an envelope of another type', 400, json({ type: 'event' }), 'application/json'],
    ['without a topic', 400, json({ topic: undefined }), 'application/json'],
    ['without an id', 400, json({ id: null }), 'application/json'],
    ['with an id that holds white space', 400, json({ id: 'two words' }), 'application/json'],
    ['without a workspace', 400, json({ app_id: undefined }), 'application/json'],
    ['without a conversation', 400, json({ data: { item: { type: 'conversation' } } }), 'application/json'],
    ['plain text', 415, good, 'text/plain'],
    ['a form', 415, good, 'application/x-www-form-urlencoded'],
    ['nearly JSON by its type', 415, good, 'application/jsonp'],
  ] as const;
  for (const [what, status, body, contentType] of cases) {
    test(`${status}: it is ${what}`, async () => {
      await using t = await startTestApp();

      const answer = await postWebhook(t, body, { contentType });

      assert.equal(answer.status, status);
      assert.match(answer.text, sentence);
      assert.deepEqual(committedNotifications(t), []);
    });
  }

  test('JSON with a charset is JSON', async () => {
    await using t = await startTestApp();

    const answer = await postWebhook(t, good, { contentType: 'application/json; charset=utf-8' });

    assert.equal(answer.status, 200);
  });
});

describe('a body over 2 MiB is answered 413', () => {
  for (const framing of ['content-length', 'chunked'] as const) {
    test(`with ${framing}, and the next webhook is taken`, async () => {
      await using t = await startTestApp();

      const answer = await postZeros(t, twoMiB + 1, framing);
      const next = await postWebhook(t, JSON.stringify(notification('notif_1')));

      assert.equal(answer.status, 413);
      assert.match(answer.text, sentence);
      assert.equal(next.status, 200);
    });
  }

  test('before the whole of a body that is far too long was sent', async () => {
    await using t = await startTestApp();

    const answer = await postZeros(t, 50 * twoMiB, 'chunked');

    assert.equal(answer.status, 413);
  });
});

describe('the webhook’s address', () => {
  test('answers HEAD with 200 and nothing else, as Intercom asks when the address is saved', async () => {
    await using t = await startTestApp();

    const response = await fetch(t.webhookUrl, { method: 'HEAD' });

    assert.equal(response.status, 200);
    assert.equal(await response.text(), '');
  });

  test('answers GET with 200 and a sentence for people', async () => {
    await using t = await startTestApp();

    const response = await fetch(t.webhookUrl);

    assert.equal(response.status, 200);
    assert.match(await response.text(), /Intercom’s webhooks/);
  });

  for (const method of ['PUT', 'DELETE', 'PATCH']) {
    test(`answers ${method} with 405 and what it takes`, async () => {
      await using t = await startTestApp();

      const response = await fetch(t.webhookUrl, { method });

      assert.equal(response.status, 405);
      assert.equal(response.headers.get('allow'), 'GET, HEAD, POST');
    });
  }

  test('is the only one that takes webhooks: elsewhere is a plain 404', async () => {
    await using t = await startTestApp();

    const elsewhere = await Promise.all(
      ['/', '/intercom', '/intercom/webhook/more', '/favicon.ico'].map(
        async (path) => await fetch(new URL(path, t.url), { method: 'POST', body: '{}' }),
      ),
    );

    assert.deepEqual(
      elsewhere.map(({ status }) => status),
      [404, 404, 404, 404],
    );
    assert.equal(await elsewhere[0]?.text(), 'There is nothing at this address.');
  });
});

test('a connection that ends in the middle of a body is no error of Sidenote’s', async () => {
  await using t = await startTestApp();
  const socket = connect(Number(t.url.port), t.url.hostname);
  const head = 'POST /intercom/webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nExpect: 100-continue';
  socket.write(`${head}\r\n\r\n{`);
  await once(socket, 'data'); // it reads the body now
  socket.destroy();

  while (!t.log().includes('webhook answered')) await new Promise((resolve) => setImmediate(resolve));

  assert.match(t.log(), /"status":400,.*"msg":"webhook answered"/);
  assert.doesNotMatch(t.log(), /unexpected error/);
});
