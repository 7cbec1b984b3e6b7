import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { databaseContract } from '../../test/contract/database.suite.ts';
import { createClock, type DatabaseHarness, openPlace, startsAt } from '../../test/contract/database/place.ts';
import { notification, waitingTurn, workingTurn } from '../../test/contract/database/rows.ts';
import { type PostgresServer, runSql, startPostgres } from '../../test/support/postgres.ts';
import { contextAt, positionAt } from '../../test/support/turns.ts';
import type { NotificationEvent } from '../domain/notification.ts';
import { settleAttempt } from '../queue/queue.ts';
import { scheduleBatch } from '../turn/schedule.ts';
import { type Database, DatabaseAway } from './database.ts';
import { insertNotifications } from './notifications.ts';
import { openDatabase } from './open.ts';
import { sql } from './sql.ts';
import { getTurn, insertTurn, listTurns } from './turns.ts';
import { openWakeLine, type WakeLine, type WakeReason } from './wake.ts';

const server = await startPostgres();

if ('unavailable' in server) {
  test('PostgreSQL keeps the contract', { skip: server.unavailable }, () => undefined);
} else {
  after(async () => await server[Symbol.asyncDispose]());
  describe('PostgreSQL', () => {
    databaseContract({ freshSource: server.freshSchema });
    trouble(server, { freshSource: server.freshSchema });
    interleavings(server, { freshSource: server.freshSchema });
    wakeLines(server);
  });
}

/** Asks again and again, for ten seconds at most. */
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = AbortSignal.timeout(10_000);
  while (!(await isSo())) {
    assert.ok(!deadline.aborted, `not within ten seconds: ${what}`);
    await new Promise(setImmediate);
  }
}

