import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { type Database, type Queryable, queryRows } from '../../../src/store/database.ts';
import { type Sql, sql } from '../../../src/store/sql.ts';
import { hotPaths } from './hot-paths.ts';
import { type DatabaseHarness, openPlace } from './place.ts';

/** Keeps what is asked of a database. */
function listen(db: Database): { readonly watched: Database; readonly asked: readonly Sql[] } {
  const asked: Sql[] = [];
  const over = (inner: Queryable): Queryable => ({
    dialect: inner.dialect,
    query: async (statement) => {
      asked.push(statement);
      return await inner.query(statement);
    },
  });
  const watched: Database = {
    ...over(db),
    description: db.description,
    transaction: async (work, durability, onCommitted) =>
      await db.transaction(async (tx) => await work(over(tx)), durability, onCommitted),
    [Symbol.asyncDispose]: async () => await db[Symbol.asyncDispose](),
  };
  return { watched, asked };
}

/** These hold live rows and what has no effect yet, never the history: to read all of one is no scan. */
const liveIndexes = 'turns_live|turns_due|turns_leased|turns_waiting_opened|notifications_unscheduled';
const growing = 'turns|notifications|posts|traces';

const StepRow = z.object({ detail: z.string() });

async function sqliteScans(db: Database, statement: Sql): Promise<readonly string[]> {
  const steps = await queryRows(db, StepRow, sql`explain query plan ${statement}`);
  const scan = new RegExp(`^SCAN (?:${growing})\\b(?!.* INDEX (?:${liveIndexes})\\b)`);
  return steps.map(({ detail }) => detail).filter((detail) => scan.test(detail));
}

const Plan = z.object({
  'Node Type': z.string(),
  'Relation Name': z.string().optional(),
  'Index Name': z.string().optional(),
  'Index Cond': z.string().optional(),
  get Plans() {
    return z.array(Plan).optional();
  },
});
type Plan = z.infer<typeof Plan>;
const PlanRow = z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan })]) });

const nodesOf = (plan: Plan): readonly Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

async function postgresScans(db: Database, statement: Sql): Promise<readonly string[]> {
  const rows = await db.transaction(async (tx) => {
    // Small tables are read whole by choice; what is left now is read whole for want of an index.
    for (const choice of [
      sql`set local enable_seqscan = off`,
      sql`set local enable_hashjoin = off`,
      sql`set local enable_mergejoin = off`,
    ])
      await tx.query(choice);
    return await queryRows(tx, PlanRow, sql`explain (format json) ${statement}`);
  });
  const nodes = rows.flatMap((row) => nodesOf(row['QUERY PLAN'][0].Plan));
  const isLive = new RegExp(`^(?:${liveIndexes})$`);
  const isGrowing = new RegExp(`^(?:${growing})(?:_|$)`);
  const scans = nodes.filter((node) => {
    const place = node['Index Name'] ?? node['Relation Name'] ?? '';
    if (node['Node Type'] === 'Seq Scan') return isGrowing.test(place);
    if (node['Index Name'] === undefined) return false;
    return node['Index Cond'] === undefined && isGrowing.test(place) && !isLive.test(place);
  });
  return scans.map((node) => JSON.stringify(node));
}

const isPlanned = ({ texts: [start = ''] }: Sql): boolean => /^\s*(?:select|insert|update|delete)\b/i.test(start);

export function plans(harness: DatabaseHarness): void {
  describe('the cost of a statement does not grow with the history', () => {
    for (const [what, ask] of Object.entries(hotPaths)) {
      test(`${what}: no table is read from end to end`, async () => {
        await using place = await openPlace(harness);
        const { watched, asked } = listen(place.db);
        await ask(watched);
        const statements = asked.filter(isPlanned);
        assert.ok(statements.length > 0);
        const scansOf = place.db.dialect === 'sqlite' ? sqliteScans : postgresScans;
        for (const statement of statements) {
          assert.deepEqual(await scansOf(place.db, statement), [], statement.texts.join('?'));
        }
      });
    }

    test('a table that is read from end to end is seen', async () => {
      await using place = await openPlace(harness);
      const scansOf = place.db.dialect === 'sqlite' ? sqliteScans : postgresScans;
      assert.equal((await scansOf(place.db, sql`select * from turns where reason = ${'x'}`)).length, 1);
    });
  });
}
