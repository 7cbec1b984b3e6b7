import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Database } from '../../../src/store/database.ts';
import { openDatabase } from '../../../src/store/open.ts';
import { sql } from '../../../src/store/sql.ts';
import { getTurn, insertTurn } from '../../../src/store/turns.ts';
import { inThreads } from '../../support/database-thread.ts';
import { type DatabaseHarness, openPlace } from './place.ts';
import { apart, waitingTurn } from './rows.ts';

const turnNumber = (number: number) => waitingTurn({ ...apart(number) });

async function stored(db: Database): Promise<string> {
  const rows = await db.query(sql`select id from turns order by id`);
  return rows.map((row) => String(row['id'])).join(' ');
}

export function transactions(harness: DatabaseHarness): void {
  describe('transactions', () => {
    test('a transaction gives what its work gives, and all of its writes stay', async () => {
      await using place = await openPlace(harness);
      const value = await place.db.transaction(async (tx) => {
        await insertTurn(tx, turnNumber(1));
        await insertTurn(tx, turnNumber(2));
        return (await getTurn(tx, turnNumber(1).id))?.state;
      });
      assert.equal(value, 'waiting');
      assert.equal(await stored(place.open()), 'turn-1 turn-2');
    });

    test('work that throws leaves nothing, gets its own error back, and the next transaction works', async () => {
      await using place = await openPlace(harness);
      const thrown = new Error('killed here');
      const failing = place.db.transaction(async (tx) => {
        await insertTurn(tx, turnNumber(1));
        throw thrown;
      });
      await assert.rejects(failing, (error) => error === thrown);
      assert.equal(await stored(place.db), '');
      await place.db.transaction(async (tx) => await insertTurn(tx, turnNumber(2)));
      assert.equal(await stored(place.db), 'turn-2');
    });

    test('whoever waits for a commit only to be seen hears of it once, with its value, and of no other', async () => {
      await using place = await openPlace(harness);
      const heard: string[] = [];
      const store = async (number: number): Promise<string> =>
        await place.db.transaction(
          async (tx) => {
            await insertTurn(tx, turnNumber(number));
            return `stored ${number}`;
          },
          'flushed',
          (value) => void heard.push(value),
        );
      await store(1);
      await assert.rejects(store(1), /unique/i);
      assert.deepEqual(heard, ['stored 1']);
    });

    test('a statement that fails takes the whole transaction with it', async () => {
      await using place = await openPlace(harness);
      await insertTurn(place.db, turnNumber(1));
      const failing = place.db.transaction(async (tx) => {
        await insertTurn(tx, turnNumber(2));
        await insertTurn(tx, turnNumber(1));
      });
      await assert.rejects(failing, /unique/i);
      assert.equal(await stored(place.db), 'turn-1');
    });

    test('nobody sees a transaction’s writes before its end, and a statement beside it is not part of it', async () => {
      await using place = await openPlace(harness);
      const other = place.open();
      const [begun, gate] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
      const failing = place.db.transaction(async (tx) => {
        await insertTurn(tx, turnNumber(1));
        begun.resolve(undefined);
        await gate.promise;
        throw new Error('killed here');
      });
      await begun.promise;
      const beside = insertTurn(place.db, turnNumber(2));
      assert.doesNotMatch(await stored(other), /turn-1/);
      gate.resolve(undefined);
      await assert.rejects(failing, /killed here/);
      await beside;
      assert.equal(await stored(place.db), 'turn-2');
    });

    test('transactions begun at once each see the work of those before them', async () => {
      await using place = await openPlace(harness);
      await insertTurn(place.db, turnNumber(1));
      const add = async (): Promise<void> =>
        await place.db.transaction(async (tx) => {
          const wait = tx.dialect === 'postgres' ? sql`for update` : sql``;
          const [row] = await tx.query(sql`select faults from turns where id = 'turn-1' ${wait}`);
          await Promise.resolve();
          await tx.query(sql`update turns set faults = ${Number(row?.['faults']) + 1} where id = 'turn-1'`);
        });
      await Promise.all(Array.from({ length: 25 }, add));
      assert.equal((await getTurn(place.db, turnNumber(1).id))?.faults, 25);
    });

    test('instances that write at once lose none of it', async () => {
      await using place = await openPlace(harness);
      await insertTurn(place.db, turnNumber(1));
      const task = { kind: 'count', turnId: 'turn-1', times: 100 } as const;
      await inThreads(place.source, [task, task, task]);
      assert.equal((await getTurn(place.db, turnNumber(1).id))?.faults, 300);
    });

    test('closing waits for what is under way', async () => {
      await using place = await openPlace(harness);
      const closing = openDatabase(place.source);
      const working = closing.transaction(async (tx) => {
        await insertTurn(tx, turnNumber(1));
        await Promise.resolve();
        await insertTurn(tx, turnNumber(2));
      });
      await Promise.all([working, closing[Symbol.asyncDispose]()]);
      assert.equal(await stored(place.db), 'turn-1 turn-2');
    });
  });
}