function trouble({ url, stop, start }: PostgresServer, harness: DatabaseHarness): void {
  describe('a server in trouble', () => {
    test('a server that is stopped is away, and works again by itself once it is back', async () => {
      await using place = await openPlace(harness);
      await insertTurn(place.db, waitingTurn());
      await stop();
      try {
        await assert.rejects(getTurn(place.db, waitingTurn().id), DatabaseAway);
        await assert.rejects(
          place.db.transaction(async (tx) => await insertTurn(tx, waitingTurn())),
          { name: 'DatabaseAway', message: /^PostgreSQL can't work now: .+\.$/ },
        );
      } finally {
        await start();
      }
      assert.deepEqual(await getTurn(place.db, waitingTurn().id), waitingTurn());
    });

    test('a server that stops in the middle of a transaction undoes it, and ends no process', async () => {
      await using place = await openPlace(harness);
      const working = place.db.transaction(async (tx) => {
        await insertTurn(tx, waitingTurn());
        await stop();
        await start();
        await insertTurn(tx, workingTurn());
      });
      await assert.rejects(working, DatabaseAway);
      assert.equal(await getTurn(place.db, waitingTurn().id), undefined);
      await place.db.transaction(async (tx) => await insertTurn(tx, waitingTurn()));
    });

    test('a connection that an operator ends in the middle of a statement is away', async () => {
      await using place = await openPlace(harness);
      const ending = sql`select pg_terminate_backend(pg_backend_pid())`;
      await assert.rejects(place.db.query(ending), DatabaseAway);
      await assert.rejects(
        place.db.transaction(async (tx) => await tx.query(ending)),
        DatabaseAway,
      );
      assert.deepEqual(await place.db.query(sql`select 1 as one`), [{ one: 1 }]);
    });

    const wrongUrls = {
      password: url.replace('postgres:postgres@', 'postgres:wrong-password@'),
      database: url.replace(/postgres$/, 'nowhere'),
    };
    for (const [what, wrongUrl] of Object.entries(wrongUrls)) {
      test(`a ${what} that the server does not take is away until a person sets it right, and no password is printed`, async () => {
        await using db = openDatabase({ kind: 'postgres', url: wrongUrl });
        assert.doesNotMatch(db.description, /password|postgres:/);
        await assert.rejects(db.query(sql`select 1`), (error) => {
          assert.ok(error instanceof DatabaseAway);
          assert.doesNotMatch(error.message, /wrong-password|postgres:/);
          return true;
        });
      });
    }

    test('a statement that is wrong is a defect, and not away', async () => {
      await using place = await openPlace(harness);
      await assert.rejects(
        place.db.query(sql`select nothing from nowhere`),
        (error) => !(error instanceof DatabaseAway),
      );
    });
  });
}

/** The same database, whose transactions wait before they commit. */
const pausing = (db: Database, beforeCommit: () => Promise<void>): Database => ({
  dialect: db.dialect,
  description: db.description,
  query: async (statement) => await db.query(statement),
  transaction: async (work) =>
    await db.transaction(async (tx) => {
      const value = await work(tx);
      await beforeCommit();
      return value;
    }),
  [Symbol.asyncDispose]: async () => await db[Symbol.asyncDispose](),
});

function interleavings({ url }: PostgresServer, harness: DatabaseHarness): void {
  const waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock'";
  const cases: readonly [NotificationEvent['type'], string][] = [
    ['contact-wrote', 'superseded waiting'],
    ['teammate-replied', 'superseded superseded'],
  ];
  for (const [type, states] of cases) {
    test(`${type}: it meets the turn that an overtaken attempt is opening at this moment`, async () => {
      await using place = await openPlace(harness);
      const turn = workingTurn();
      await insertTurn(place.db, turn);
      const event = { type, position: positionAt(200), authorId: undefined };
      await insertNotifications(place.db, [notification('newer', { event })], startsAt);

      const [settled, gate] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
      const slow = pausing(place.open(), async () => {
        settled.resolve(undefined);
        await gate.promise;
      });
      const overtaken = { kind: 'overtaken', by: positionAt(150) } as const;
      const settling = settleAttempt(slow, turn, overtaken, '{}', contextAt(startsAt));
      await settled.promise;
      const scheduling = scheduleBatch(place.db, createClock().context);
      await until('the schedule waits', async () => (await runSql(url, waiting)).length > 0);
      gate.resolve(undefined);
      await Promise.all([settling, scheduling]);

      const turns = await listTurns(place.db, { state: undefined, conversationId: undefined }, 10);
      assert.equal(
        turns
          .map(({ state }) => state)
          .toSorted()
          .join(' '),
        states,
      );
      const next = turns.find(({ id }) => id === 'next');
      assert.equal(next?.upTo.at, type === 'contact-wrote' ? 200 : 150);
    });
  }
}

function wakeLines({ url, stop, start }: PostgresServer): void {
  const lines = async (): Promise<number> =>
    (await runSql(url, "select 1 from pg_stat_activity where application_name = 'sidenote wake'")).length;

  const sendUntil = async (line: WakeLine, heard: Promise<void>, reason: WakeReason = 'work'): Promise<void> => {
    const again = setInterval(() => line.send(reason), 20);
    await heard;
    clearInterval(again);
  };

  describe('wake lines', () => {
    test('what one instance sends, the others hear, also when the server was away at their start', async () => {
      await stop();
      const heard = Promise.withResolvers<void>();
      await using stack = new AsyncDisposableStack();
      const sender = stack.use(openWakeLine(url, () => undefined));
      stack.use(openWakeLine(url, () => heard.resolve()));
      await start();
      await sendUntil(sender, heard.promise);
    });

    test('a line that is closed at once leaves no connection behind', async () => {
      const closed = openWakeLine(url, () => undefined);
      await closed[Symbol.asyncDispose]();
      // Once lines that were opened later work, a connection of the first one would long be there.
      const heard = Promise.withResolvers<void>();
      await using stack = new AsyncDisposableStack();
      const later = stack.use(openWakeLine(url, () => undefined));
      stack.use(openWakeLine(url, () => heard.resolve()));
      await sendUntil(later, heard.promise);
      assert.equal(await lines(), 2);
    });

    test('of many messages sent at once the others hear a few, by reason, and the sender hears none', async () => {
      await using stack = new AsyncDisposableStack();
      const heard: WakeReason[] = [];
      const isReady = Promise.withResolvers<void>();
      let onHeard = (): void => isReady.resolve();
      const sender = stack.use(openWakeLine(url, (reason) => assert.fail(reason)));
      stack.use(
        openWakeLine(url, (reason) => {
          heard.push(reason);
          if (reason === 'work') onHeard();
        }),
      );
      await sendUntil(sender, isReady.promise);
      const before = heard.length;
      const last = Promise.withResolvers<void>();
      const isHeard = Promise.withResolvers<void>();
      onHeard = () => isHeard.resolve();
      stack.use(openWakeLine(url, (reason) => reason === 'superseded' && last.resolve()));
      for (let count = 0; count < 1000; count += 1) sender.send('work');
      await isHeard.promise; // it may follow what was sent before, up to 20 ms later
      await sendUntil(sender, last.promise, 'superseded');
      const works = heard.slice(before).filter((reason) => reason === 'work').length;
      assert.ok(works > 0 && works < 10, `${works} of 1000 were heard`);
    });
  });
}
