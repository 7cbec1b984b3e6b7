import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sql } from '../../src/store/sql.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { postWebhook } from '../support/webhook.ts';

const hourMs = 3_600_000;

/** An app that has swept once, and to which no webhook comes from then on. */
async function startDeaf(options: Parameters<typeof startTestApp>[0] = {}): Promise<TestApp> {
  const t = await startTestApp(options);
  await t.app.sweeping.sweepOnce();
  t.simulator.setWebhookUrl(undefined);
  return t;
}

const ask = (t: TestApp, contactName = 'Ada'): string =>
  t.simulator.contactWrites({ contactName, html: '<p>Where is my parcel?</p>' }).conversationId;

const searches = (t: TestApp): number =>
  t.simulator.requests.filter(({ path }) => path === '/conversations/search').length;
const reads = (t: TestApp): number =>
  t.simulator.requests.filter(({ method, path }) => method === 'GET' && /^\/conversations\/\d+$/.test(path)).length;

const rows = async (t: TestApp, table: 'notifications' | 'sweep_ranges'): Promise<number> =>
  (await t.app.db.query({ texts: [`select * from ${table}`], values: [] })).length;

describe('a message whose webhook never came', () => {
  test('is found by the next sweep and gets its note', async () => {
    await using t = await startDeaf();
    const conversationId = ask(t);
    t.advance(10 * 60_000);

    await t.app.sweeping.sweepOnce();
    await t.finish();

    assert.equal(t.simulator.notes(conversationId).length, 1);
    assert.match(t.log(), /"found":1,"msg":"the sweep found messages whose webhook never came"/);
  });

  test('is found once, however often the sweep comes by and the webhook comes after all', async () => {
    await using t = await startDeaf();
    t.simulator.setWebhookUrl('http://127.0.0.1:9/');
    const conversationId = ask(t);
    t.advance(60_000);
    await t.app.sweeping.sweepOnce();
    t.simulator.setWebhookUrl(t.webhookUrl);
    await t.simulator.webhooks.retryNow();
    await t.finish();

    for (let sweeps = 0; sweeps < 3; sweeps += 1) {
      t.advance(60_000);
      await t.app.sweeping.sweepOnce();
      await t.finish();
    }

    assert.equal(t.simulator.webhooks.log.at(-1)?.status, 200);
    assert.equal((await t.turns(conversationId)).length, 1);
    assert.equal(t.simulator.notes(conversationId).length, 1);
  });

  test('is found after an outage of hours, the newest first, the answered and the closed ones never', async () => {
    await using t = await startDeaf();
    const ids = [];
    for (const name of ['Ada', 'Ben', 'Cleo', 'Dan', 'Eve']) {
      ids.push(ask(t, name));
      t.advance(2 * hourMs);
    }
    const [ada = '', ben = '', cleo = '', dan = '', eve = ''] = ids;
    t.simulator.teammateWrites({ conversationId: ben, html: '<p>It is on its way.</p>' });
    t.simulator.close(dan);
    const before = reads(t);

    await t.app.sweeping.sweepOnce();
    const stored = await t.app.db.query(sql`select conversation_id from notifications`);
    const readsMade = reads(t) - before;
    await t.finish();

    assert.deepEqual(
      stored.map((row) => row['conversation_id']),
      [eve, cleo, ada],
    );
    assert.equal(readsMade, 4, 'a closed conversation is not read');
    assert.deepEqual(
      ids.map((id) => t.simulator.notes(id).length),
      [1, 0, 1, 0, 1],
    );
  });

  test('of the same second as the last one that is known is found by its part, once', async () => {
    await using t = await startTestApp({ environment: { QUIET_PERIOD_MS: '0' } });
    await t.app.sweeping.sweepOnce();
    const createdAt = Math.floor(t.now() / 1000);
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>', createdAt });
    await t.finish();
    t.simulator.setWebhookUrl(undefined);
    t.simulator.contactWrites({ conversationId, html: '<p>The order is 4711.</p>', createdAt });
    t.advance(60_000);

    for (let sweeps = 0; sweeps < 2; sweeps += 1) {
      await t.app.sweeping.sweepOnce();
      await t.finish();
      t.advance(60_000);
    }

    assert.equal(t.simulator.notes(conversationId).length, 2);
    assert.equal((await t.turns(conversationId)).length, 2);
    assert.equal([...t.log().matchAll(/the sweep found messages/g)].length, 1);
  });

  test('gets no draft any more when it is older than the limit', async () => {
    await using t = await startDeaf();
    const conversationId = ask(t);
    t.advance(25 * hourMs);

    await t.app.sweeping.sweepOnce();

    assert.deepEqual(await t.turns(conversationId), []);
    assert.equal(await rows(t, 'sweep_ranges'), 0);
  });

  test('and that was there before Sidenote was, is not its to answer', async () => {
    await using t = await startTestApp();
    t.simulator.setWebhookUrl(undefined);
    const conversationId = ask(t);
    t.advance(60_000);

    await t.app.sweeping.sweepOnce();

    assert.deepEqual(await t.turns(conversationId), []);
    assert.equal(searches(t), 0);
  });

  test('in a conversation that has its note already, which a restored database does not know, gets no second', async () => {
    await using t = await startTestApp();
    await t.app.sweeping.sweepOnce();
    const conversationId = ask(t);
    await t.finish();
    await t.app.db.query(sql`delete from turns`);
    await t.app.db.query(sql`delete from notifications`);
    t.advance(60_000);

    await t.app.sweeping.sweepOnce();
    await t.finish();

    assert.equal(t.simulator.notes(conversationId).length, 1);
    assert.equal(await rows(t, 'notifications'), 0);
  });
});

