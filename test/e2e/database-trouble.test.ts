import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import { sql } from '../../src/store/sql.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { answer, type Reply } from '../support/model-dialects.ts';
import { type PostgresServer, runSql, startPostgres } from '../support/postgres.ts';
import { notification, postWebhook } from '../support/webhook.ts';

const held: Reply = { ...answer('It is on its way.'), beforeHeaders: 'wait' };

const ask = (t: TestApp): string => t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' }).conversationId;

/** Posts until the answer is `status`: the pool of connections may have to learn first that the server is back. */
async function postUntil(t: TestApp, status: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const id = `notif_try_${tries}_${status}`;
    if ((await postWebhook(t, JSON.stringify(notification(id)))).status === status) return;
  }
  assert.fail(`never ${status}`);
}

const ready = async (t: TestApp): Promise<number> => (await fetch(new URL('/readyz', t.url))).status;

/** The turn's attempt is at the model; `meanwhile` happens, and then the model answers. */
async function whileDrafting(t: TestApp, meanwhile: () => Promise<void>): Promise<string> {
  t.modelServer.enqueue(held);
  const conversationId = ask(t);
  await t.begin();
  await (
    await t.modelServer.chat(1)
  ).held;
  await meanwhile();
  t.modelServer.release();
  return conversationId;
}

async function noted(t: TestApp, conversationId: string): Promise<void> {
  await t.app.worker.idle();
  t.advance(60_000);
  await t.finish();
  assert.equal(t.simulator.notes(conversationId).length, 1);
  assert.equal(await t.outcome(conversationId), 'delivered');
}

const server = await startPostgres();
if ('unavailable' in server) {
  test('PostgreSQL in trouble', { skip: server.unavailable }, () => undefined);
} else {
  after(async () => await server[Symbol.asyncDispose]());
  postgresInTrouble(server);
}

function postgresInTrouble({ url, stop, start, freshSchema }: PostgresServer): void {
  const startOnPostgres = async (): Promise<TestApp> => {
    const source = await freshSchema();
    const schema = source.kind === 'postgres' ? (source.schema ?? '') : '';
    const options = encodeURIComponent(`-c search_path=${schema}`);
    return await startTestApp({ environment: { DATABASE_URL: `${url}?options=${options}` } });
  };
  const cutConnections = async (): Promise<void> => {
    await runSql(url, 'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()');
  };

  describe('PostgreSQL in trouble', () => {
    test('while the server is stopped a webhook is answered 503, and afterwards 200 without a restart', async () => {
      await using t = await startOnPostgres();
      await stop();
      const whileAway = [(await postWebhook(t, JSON.stringify(notification('notif_1')))).status, await ready(t)];
      await start();
      await postUntil(t, 200);

      assert.deepEqual(whileAway, [503, 503]);
      assert.equal(await ready(t), 200);
      assert.match(t.log(), /"reason":"PostgreSQL can't work now: [^"]+","msg":"the database is away"/);
    });

    test('a restart in the middle of a draft costs no note and doubles none', async () => {
      await using t = await startOnPostgres();
      const conversationId = await whileDrafting(t, async () => {
        await stop();
        await start();
      });
      await noted(t, conversationId);
    });

    test('connections that are cut in the middle of a draft cost no note and double none', async () => {
      await using t = await startOnPostgres();
      const conversationId = await whileDrafting(t, cutConnections);
      await noted(t, conversationId);
    });

    test('a disk that is full is answered 503, and 200 when there is room', async () => {
      await using t = await startOnPostgres();
      // What the server says with no room left; a full disk of its own would take a file system for the test.
      await t.app.db.query({
        texts: [
          `create function full_disk() returns trigger language plpgsql as $$ begin
             raise exception 'could not extend file: No space left on device' using errcode = 'disk_full';
           end $$`,
        ],
        values: [],
      });
      await t.app.db.query(
        sql`create trigger full_disk before insert on notifications for each row execute function full_disk()`,
      );
      const whileFull = (await postWebhook(t, JSON.stringify(notification('notif_1')))).status;
      await t.app.db.query(sql`drop trigger full_disk on notifications`);

      assert.equal(whileFull, 503);
      assert.equal((await postWebhook(t, JSON.stringify(notification('notif_1')))).status, 200);
    });
  });
}

describe('SQLite in trouble', () => {
  /** Holds the write lock from a connection of its own. */
  const lock = async (t: TestApp): Promise<Disposable> => {
    await t.app.db.query(sql`pragma busy_timeout = 0`); // as if it were held for longer than Sidenote waits
    const other = new DatabaseSync(t.databasePath);
    other.exec('begin immediate');
    return { [Symbol.dispose]: () => other.close() };
  };

  test('a file that a writer holds while the note is posted costs no note and doubles none', async () => {
    await using t = await startTestApp();
    let locked: Disposable | undefined;
    t.simulator.faults.beforeEffect({ method: 'POST', path: '/reply$' }, async () => (locked = await lock(t)));
    const conversationId = ask(t);
    await t.begin();
    await logged(t, 'the database is away');
    locked?.[Symbol.dispose]();
    await noted(t, conversationId);
  });

  test('a reader, as a backup is one, keeps nobody waiting', async () => {
    await using t = await startTestApp();
    const reader = new DatabaseSync(t.databasePath, { readOnly: true });
    reader.exec('begin');
    reader.prepare('select count(*) from notifications').get();
    const conversationId = ask(t);
    await t.finish();
    reader.close();

    assert.equal(t.simulator.notes(conversationId).length, 1);
    assert.doesNotMatch(t.log(), /the database is away/);
  });

  test('a disk that is full when the draft is to be posted posts nothing, and once when there is room', async () => {
    await using t = await startTestApp();
    const conversationId = await whileDrafting(t, async () => {
      const [size] = await t.app.db.query(sql`pragma page_count`);
      await t.app.db.query({ texts: [`pragma max_page_count = ${Number(size?.['page_count'])}`], values: [] });
      await fillUp(t);
    });
    await logged(t, 'the database is away');
    const whileFull = t.simulator.notes(conversationId).length;
    await t.app.db.query(sql`pragma max_page_count = 100000`);
    await noted(t, conversationId);

    assert.equal(whileFull, 0);
  });
});

/** Stores webhooks until there is no room for another one. */
async function fillUp(t: TestApp): Promise<void> {
  for (let count = 0; count < 1000; count += 1) {
    const body = notification(`notif_${count}_${'x'.repeat(100)}`, { topic: 'conversation.admin.closed' });
    if ((await postWebhook(t, JSON.stringify(body))).status === 503) return;
  }
  assert.fail('the disk does not become full');
}

/** Resolves when the log says so. */
async function logged(t: TestApp, message: string): Promise<void> {
  while (!t.log().includes(message)) await new Promise(setImmediate);
}
