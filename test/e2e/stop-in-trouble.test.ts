/** The stop that an operator can count on: real processes, real signals, both databases, also when these do not answer. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import pg from 'pg';
import { type CommandBench, startCommandBench } from '../support/command-bench.ts';
import { answer } from '../support/model-dialects.ts';
import { runSql, startPostgres } from '../support/postgres.ts';
import type { Environment } from '../support/process.ts';

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

/** From here on no statement on turns is answered. */
async function lockTurns(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('begin; lock table turns in access exclusive mode');
  return client;
}

/** What ends it is not the hand-back, after which the exit code is 0. */
async function assertCutShort(serve: Awaited<ReturnType<typeof whileDrafting>>): Promise<void> {
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
    const lock = await lockTurns(url);
    await assertCutShort(serve);
    await lock.end();
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
