/** The stop that an operator can count on: real processes, real signals, both databases, also when these do not answer. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import pg from 'pg';
import { parseWorkspaceId } from '../../src/domain/ids.ts';
import { migrate, readMigrations } from '../../src/store/migrate.ts';
import { openDatabase } from '../../src/store/open.ts';
import { openRange } from '../../src/store/sweeps.ts';
import { type CommandBench, startCommandBench } from '../support/command-bench.ts';
import { answerJson, startLoopback } from '../support/loopback.ts';
import { answer, modelList } from '../support/model-dialects.ts';
import { runSql, startPostgres } from '../support/postgres.ts';
import type { Environment, RunningCommand } from '../support/process.ts';

const server = await startPostgres();
if ('url' in server) after(async () => await server[Symbol.asyncDispose]());
const skip = 'unavailable' in server ? server.unavailable : false;

async function freshDatabase(name: string): Promise<string> {
  assert.ok('url' in server);
  await runSql(server.url, `create database ${name}`);
  return server.url.replace(/postgres$/, name);
}

/** Sidenote, with a draft that the model holds back. */
async function whileDrafting(bench: CommandBench, changes: Environment) {
  bench.modelServer.enqueue({ steps: ['wait', ...answer('It comes tomorrow.').steps] });
  const serve = await bench.serve(changes);
  bench.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
  const call = await bench.modelServer.chat(1);
  await call.held;
  return serve;
}

/** From here on no statement on this table is answered. */
async function lockTable(url: string, table: 'turns' | 'migrations'): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`begin; lock table ${table} in access exclusive mode`);
  return client;
}

/** Resolves when a statement waits for a lock. */
async function untilWaiting(url: string): Promise<void> {
  const waiting = 'select 1 from pg_locks join pg_database on database = pg_database.oid where not granted';
  while ((await runSql(url, `${waiting} and datname = current_database()`)).length === 0);
}

