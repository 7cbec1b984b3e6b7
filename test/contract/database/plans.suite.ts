import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { parseNotificationId, parsePartId } from '../../../src/domain/ids.ts';
import { forgetOld } from '../../../src/housekeeping.ts';
import { claimTurns, extendReach, nextWorkAt, settleAttempt } from '../../../src/queue/queue.ts';
import { selectClaimable } from '../../../src/store/claimable.ts';
import { type Database, type Queryable, queryRows } from '../../../src/store/database.ts';
import {
  claimUnscheduled,
  hasUnscheduled,
  insertNotifications,
  markScheduled,
} from '../../../src/store/notifications.ts';
import { isOwnComment, listPosts, recordIntent, recordPosted } from '../../../src/store/posts.ts';
import { type Sql, sql } from '../../../src/store/sql.ts';
import {
  countLiveTurns,
  extendLeases,
  insertTurn,
  isPartCovered,
  lockNewestTurn,
  newestReaches,
} from '../../../src/store/turns.ts';
import { conversationId, positionAt, retry, suspectFaults, workspaceId } from '../../support/turns.ts';
import { createClock, type DatabaseHarness, openPlace, startsAt } from './place.ts';
import { apart, notification, waitingTurn, workingTurn } from './rows.ts';

/** What a webhook, a turn, a heartbeat, a look at `/readyz` and the hourly housekeeping ask of the database. */
const hotPaths: Readonly<Record<string, (db: Database) => Promise<unknown>>> = {
  'a webhook is stored and given its effect': async (db) => {
    await insertNotifications(db, [notification('plan')], startsAt);
    await hasUnscheduled(db);
    await claimUnscheduled(db, 10);
    await markScheduled(db, [parseNotificationId('plan')], startsAt);
    await lockNewestTurn(db, workspaceId, conversationId);
  },
  'turns are claimed': async (db) => {
    await insertTurn(db, waitingTurn({ ...apart(1), dueAt: startsAt }));
    await insertTurn(db, workingTurn({ ...apart(2), faults: suspectFaults, lease: { owner: 'o', endsAt: startsAt } }));
    const room = { limit: 4, isIdle: false, prefersSuspect: false };
    await claimTurns(db, 'owner-1', room, createClock().context);
    const search = { now: startsAt, faultsBeforeSuspect: retry.faultsBeforeSuspect, limit: 4 };
    await selectClaimable(db, { newestFrom: startsAt, hasAbandoned: true }, search);
    await nextWorkAt(db);
  },
  'an attempt posts and ends': async (db) => {
    const turn = workingTurn();
    await insertTurn(db, turn);
    await isPartCovered(db, turn);
    await extendReach(db, turn, positionAt(101), createClock().context());
    await listPosts(db, workspaceId, conversationId);
    await recordIntent(db, turn, { kind: 'note', authorId: 'assistant', body: '<p>Hello</p>' }, startsAt);
    await recordPosted(db, turn.id, parsePartId('201'), startsAt);
    await settleAttempt(db, turn, { kind: 'withheld', reason: 'done' }, '{}', createClock().context());
    await isOwnComment(db, workspaceId, conversationId, { partId: parsePartId('201'), authorId: 'assistant' });
  },
  'leases are extended': async (db) => await extendLeases(db, 'owner-1', [apart(1).id, apart(2).id], startsAt),
  'the sweep looks for what is known': async (db) => await newestReaches(db, workspaceId, [conversationId]),
  'what is live is counted': async (db) => await countLiveTurns(db),
  'what is old is forgotten': async (db) => await forgetOld(db, 30, startsAt),
};

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
