import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { sql } from '../../src/store/sql.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { committedNotifications, notification, postWebhook } from '../support/webhook.ts';

/** Holds the write lock of the SQLite file, as a backup that runs too long would. */
async function lockDatabase({ app, databasePath }: TestApp): Promise<Disposable> {
  await app.db.query(sql`pragma busy_timeout = 0`); // as if the lock were held for longer than Sidenote waits
  await setImmediate(); // a transaction of Sidenote's own is through by then
  const other = new DatabaseSync(databasePath);
  other.exec('begin immediate');
  return { [Symbol.dispose]: () => other.close() };
}

describe('while the database is away', () => {
  test('a webhook is answered 503, and taken when Intercom delivers it again', async () => {
    await using t = await startTestApp();
    const lock = await lockDatabase(t);

    t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    await t.simulator.webhooks.idle();
    const whileLocked = committedNotifications(t);
    lock[Symbol.dispose]();
    await t.simulator.webhooks.retryNow();

    assert.deepEqual(whileLocked, []);
    assert.deepEqual(
      t.simulator.webhooks.log.map(({ status, attempt }) => ({ status, attempt })),
      [
        { status: 503, attempt: 1 },
        { status: 200, attempt: 2 },
      ],
    );
    assert.equal(committedNotifications(t).length, 1);
  });

  test('each webhook of a burst gets its 503, and never a status that makes Intercom stop', async () => {
    await using t = await startTestApp();
    const lock = await lockDatabase(t);
    const ids = Array.from({ length: 150 }, (_, index) => `notif_${1000 + index}`);
    const postAll = async () =>
      await Promise.all(ids.map(async (id) => (await postWebhook(t, JSON.stringify(notification(id)))).status));

    const whileLocked = await postAll();
    lock[Symbol.dispose]();
    const afterwards = await postAll();

    assert.deepEqual(new Set(whileLocked), new Set([503]));
    assert.deepEqual(new Set(afterwards), new Set([200]));
    assert.deepEqual(committedNotifications(t), ids);
  });

  test('a full disk is answered 503 as well', async () => {
    await using t = await startTestApp();
    const [size] = await t.app.db.query(sql`pragma page_count`);
    await t.app.db.query({ texts: [`pragma max_page_count = ${Number(size?.['page_count'])}`], values: [] });
    // Longer than what is free on the pages there are.
    const long = JSON.stringify(
      notification('notif_1', { topic: 'conversation.user.replied', app_id: 'w'.repeat(60) }),
    );
    const statuses: number[] = [];
    for (let count = 0; count < 200 && statuses.at(-1) !== 503; count += 1) {
      statuses.push((await postWebhook(t, long.replace('notif_1', `notif_${count}`))).status);
    }
    await t.app.db.query(sql`pragma max_page_count = 100000`);
    const afterwards = await postWebhook(t, long.replace('notif_1', 'notif_last'));

    assert.deepEqual(new Set(statuses), new Set([200, 503]));
    assert.equal(afterwards.status, 200);
    assert.equal(committedNotifications(t).length, statuses.length);
  });

  test('a webhook without a good signature is still a 401', async () => {
    await using t = await startTestApp();
    await lockDatabase(t);

    const answer = await postWebhook(t, JSON.stringify(notification('notif_1')), { signature: null });

    assert.equal(answer.status, 401);
  });

  test('the log says so in one sentence, every ten seconds and not for each who asks', async () => {
    await using t = await startTestApp();
    await lockDatabase(t);
    const lines = (): number => t.log().split('"msg":"the database is away"').length - 1;
    const hear = async (id: string): Promise<void> => void (await postWebhook(t, JSON.stringify(notification(id))));

    await hear('notif_1');
    await hear('notif_2');
    const then = lines();
    t.advance(10_000);
    await hear('notif_3');

    assert.match(t.log(), /"reason":"SQLite can't work now: database is locked\.","msg":"the database is away"/);
    assert.deepEqual([then, lines()], [1, 2]);
  });
});

describe('the answer to a webhook waits for nothing but the store', () => {
  test('it comes while Intercom and the model server hang', async () => {
    await using t = await startTestApp({ environment: { QUIET_PERIOD_MS: '0' } });
    const hanging = t.simulator.faults.add({
      path: '^/(?:me|conversations)',
      times: Infinity,
      effect: { kind: 'delay' },
    });
    const bodies = ['notif_1', 'notif_2', 'notif_3'].map((id) => JSON.stringify(notification(id)));

    const first = await postWebhook(t, bodies[0] ?? '');
    await hanging.reached;
    const others = [await postWebhook(t, bodies[1] ?? ''), await postWebhook(t, bodies[2] ?? '')];

    assert.deepEqual(
      [first, ...others].map(({ status }) => status),
      [200, 200, 200],
    );
    assert.equal(committedNotifications(t).length, 3);
  });

  test('it comes while neither can be reached', async () => {
    const environment = { INTERCOM_API_URL: 'http://127.0.0.1:9', LLM_BASE_URL: 'http://127.0.0.1:9/v1' };
    await using t = await startTestApp({ environment });

    const answer = await postWebhook(t, JSON.stringify(notification('notif_1')));
    await t.attempt();

    assert.equal(answer.status, 200);
    assert.match(await t.outcome('4711'), /^waiting$/);
    assert.deepEqual(committedNotifications(t), ['notif_1']);
  });

  test('nothing is asked of Intercom or of the model before the turn is due', async () => {
    await using t = await startTestApp();

    const askedBefore = t.simulator.requests.length + t.modelServer.requests.length;

    await postWebhook(t, JSON.stringify(notification('notif_1')));
    await t.hear();

    assert.equal(t.simulator.requests.length + t.modelServer.requests.length, askedBefore);
  });
});

test('a client that sends half a request and waits does not keep Sidenote from stopping', async () => {
  const t = await startTestApp();
  const client = connect({ host: t.url.hostname, port: Number(t.url.port) });
  client.on('error', () => undefined); // it may be cut off by a reset
  await once(client, 'connect');
  client.write('POST /intercom/webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{');
  await postWebhook(t, JSON.stringify(notification('notif_1')));

  const closed = once(client, 'close');
  await t[Symbol.asyncDispose]();

  await closed;
});
