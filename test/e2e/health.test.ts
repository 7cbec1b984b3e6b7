import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { startTestApp, type TestApp } from '../support/app.ts';
import { notification, postWebhook } from '../support/webhook.ts';

type Ready = {
  readonly ready: boolean;
  readonly database: { readonly state: string };
  readonly intercom: { readonly state: string; readonly reason?: string };
  readonly model: { readonly state: string; readonly reason?: string };
  readonly modelServers: readonly {
    readonly server: string;
    readonly state: string;
    readonly reason?: string;
    readonly probe?: readonly string[];
  }[];
  readonly turns?: { readonly waiting: number; readonly working: number };
};

async function readReady({ url }: TestApp): Promise<{ readonly status: number; readonly body: Ready }> {
  const response = await fetch(new URL('/readyz', url));
  return { status: response.status, body: (await response.json()) as Ready };
}

/** The value of one sample, such as `sidenote_turns_ended_total{state="delivered"}`. */
async function readMetric({ url }: TestApp, sample: string): Promise<number | undefined> {
  const text = await (await fetch(new URL('/metrics', url))).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length + 1));
}

/** Takes a table away under Sidenote's feet, as a wrong restore would. */
async function breakDatabase({ databasePath }: TestApp): Promise<void> {
  await setImmediate(); // a transaction of Sidenote's own is through by then
  using other = new DatabaseSync(databasePath);
  other.exec('alter table turns rename to turns_gone');
}

describe('/healthz', () => {
  test('is 200 while the process lives, whatever the database does', async () => {
    await using t = await startTestApp();
    await breakDatabase(t);

    const response = await fetch(new URL('/healthz', t.url));

    assert.equal(response.status, 200);
    assert.equal(await response.text(), 'ok');
  });
});

describe('/readyz', () => {
  test('is 200 from the start, with how Intercom and the model server answered', async () => {
    await using t = await startTestApp();

    const { status, body } = await readReady(t);

    assert.equal(status, 200);
    const { ready, database, intercom, model, turns, modelServers } = body;
    assert.deepEqual(
      { ready, database, intercom, model, turns },
      {
        ready: true,
        database: { state: 'ok' },
        intercom: { state: 'ok', at: t.now(), calls: 'all' },
        model: { state: 'ok', at: t.now() },
        turns: { waiting: 0, working: 0 },
      },
    );
    const [server] = modelServers;
    const { host } = t.modelServer.url;
    assert.deepEqual(
      { ...server, probe: [] },
      {
        server: host,
        state: 'ok',
        running: 0,
        roles: ['draft', 'decide'],
        probe: [],
      },
    );
    assert.match(
      server?.probe?.join('\n') ?? '',
      /is vLLM and serves test-model, context window 32768 tokens.*\nthinking off: yes; JSON schema obeyed: yes/,
    );
  });

  test('is 200 from the start although neither can be reached, and says so before the first webhook', async () => {
    const environment = { INTERCOM_API_URL: 'http://127.0.0.1:9', LLM_BASE_URL: 'http://127.0.0.1:9/v1' };
    await using t = await startTestApp({ environment });

    const { status, body } = await readReady(t);

    assert.equal(status, 200);
    assert.equal(body.intercom.state, 'failing');
    assert.equal(body.model.state, 'failing');
  });

  test('shows both neighbours as good after a note, and the turns that wait', async () => {
    await using t = await startTestApp();
    t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    await t.finish();
    t.simulator.contactWrites({ html: '<p>May I return my paddle?</p>' });
    await t.hear();

    const { status, body } = await readReady(t);

    assert.equal(status, 200);
    assert.equal(body.intercom.state, 'ok');
    assert.equal(body.model.state, 'ok');
    assert.deepEqual(body.turns, { waiting: 1, working: 0 });
  });

  test('stays 200 and says why while Intercom refuses the token', async () => {
    await using t = await startTestApp();
    t.simulator.faults.add({ path: '.', times: Infinity, effect: { kind: 'token-revoked' } });
    t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    await t.attempt();

    const { status, body } = await readReady(t);

    assert.equal(status, 200);
    assert.equal(body.intercom.state, 'failing');
    assert.match(body.intercom.reason ?? '', /refused the access token.*INTERCOM_TOKEN/);
    assert.equal(body.model.state, 'ok');
  });

  test('stays 200 and says why while the model server is away, and Intercom is seen to be well', async () => {
    await using t = await startTestApp();
    await t.modelServer.close();
    t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    await t.attempt();

    const { status, body } = await readReady(t);

    assert.equal(status, 200);
    assert.equal(body.model.state, 'failing');
    assert.match(body.model.reason ?? '', /nothing listens there/);
    assert.equal(body.intercom.state, 'ok');
  });

  test('is 503 when the database does not work', async () => {
    await using t = await startTestApp();
    await breakDatabase(t);

    const { status, body } = await readReady(t);

    assert.equal(status, 503);
    assert.equal(body.ready, false);
    assert.deepEqual(body.database, { state: 'away' });
  });
});

describe('/metrics', () => {
  test('counts webhooks by result, turns and their ends', async () => {
    await using t = await startTestApp();
    t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    await t.finish();
    await postWebhook(t, JSON.stringify(notification('notif_1')), { signature: null });

    const samples = [
      'sidenote_webhooks_total{result="stored",status="200"}',
      'sidenote_webhooks_total{result="refused",status="401"}',
      'sidenote_webhooks_total{result="ignored",status="200"}', // our note, come back
      'sidenote_turns_opened_total',
      'sidenote_turns_ended_total{state="delivered"}',
      'sidenote_turns_running',
      'sidenote_turn_seconds_count',
      'sidenote_stage_seconds_count{stage="draft"}',
      'sidenote_attempts_failed_total',
    ];
    const values = await Promise.all(samples.map(async (sample) => await readMetric(t, sample)));

    assert.deepEqual(values, [1, 1, 1, 1, 1, 0, 1, 1, 0]);
  });

  test('counts failed attempts, and comes as Prometheus wants it', async () => {
    await using t = await startTestApp();
    await t.modelServer.close();
    t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    await t.attempt();
    await t.attempt();

    const response = await fetch(new URL('/metrics', t.url));

    assert.match(response.headers.get('content-type') ?? '', /^text\/plain/);
    assert.match(await response.text(), /^# HELP sidenote_webhooks_total .+$/m);
    assert.equal(await readMetric(t, 'sidenote_attempts_failed_total'), 2);
    assert.equal(await readMetric(t, 'sidenote_turns_running'), 0);
  });
});
