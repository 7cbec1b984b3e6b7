import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Database, queryRows } from '../../../src/store/database.ts';
import {
  migrate,
  type Migration,
  pendingMigrations,
  readMigrations,
  SchemaMismatch,
} from '../../../src/store/migrate.ts';
import { sql } from '../../../src/store/sql.ts';
import { insertTurn } from '../../../src/store/turns.ts';
import { z } from 'zod';
import { inThreads } from '../../support/database-thread.ts';
import { type DatabaseHarness, openPlace, readAll, startsAt } from './place.ts';
import { waitingTurn } from './rows.ts';

const ours = readMigrations();
const names = ours.map(({ name }) => name);
const first: Migration = { name: '0001_first.sql', text: 'create table first (id text primary key);' };
const second: Migration = {
  name: '0002_second.sql',
  text: '-- Two statements; one comment.\ncreate table second (id text);\ninsert into first (id) values (1);\n',
};
const broken: Migration = {
  name: '0003_broken.sql',
  text: 'create table third (id text);\ninsert into nowhere values (1);',
};

const tables = async (db: Database): Promise<readonly string[]> =>
  (
    await queryRows(
      db,
      z.object({ name: z.string() }),
      db.dialect === 'sqlite'
        ? sql`select name from sqlite_master where type = 'table' order by name`
        : sql`select tablename as name from pg_tables where schemaname = current_schema() order by tablename`,
    )
  ).map(({ name }) => name);

export function migrations(harness: DatabaseHarness): void {
  describe('migrations', () => {
    test('a fresh database gets the whole schema, and the second time nothing', async () => {
      await using place = await openPlace(harness, 'empty');
      assert.deepEqual(await pendingMigrations(place.db, ours), ours);
      assert.deepEqual(await migrate(place.db, ours, startsAt), names);
      await insertTurn(place.db, waitingTurn());
      const before = await readAll(place.db);
      assert.deepEqual(await migrate(place.db, ours, startsAt + 1), []);
      assert.deepEqual(await pendingMigrations(place.db, ours), []);
      assert.deepEqual(await readAll(place.db), before);
      const applied = await place.db.query(sql`select applied_at from migrations`);
      assert.ok(applied.every((row) => row['applied_at'] === startsAt));
    });

    test('asking what is missing writes nothing', async () => {
      await using place = await openPlace(harness, 'empty');
      await pendingMigrations(place.db, ours);
      assert.deepEqual(await tables(place.db), []);
    });

    test('a database of an older version gets what it lacks, in order', async () => {
      await using place = await openPlace(harness, 'empty');
      await migrate(place.db, [first], startsAt);
      assert.deepEqual(await pendingMigrations(place.db, [first, second]), [second]);
      assert.deepEqual(await migrate(place.db, [first, second], startsAt), [second.name]);
      assert.deepEqual(await tables(place.db), ['first', 'migrations', 'second']);
    });

    test('instances that start at once on a fresh database apply each migration once', async () => {
      await using place = await openPlace(harness, 'empty');
      const task = { kind: 'migrate', now: startsAt } as const;
      const applied = await inThreads(place.source, [task, task, task, task]);
      assert.deepEqual(applied.flat(), names);
      assert.deepEqual(await migrate(place.db, ours, startsAt), []);
    });

    test('a migration that fails leaves the database as it was, with those before it undone too', async () => {
      await using place = await openPlace(harness, 'empty');
      await migrate(place.db, [first], startsAt);
      await assert.rejects(migrate(place.db, [first, second, broken], startsAt), /nowhere/);
      assert.deepEqual(await tables(place.db), ['first', 'migrations']);
      assert.deepEqual(await pendingMigrations(place.db, [first, second]), [second]);
    });

    test('a database of a newer version is refused in one sentence, and not touched', async () => {
      await using place = await openPlace(harness, 'empty');
      await migrate(place.db, [first, second], startsAt);
      const why = new SchemaMismatch(
        'The database has the migration 0002_second.sql, which this version of Sidenote does not know: start the newer version that made it, or restore a backup from before the upgrade.',
      );
      await assert.rejects(migrate(place.db, [first], startsAt), why);
      await assert.rejects(pendingMigrations(place.db, [first]), why);
    });

    test('a database with another history is refused, also when it is as long', async () => {
      await using place = await openPlace(harness, 'empty');
      await migrate(place.db, [first], startsAt);
      await assert.rejects(migrate(place.db, [second], startsAt), {
        name: 'SchemaMismatch',
        message: /has the migration 0001_first\.sql, which this version of Sidenote does not know/,
      });
    });

    test('a migration that was edited after it was applied is refused in one sentence', async () => {
      await using place = await openPlace(harness, 'empty');
      await migrate(place.db, [first], startsAt);
      const edited = { ...first, text: `${first.text}\n` };
      await assert.rejects(migrate(place.db, [edited, second], startsAt), {
        name: 'SchemaMismatch',
        message:
          'The migration 0001_first.sql in this version of Sidenote differs from the one the database was made with: install an unmodified release.',
      });
      assert.deepEqual(await tables(place.db), ['first', 'migrations']);
    });
  });
}
