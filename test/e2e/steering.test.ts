import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { pause, resume } from '../../src/kill-switch.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

const written = (t: TestApp): string =>
  t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' }).conversationId;

/** Sidenote looks by itself as well; this way a test need not wait. */
const look = async (t: TestApp): Promise<void> => void (await t.app.killSwitch.look());

const control = async (t: TestApp, path: string, token: string | undefined, body?: unknown): Promise<Response> =>
  await fetch(new URL(`/control${path}`, t.url), {
    method: path === '' ? 'GET' : 'POST',
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

describe('while Sidenote is paused', () => {
  test('webhooks are kept, nothing is drafted, and who still waits gets the draft when it goes on', async () => {
    await using t = await startTestApp();
    await pause(t.app.db, 'wrong prices', t.now());
    await look(t);
    const conversationId = written(t);
    await t.attempt();
    assert.equal((await t.turns(conversationId)).at(-1)?.state, 'waiting');
    assert.deepEqual(t.modelServer.chats, []);

    await resume(t.app.db);
    await look(t);
    await t.finish();
    assert.equal(await t.outcome(conversationId), 'delivered');
    assert.equal(t.simulator.notes(conversationId).length, 1);
  });

  test('a draft that was under work is not posted: the switch is looked at once more right before the post', async () => {
    await using t = await startTestApp();
    const conversationId = written(t);
    t.simulator.faults.beforeEffect({ method: 'GET', path: '^/conversations/', nth: 2 }, async () => {
      await pause(t.app.db, 'stop', t.now());
    });
    await t.attempt();
    assert.deepEqual(t.simulator.notes(conversationId), []);
    assert.equal((await t.turns(conversationId)).at(-1)?.state, 'waiting');

    await resume(t.app.db);
    await look(t);
    await t.finish();
    assert.equal(t.simulator.notes(conversationId).length, 1);
  });

  test('a file in the data folder does it, and its end ends it', async () => {
    await using t = await startTestApp();
    const path = join(dirname(t.databasePath), 'pause');
    await writeFile(path, '');
    await look(t);
    const conversationId = written(t);
    await t.attempt();
    assert.equal((await t.turns(conversationId)).at(-1)?.state, 'waiting');
    const ready = (await (await fetch(new URL('/readyz', t.url))).json()) as { paused: readonly { reason: string }[] };
    assert.deepEqual(
      ready.paused.map(({ reason }) => reason),
      [`the file ${path} exists`],
    );
    await rm(path);
    await look(t);
    await t.finish();
    assert.equal(await t.outcome(conversationId), 'delivered');
  });

  test('the log and a metric say so', async () => {
    await using t = await startTestApp();
    await pause(t.app.db, 'wrong prices', t.now());
    await look(t);
    assert.match(t.log(), /"reasons":\["wrong prices"\],"msg":"paused: nothing is drafted or posted"/);
    assert.match(await (await fetch(new URL('/metrics', t.url))).text(), /^sidenote_paused 1$/m);
  });
});

describe('the kill switch over HTTP', () => {
  const environment = { CONTROL_TOKEN: 'open sesame' };

  test('pauses and resumes for who has the token', async () => {
    await using t = await startTestApp({ environment });
    const paused = await control(t, '/pause', 'open sesame', { reason: 'wrong prices' });
    assert.deepEqual(
      [paused.status, await paused.json()],
      [200, { paused: true, pauses: [{ source: 'operator', reason: 'wrong prices', pausedAt: t.now() }] }],
    );
    assert.equal(t.app.killSwitch.isPaused, true);
    const resumed = await control(t, '/resume', 'open sesame');
    assert.deepEqual(await resumed.json(), { paused: false, pauses: [] });
    assert.equal(t.app.killSwitch.isPaused, false);
  });

  test('takes a pause without a reason, or with a body that is none', async () => {
    await using t = await startTestApp({ environment });
    for (const body of [undefined, 7, { reason: '' }]) {
      assert.equal((await control(t, '/pause', 'open sesame', body)).status, 200);
    }
    const standing = (await (await control(t, '', 'open sesame')).json()) as { pauses: unknown };
    assert.deepEqual(standing.pauses, [{ source: 'operator', reason: 'paused over HTTP', pausedAt: t.now() }]);
  });

  test('refuses everybody else, and changes nothing', async () => {
    await using t = await startTestApp({ environment });
    for (const token of [undefined, '', 'open sesam', 'open sesame2']) {
      for (const path of ['', '/pause', '/resume']) assert.equal((await control(t, path, token)).status, 401);
    }
    assert.deepEqual(await t.app.killSwitch.look(), []);
  });

  test('is not there without a token in the settings', async () => {
    await using t = await startTestApp();
    assert.equal((await control(t, '/pause', '')).status, 404);
    assert.equal((await control(t, '/pause', 'undefined')).status, 404);
    assert.deepEqual(await t.app.killSwitch.look(), []);
  });
});