describe('a conversation that was deleted while no webhook came', () => {
  test('is found by the next sweep, and what was kept of its words is erased', async () => {
    await using t = await startTestApp();
    await t.app.sweeping.sweepOnce();
    const [drafted, kept] = [ask(t, 'Ada'), ask(t, 'Cleo')];
    await t.finish();
    const tracesThen = (await t.traces(drafted)).length;
    t.simulator.setWebhookUrl(undefined);
    t.simulator.remove(drafted);
    t.advance(60_000);

    for (let sweeps = 0; sweeps < 2; sweeps += 1) {
      await t.app.sweeping.sweepOnce();
      await t.finish();
      t.advance(60_000);
    }

    assert.equal(tracesThen, 1);
    assert.deepEqual(await t.traces(drafted), []);
    assert.equal((await t.traces(kept)).length, 1);
  });

  test('is passed over where the token may not ask, and missed messages are found all the same', async () => {
    await using t = await startDeaf();
    t.simulator.faults.add({ path: '^/conversations/deleted$', effect: { kind: 'scope-missing' } });
    const conversationId = ask(t);
    t.advance(60_000);

    await t.app.sweeping.sweepOnce();
    await t.finish();

    assert.equal(t.simulator.notes(conversationId).length, 1);
  });
});

describe('a sweep', () => {
  test('costs a search and a look at what was deleted while nothing is missed', async () => {
    await using t = await startTestApp();
    await t.app.sweeping.sweepOnce();
    for (const name of ['Ada', 'Ben', 'Cleo']) ask(t, name);
    await t.finish();
    t.advance(600_000);
    const before = t.simulator.requests.length;

    await t.app.sweeping.sweepOnce();

    assert.equal(searches(t), 1);
    assert.equal(t.simulator.requests.length - before, 2);
  });

  test('that Intercom cuts short goes on where it was, and nothing is found twice', async () => {
    await using t = await startDeaf();
    const ids = [];
    for (let hour = 0; hour < 6; hour += 1) {
      ids.push(ask(t, `Contact ${hour}`));
      t.advance(hourMs);
    }
    t.simulator.faults.add({ path: '^/conversations/search$', nth: 3, effect: { kind: 'reset' } });
    await t.app.sweeping.sweepOnce();
    const [foundBefore, searchesBefore] = [await rows(t, 'notifications'), searches(t)];
    t.advance(600_000);

    await t.app.sweeping.sweepOnce();
    await t.finish();

    assert.ok(foundBefore > 0 && foundBefore < ids.length, `found ${foundBefore} before it was cut short`);
    assert.ok(searches(t) - searchesBefore <= 7, 'what was looked through is not looked through again');
    assert.ok(ids.every((id) => t.simulator.notes(id).length === 1));
    assert.match(t.log(), /"msg":"the sweep goes on later"/);
  });

  test('passes over a conversation that is gone by the time it is read', async () => {
    await using t = await startDeaf();
    const [gone, there] = [ask(t, 'Ada'), ask(t, 'Ben')];
    t.simulator.faults.add({
      path: `^/conversations/${gone}$`,
      effect: { kind: 'status', status: 404, code: 'not_found' },
    });
    t.advance(60_000);

    await t.app.sweeping.sweepOnce();
    await t.finish();

    assert.equal(t.simulator.notes(there).length, 1);
  });

  test('reads all pages of a search, within the rate limit', async () => {
    await using t = await startDeaf({ simulator: { rateLimitPerWindow: 100 } });
    const count = 200;
    for (let index = 0; index < count; index += 1) ask(t, `Contact ${index}`);
    t.advance(60_000);

    await t.app.sweeping.sweepOnce();

    assert.ok(searches(t) >= 2, 'a page holds 150');
    assert.equal(await rows(t, 'notifications'), count);
    assert.deepEqual(
      t.simulator.requests.filter(({ status }) => status === 429),
      [],
    );
  });

  test('is left out where its setting says so', async () => {
    await using t = await startTestApp({ sweep: { minutes: 10, hours: 0 } });
    t.advance(hourMs);
    await t.app.sweeping.sweepOnce();
    t.advance(hourMs);
    await t.app.sweeping.sweepOnce();
    assert.equal(searches(t), 0);
  });

  test('by two instances at once finds each message once', async () => {
    await using t = await startDeaf();
    const conversationId = ask(t);
    t.advance(600_000);
    await Promise.all([t.app.sweeping.sweepOnce(), t.app.sweeping.sweepOnce()]);
    await t.finish();
    assert.equal(searches(t), 1);
    assert.equal(t.simulator.notes(conversationId).length, 1);
  });

  test('does not hinder a webhook that comes meanwhile', async () => {
    await using t = await startDeaf();
    const conversationId = ask(t);
    t.advance(60_000);
    const reading = t.simulator.faults.add({ path: '^/conversations/search$', effect: { kind: 'delay' } });
    const sweeping = t.app.sweeping.sweepOnce();
    await reading.reached;
    const answer = await postWebhook(t, '{}');
    reading.release();
    await sweeping;
    await t.finish();
    assert.equal(answer.status, 400);
    assert.equal(t.simulator.notes(conversationId).length, 1);
  });
});