/** From here on the server refuses this database; each connection to it is broken. */
async function closeDatabase(url: string): Promise<void> {
  assert.ok('url' in server);
  const name = new URL(url).pathname.slice(1);
  await runSql(server.url, `alter database ${name} allow_connections false`);
  await runSql(server.url, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
}

/** What ends it is not the hand-back, after which the exit code is 0. */
async function assertCutShort(serve: RunningCommand): Promise<void> {
  serve.kill('SIGTERM');
  // The last line may be read after the end is told.
  await serve.printed(/"msg":"stopped before all work was handed back: it is taken up again/);
  assert.equal(await serve.exited, null);
}

describe('SIGTERM ends Sidenote in time although what it has can’t be handed back', { concurrency: true }, () => {
  test('while another program holds the SQLite file', async () => {
    await using bench = await startCommandBench();
    const serve = await whileDrafting(bench, {});
    using holder = new DatabaseSync(join(bench.folder, 'data/sidenote.sqlite'));
    holder.exec('begin immediate');
    await assertCutShort(serve);
  });

  test('while PostgreSQL does not answer', { skip }, async () => {
    await using bench = await startCommandBench();
    const url = await freshDatabase('hanging');
    const serve = await whileDrafting(bench, { DATABASE_URL: url });
    const lock = await lockTable(url, 'turns');
    await assertCutShort(serve);
    await lock.end();
  });

  test('while it waits for PostgreSQL at its start', { skip }, async () => {
    await using bench = await startCommandBench();
    const url = await freshDatabase('starting');
    await using db = openDatabase({ kind: 'postgres', url });
    await migrate(db, readMigrations(), 0);
    const lock = await lockTable(url, 'migrations');
    const serve = bench.start(['serve'], { DATABASE_URL: url });
    await untilWaiting(url);
    await assertCutShort(serve);
    await lock.end();
  });

  test('while PostgreSQL is away', { skip }, async () => {
    await using bench = await startCommandBench();
    const url = await freshDatabase('away');
    const serve = await whileDrafting(bench, { DATABASE_URL: url });
    await closeDatabase(url);
    await assertCutShort(serve);
  });

  test('and with the second signal at once, on PostgreSQL as well', { skip }, async () => {
    await using bench = await startCommandBench();
    const serve = await whileDrafting(bench, { DATABASE_URL: await freshDatabase('twice') });
    serve.kill('SIGTERM');
    await serve.printed(/stopping/);
    serve.kill('SIGINT');
    assert.equal(await serve.exited, null);
    assert.doesNotMatch(serve.output(), /turn ended|handed back: it is/);
  });
});

type Serve = Awaited<ReturnType<typeof whileDrafting>>;
type Trouble = (bench: CommandBench, stack: AsyncDisposableStack) => Promise<Serve>;

const withSources = `knowledge: { sources: [{ type: help-center }] }
`;

/** Resolves when the call hangs. */
async function serveUntilHanging(bench: CommandBench, call: { method: string; path: string }): Promise<Serve> {
  const fault = bench.simulator.faults.add({ ...call, times: Infinity, effect: { kind: 'hang' } });
  const serve = await bench.serve();
  bench.simulator.contactWrites({ html: '<p>Where is my parcel?</p>', notify: call.path.includes('reply') });
  await fault.reached;
  return serve;
}

/** A server for embeddings that takes the question and never answers. */
async function serveUntilEmbedding(bench: CommandBench, stack: AsyncDisposableStack): Promise<Serve> {
  const asked = Promise.withResolvers<undefined>();
  const answerModels = (response: ServerResponse, { path }: { readonly path: string }): void => {
    if (path.endsWith('/models')) answerJson(response, modelList('vllm', ['an-embedder']));
    if (path.endsWith('/embeddings')) asked.resolve(undefined);
  };
  const embedder = stack.use(await startLoopback(answerModels));
  const models = [
    { url: bench.modelServer.url.href, model: 'test-model', roles: ['draft', 'decide'] },
    { url: embedder.url.href, model: 'an-embedder', roles: ['embed'] },
  ];
  await writeFile(join(bench.folder, 'sidenote.yaml'), `${withSources}models: ${JSON.stringify(models)}\n`);
  const serve = await bench.serve();
  await asked.promise;
  return serve;
}

const troubles: Readonly<Record<string, Trouble>> = {
  'a call to Intercom that hangs': async (bench) => await serveUntilHanging(bench, { method: 'POST', path: '/reply$' }),
  'a sweep that hangs': async (bench) => {
    await using db = openDatabase({ kind: 'sqlite', path: join(bench.folder, 'data/sidenote.sqlite') });
    await migrate(db, readMigrations(), Date.now());
    const anHourAgo = Math.floor(Date.now() / 1000) - 3600;
    await openRange(db, parseWorkspaceId(bench.simulator.appId), { previous: undefined, next: anHourAgo }, undefined);
    return await serveUntilHanging(bench, { method: 'POST', path: '/conversations/search$' });
  },
  'a source whose reading hangs': async (bench) => {
    await writeFile(join(bench.folder, 'sidenote.yaml'), withSources);
    return await serveUntilHanging(bench, { method: 'GET', path: '^/articles' });
  },
  'an embedding that hangs': serveUntilEmbedding,
  'a webhook whose body never ends': async (bench, stack) => {
    const serve = await bench.serve();
    const { hostname, port } = new URL(serve.url);
    const socket = connect(Number(port), hostname).on('error', () => undefined);
    stack.defer(() => void socket.destroy());
    socket.write('POST /intercom/webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n{');
    await once(socket, 'data'); // it reads the body now
    return serve;
  },
};

describe('SIGTERM hands back and ends Sidenote by itself, before it is cut short', { concurrency: true }, () => {
  for (const [what, begin] of Object.entries(troubles)) {
    test(`with ${what}`, async () => {
      await using stack = new AsyncDisposableStack();
      const bench = stack.use(await startCommandBench());
      const serve = await begin(bench, stack);
      serve.kill('SIGTERM');
      assert.equal(await serve.exited, 0, serve.output());
      assert.doesNotMatch(serve.output(), /stopped before|"level":50/);
      const turns = await bench.run(['turns']);
      assert.doesNotMatch(turns.output, / working /);
    });
  }

  test('and at once with a second signal, whatever hangs', async () => {
    await using bench = await startCommandBench();
    const serve = await serveUntilHanging(bench, { method: 'POST', path: '/reply$' });
    serve.kill('SIGTERM');
    await serve.printed(/stopping/);
    serve.kill('SIGTERM');
    assert.equal(await serve.exited, null);
    assert.doesNotMatch(serve.output(), /stopped before/);
  });
});
