/** What a statement touches on PostgreSQL, counted by the server itself, with a history behind it. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { z } from 'zod';
import { hotPaths } from '../../test/contract/database/hot-paths.ts';
import { openPlace, startsAt } from '../../test/contract/database/place.ts';
import { runSql, startPostgres } from '../../test/support/postgres.ts';
import { workspaceId } from '../../test/support/turns.ts';
import { type Database, type Queryable, queryRows } from './database.ts';
import { migrate, readMigrations } from './migrate.ts';
import { openDatabase } from './open.ts';
import { type Sql, sql } from './sql.ts';

const server = await startPostgres();
const skip = 'unavailable' in server ? server.unavailable : false;
if ('url' in server) after(async () => await server[Symbol.asyncDispose]());
const place = async () => await openPlace({ freshSource: async () => await freshSource() });
async function freshSource() {
  assert.ok('url' in server);
  return await server.freshSchema();
}

const historyRows = 20_000;

/** Ended turns with a notification, a post and a trace each; nothing tells the planner of them. */
async function fill(db: Database): Promise<void> {
  for (const table of ['notifications', 'turns', 'posts', 'traces']) {
    await db.query({ texts: [`alter table ${table} set (autovacuum_enabled = false)`], values: [] });
  }
  const at = sql`cast(${startsAt} as bigint) - i`;
  const seconds = sql`cast(${startsAt / 1000} as bigint) - i`;
  const rows = sql`generate_series(1, cast(${historyRows} as integer)) as i`;
  await db.query(sql`
    insert into notifications select 'n' || i, ${workspaceId}, 'c' || i, 'conversation.user.created', 'contact-wrote',
      'p' || i, 'a', ${seconds}, ${at}, ${at} from ${rows}`);
  await db.query(sql`
    insert into turns select 'h' || i, ${workspaceId}, 'c' || i, 'delivered', ${at}, 'p' || i, ${seconds}, 1, 0,
      null, null, null, ${at}, 'q' || i, null from ${rows}`);
  await db.query(sql`
    insert into posts select 'h' || i, ${workspaceId}, 'c' || i, 'note', 'a', 'x', 'p' || i, 1, 1, 'q' || i, 1 from ${rows}`);
  await db.query(sql`insert into traces select 'h' || i, 1, 1, '{}' from ${rows}`);
}

/** Takes every turn of the history through its states once more, as if all of them had been worked on. */
async function churn(db: Database): Promise<void> {
  await db.query(sql`update turns set state = 'waiting', due_at = opened_at, ended_at = null, part_id = null`);
  await db.query(sql`update turns set state = 'working', due_at = null, lease_owner = 'x', lease_ends_at = opened_at`);
  await db.query(sql`
    update turns set state = 'delivered', lease_owner = null, lease_ends_at = null, ended_at = opened_at, part_id = 'q'`);
}

const Analyzed = z.object({
  'QUERY PLAN': z.tuple([
    z.object({ Plan: z.object({ 'Shared Hit Blocks': z.number(), 'Shared Read Blocks': z.number() }) }),
  ]),
});

type Cost = { readonly text: string; readonly pages: number };

/** Does what is asked, and beside it has the server count the pages of each statement. */
function counting(db: Database): { readonly counted: Database; readonly costs: readonly Cost[] } {
  const costs: Cost[] = [];
  const count = async (tx: Queryable, { texts: [start = '', ...rest], values }: Sql): Promise<void> => {
    if (!/^\s*(?:select|insert|update|delete)\b/i.test(start) || start.includes('pg_advisory')) return;
    await tx.query(sql`savepoint counted`);
    const analyzed = { texts: [`explain (analyze, buffers, format json) ${start}`, ...rest], values };
    const [row] = await queryRows(tx, Analyzed, analyzed);
    await tx.query(sql`rollback to savepoint counted`);
    const plan = row?.['QUERY PLAN'][0].Plan;
    costs.push({
      text: [start, ...rest].join('?'),
      pages: (plan?.['Shared Hit Blocks'] ?? 0) + (plan?.['Shared Read Blocks'] ?? 0),
    });
  };
  const over = (tx: Queryable): Queryable => ({
    dialect: tx.dialect,
    query: async (statement) => {
      await count(tx, statement);
      return await tx.query(statement);
    },
  });
  const counted: Database = {
    dialect: db.dialect,
    description: db.description,
    query: async (statement) => await db.transaction(async (tx) => await over(tx).query(statement)),
    transaction: async (work, durability, onCommitted) =>
      await db.transaction(async (tx) => await work(over(tx)), durability, onCommitted),
    [Symbol.asyncDispose]: async () => await db[Symbol.asyncDispose](),
  };
  return { counted, costs };
}

