/** Several Sidenotes, each a process, on one PostgreSQL. All webhooks go to the first, so the others live on what they are told. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { until } from '../chaos/world.ts';
import { answer, type Reply } from '../support/model-dialects.ts';
import { type ModelServer, startModelServer } from '../support/model-server.ts';
import { runSql, startPostgres } from '../support/postgres.ts';
import { type ServeProcess, startServe } from '../support/serve-process.ts';

const server = await startPostgres();
if ('url' in server) after(async () => await server[Symbol.asyncDispose]());
const skip = 'unavailable' in server ? server.unavailable : false;

/** Calls to the model per instance; each works on twice as many turns. */
const concurrency = 2;

type Fleet = AsyncDisposable & {
  readonly simulator: Simulator;
  readonly modelServer: ModelServer;
  readonly instances: readonly [ServeProcess, ...ServeProcess[]];
};

/** The model holds every answer until it is released. */
const held = (): Reply => ({ steps: ['wait', ...answer('It comes tomorrow.').steps] });

async function startFleet(count: number, name: string): Promise<Fleet> {
  assert.ok('url' in server);
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'sidenote-fleet-'));
  stack.defer(async () => await rm(folder, { recursive: true, force: true }));
  await runSql(server.url, `create database ${name}`);
  const modelServer = stack.use(await startModelServer({ reply: held }));
  const simulator = stack.use(await startSimulator());
  const start = async (): Promise<ServeProcess> => {
    const environment = {
      INTERCOM_API_URL: simulator.url,
      INTERCOM_TOKEN: simulator.token,
      INTERCOM_CLIENT_SECRET: simulator.clientSecret,
      LLM_BASE_URL: modelServer.url.href,
      LLM_CONCURRENCY: String(concurrency),
      DATABASE_URL: server.url.replace(/postgres$/, name),
      QUIET_PERIOD_MS: '0',
      PORT: '0',
    };
    const serve = startServe(environment, folder);
    stack.defer(async () => await serve.kill());
    await serve.listening;
    return serve;
  };
  const first = await start();
  const url = /"url":"(http:[^"]+)"/.exec(first.output())?.[1] ?? '';
  simulator.setWebhookUrl(new URL('/intercom/webhook', url).href);
  const others: ServeProcess[] = [];
  while (others.length < count - 1) others.push(await start());
  const owned = stack.move();
  return {
    simulator,
    modelServer,
    instances: [first, ...others],
    [Symbol.asyncDispose]: async () => await owned.disposeAsync(),
  };
}

const writeMany = ({ simulator }: Fleet, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => simulator.contactWrites({ html: `<p>Where is order ${index}?</p>` })).map(
    ({ conversationId }) => conversationId,
  );

/** Lets the model answer until every conversation has its note. */
async function finish({ simulator, modelServer }: Fleet, conversationIds: readonly string[]): Promise<void> {
  const areNoted = await until(() => {
    modelServer.release();
    return conversationIds.every((id) => simulator.notes(id).length > 0);
  });
  assert.ok(areNoted, 'some conversations have no note');
}

/** From now on, by this machine's clock, which all instances share. */
async function lastLeaseEndsInMs(database: string): Promise<number> {
  assert.ok('url' in server);
  const last = "select max(lease_ends_at) as at from turns where state = 'working'";
  const [row] = await runSql(server.url.replace(/postgres$/, database), last);
  return Number(row?.['at']) - Date.now();
}

const noteCounts = ({ simulator }: Fleet, ids: readonly string[]): readonly number[] =>
  ids.map((id) => simulator.notes(id).length);

const turnsEnded = (serve: ServeProcess): number => serve.output().split('"msg":"turn ended"').length - 1;

describe('several instances on one PostgreSQL', { skip }, () => {
  test('share what one of them receives, and draft for every message once', async (t) => {
    await using fleet = await startFleet(3, 'fleet_share');
    const ids = writeMany(fleet, 60);
    const isShared = await until(() => fleet.modelServer.chats.length === 3 * concurrency);
    assert.ok(isShared, `${fleet.modelServer.chats.length} drafts are under way, not ${3 * concurrency}`);

    await finish(fleet, ids);
    const isLogged = await until(() => fleet.instances.reduce((sum, each) => sum + turnsEnded(each), 0) === ids.length);

    const shares = fleet.instances.map(turnsEnded);
    t.diagnostic(`turns per instance: ${shares.join(', ')}`);
    assert.ok(isLogged, `${shares.join(' + ')} turns ended`);
    assert.deepEqual(new Set(noteCounts(fleet, ids)), new Set([1]));
    // An even share is 20; the one that receives does that beside its turns.
    assert.ok(Math.min(...shares) >= 6, `unfair: ${shares.join(', ')}`);
  });

  test('go on with the turns of one that is killed, when its last lease ends', async (t) => {
    await using fleet = await startFleet(2, 'fleet_kill');
    const [doomed] = fleet.instances;
    const ids = writeMany(fleet, 6);
    await until(() => fleet.modelServer.chats.length === 2 * concurrency);

    const killedAt = performance.now();
    await doomed.kill();
    const leaseEndsInMs = await lastLeaseEndsInMs('fleet_kill');
    await finish(fleet, ids);

    t.diagnostic(`everything was noted ${((performance.now() - killedAt) / 1000).toFixed(1)} s after the kill`);
    assert.ok(leaseEndsInMs <= 15_000, `the last lease ended ${leaseEndsInMs} ms after the kill`);
    assert.deepEqual(new Set(noteCounts(fleet, ids)), new Set([1]));
  });

  test('take over at once what one that is stopped hands back', async (t) => {
    await using fleet = await startFleet(2, 'fleet_stop');
    const [stopped] = fleet.instances;
    // More than one instance takes, so that both are at work when one of them stops.
    const ids = writeMany(fleet, 6);
    assert.ok(await until(() => fleet.modelServer.chats.length === 2 * concurrency));

    const stoppedAt = performance.now();
    const code = await stopped.stop();
    const exitedAt = performance.now();
    await finish(fleet, ids);

    const seconds = (from: number, to: number): string => ((to - from) / 1000).toFixed(1);
    t.diagnostic(
      `ended after ${seconds(stoppedAt, exitedAt)} s; noted ${seconds(exitedAt, performance.now())} s later`,
    );
    assert.equal(code, 0);
    assert.deepEqual(new Set(noteCounts(fleet, ids)), new Set([1]));
    const handedBack = await runSql(
      'url' in server ? server.url.replace(/postgres$/, 'fleet_stop') : '',
      'select max(faults) as faults from turns',
    );
    assert.deepEqual(handedBack, [{ faults: 0 }]);
  });
});