/** Some index levels and the pages of the rows themselves; to read one index of the history whole takes 60 and more. */
const pagesMax = 40;

const settings = sql`select reloptions from pg_class where relname = 'turns' and relnamespace = current_schema()::regnamespace`;

describe('with a history, a statement touches no more pages than it would without', { skip }, () => {
  const moments: Readonly<Record<string, (db: Database) => Promise<unknown>>> = {
    'right after the rows came, when the planner knows nothing of them': fill,
    'when all of them were worked on, after the clean-up that comes by itself': async (db) => {
      await fill(db);
      await churn(db);
      await db.query(sql`vacuum analyze turns`);
    },
  };
  for (const [moment, prepare] of Object.entries(moments)) {
    test(moment, async () => {
      await using at = await place();
      await prepare(at.db);
      for (const [what, ask] of Object.entries(hotPaths)) {
        const { counted, costs } = counting(at.db);
        await ask(counted);
        assert.ok(costs.length > 0);
        const dear = costs.filter(({ pages }) => pages > pagesMax);
        assert.deepEqual(dear, [], what);
        await at.db.query(sql`delete from turns where id not like 'h%'`);
        await at.db.query(sql`delete from notifications where received_at >= ${startsAt}`);
      }
    });
  }

  test('and one that touches them all is seen', async () => {
    await using at = await place();
    await fill(at.db);
    const { counted, costs } = counting(at.db);
    await counted.query(sql`select * from turns where reason = ${'x'}`);
    assert.ok((costs[0]?.pages ?? 0) > pagesMax);
  });
});

describe('the clean-up of turns', { skip }, () => {
  test('comes by their number, and takes the indexes along', async () => {
    await using at = await place();
    const [row] = await at.db.query(settings);
    assert.match(
      String(row?.['reloptions']),
      /vacuum_scale_factor=0,autovacuum_vacuum_threshold=3000,.*vacuum_index_cleanup=on/,
    );
  });

  test('stays as an operator has set it', async () => {
    await using at = await place();
    await at.db.query(sql`alter table turns reset (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold,
      autovacuum_analyze_scale_factor, autovacuum_analyze_threshold, vacuum_index_cleanup)`);
    await at.db.query(sql`alter table turns set (autovacuum_vacuum_threshold = 77)`);
    await migrate(at.db, readMigrations(), startsAt);
    const [row] = await at.db.query(settings);
    assert.deepEqual(row?.['reloptions'], ['autovacuum_vacuum_threshold=77']);
  });

  test('comes in a schema of any name, such as that of a login', async () => {
    assert.ok('url' in server);
    await runSql(server.url, 'create schema "Side-note"');
    await using db = openDatabase({ kind: 'postgres', url: server.url, schema: '"Side-note"' });
    await migrate(db, readMigrations(), startsAt);
    const [row] = await db.query(sql`select reloptions from pg_class where oid = 'turns'::regclass`);
    assert.match(String(row?.['reloptions']), /vacuum_index_cleanup=on/);
  });

  test('is left to the owner, where the login may not change the table itself', async () => {
    assert.ok('url' in server);
    await using at = await place();
    assert.ok(at.source.kind === 'postgres');
    const { schema } = at.source;
    await at.db.query(sql`alter table turns reset (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold,
      autovacuum_analyze_scale_factor, autovacuum_analyze_threshold, vacuum_index_cleanup)`);
    await runSql(
      server.url,
      `create role keeper; create role guest login noinherit password 'guest' in role keeper; alter table ${schema}.turns owner to keeper;
       grant all on schema ${schema} to guest, keeper; grant all on all tables in schema ${schema} to guest`,
    );
    const url = new URL(server.url);
    url.username = 'guest';
    url.password = 'guest';
    await using db = openDatabase({ ...at.source, url: url.href });
    assert.deepEqual(await migrate(db, readMigrations(), startsAt), []);
    const [row] = await at.db.query(settings);
    assert.equal(row?.['reloptions'], null);
  });
});
