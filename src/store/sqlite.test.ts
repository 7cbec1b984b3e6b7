import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import { databaseContract } from '../../test/contract/database.suite.ts';
import { openPlace } from '../../test/contract/database/place.ts';
import { apart, waitingTurn } from '../../test/contract/database/rows.ts';
import { DatabaseAway } from './database.ts';
import { openDatabase } from './open.ts';
import { sql } from './sql.ts';
import { openSqlite } from './sqlite.ts';
import { getTurn, insertTurn } from './turns.ts';

const folder = mkdtempSync(join(tmpdir(), 'sidenote-sqlite-'));
after(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
const freshPath = (): string => join(folder, `${(files += 1)}`, 'sidenote.sqlite');
const harness = { freshSource: async () => ({ kind: 'sqlite', path: freshPath() }) as const };

describe('SQLite', () => {
  databaseContract(harness);

  test('readers do not wait for the writer, checkpoints are flushed in order, and forgetting reaches all tables', async () => {
    await using place = await openPlace(harness);
    const pragmas = [sql`pragma synchronous`, sql`pragma journal_mode`, sql`pragma foreign_keys`];
    const values = await Promise.all(
      pragmas.map(async (pragma) => Object.values((await place.db.query(pragma))[0] ?? {})),
    );
    assert.deepEqual(values, [[1], ['wal'], [1]]);
  });

  test('a commit is acknowledged when its log is on the disk and not before, unless it can be done again', async () => {
    await using place = await openPlace(harness);
    const path = place.source.kind === 'sqlite' ? place.source.path : '';
    const [asked, disk] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const datasync = async (): Promise<void> => {
      asked.resolve(undefined);
      await disk.promise;
    };
    await using db = openSqlite(path, async () => ({ datasync, close: async () => undefined }));
    await db.transaction(async (tx) => await insertTurn(tx, waitingTurn()), 'ordered');
    assert.deepEqual(await getTurn(db, waitingTurn().id), waitingTurn());
    const acknowledged: string[] = [];
    const seen = Promise.withResolvers<void>();
    const flushed = db
      .transaction(async (tx) => await insertTurn(tx, waitingTurn(apart(2))), 'flushed', seen.resolve)
      .then(() => acknowledged.push('transaction'));
    const statement = insertTurn(db, waitingTurn(apart(3))).then(() => acknowledged.push('statement'));
    await Promise.all([asked.promise, seen.promise]);
    assert.deepEqual(await getTurn(db, apart(2).id), waitingTurn(apart(2))); // nobody else waits for the disk
    assert.deepEqual(acknowledged, []);
    disk.resolve(undefined);
    await Promise.all([flushed, statement]);
    assert.deepEqual(new Set(acknowledged), new Set(['transaction', 'statement']));
  });

  test('a disk that refuses a flush is away, in one sentence', async () => {
    await using place = await openPlace(harness);
    const path = place.source.kind === 'sqlite' ? place.source.path : '';
    const datasync = async (): Promise<void> => await Promise.reject(new Error('EIO: i/o error, fdatasync'));
    await using db = openSqlite(path, async () => ({ datasync, close: async () => undefined }));
    await assert.rejects(insertTurn(db, waitingTurn()), {
      name: 'DatabaseAway',
      message: 'SQLite’s log can’t be flushed to the disk: EIO: i/o error, fdatasync.',
    });
  });

  test('what a failed flush may have lost is written once more before anything is acknowledged again', async () => {
    await using place = await openPlace(harness);
    const path = place.source.kind === 'sqlite' ? place.source.path : '';
    let isBroken = true;
    const datasync = async (): Promise<void> => {
      if (isBroken) return await Promise.reject(new Error('EIO: i/o error, fdatasync'));
    };
    await using db = openSqlite(path, async () => ({ datasync, close: async () => undefined }));
    await assert.rejects(insertTurn(db, waitingTurn(apart(1))), DatabaseAway);
    isBroken = false;
    const reader = new DatabaseSync(path);
    reader.exec('begin; select count(*) from turns');
    await assert.rejects(insertTurn(db, waitingTurn(apart(2))), /the log is in use and can’t be written anew/);
    reader.close();
    await insertTurn(db, waitingTurn(apart(3)));
    const copy = freshPath();
    mkdirSync(dirname(copy));
    copyFileSync(path, copy); // without its log: only what the checkpoint has written
    await using kept = openSqlite(copy);
    for (const number of [1, 2, 3]) {
      assert.deepEqual(await getTurn(kept, apart(number).id), waitingTurn(apart(number)));
    }
  });

  test('a file that another program holds is away, for queries as for transactions, and works again after it', async () => {
    await using place = await openPlace(harness);
    const path = place.source.kind === 'sqlite' ? place.source.path : '';
    await place.db.query(sql`pragma busy_timeout = 20`); // 5 s otherwise
    const holder = new DatabaseSync(path);
    holder.exec('begin immediate');
    await assert.rejects(insertTurn(place.db, waitingTurn()), DatabaseAway);
    await assert.rejects(
      place.db.transaction(async (tx) => await insertTurn(tx, waitingTurn())),
      { name: 'DatabaseAway', message: "SQLite can't work now: database is locked." },
    );
    assert.equal(await getTurn(place.db, waitingTurn().id), undefined); // reading goes on
    holder.exec('rollback');
    holder.close();
    await place.db.transaction(async (tx) => await insertTurn(tx, waitingTurn()));
    assert.deepEqual(await getTurn(place.db, waitingTurn().id), waitingTurn());
  });

  test('a disk that is full is away, nothing of the transaction stays, and it works again with room', async () => {
    await using place = await openPlace(harness);
    await place.db.query(sql`pragma max_page_count = 1`); // SQLite keeps at least the pages it has
    const long = 'x'.repeat(200_000);
    await assert.rejects(
      place.db.transaction(async (tx) => await insertTurn(tx, waitingTurn({ lastError: long }))),
      { name: 'DatabaseAway', message: "SQLite can't work now: database or disk is full." },
    );
    await place.db.query(sql`pragma max_page_count = 1000000`);
    assert.equal(await getTurn(place.db, waitingTurn().id), undefined);
    await insertTurn(place.db, waitingTurn({ lastError: long }));
  });

  test('a file that can’t be opened is away, in one sentence', () => {
    const path = join(folder, 'a-folder.sqlite');
    rmSync(path, { recursive: true, force: true });
    const below = join(folder, 'plain-file');
    writeFileSync(below, '');
    for (const unopenable of [folder, join(below, 'sidenote.sqlite'), '/proc/nowhere/data/sidenote.sqlite']) {
      assert.throws(() => openDatabase({ kind: 'sqlite', path: unopenable }), {
        name: 'DatabaseAway',
        message: /^SQLite can't open .+: .+\. Check DATABASE_URL or DATA_DIR, and the permissions there\.$/,
      });
    }
  });

  test('a file that is not a database is left as it is, and said in one sentence', () => {
    const path = join(folder, 'notes.txt');
    const text = 'These are my notes, and no database at all. '.repeat(50);
    writeFileSync(path, text);
    chmodSync(path, 0o600);
    assert.throws(() => openDatabase({ kind: 'sqlite', path }), {
      name: 'DatabaseAway',
      message: /^SQLite can't open .+: file is not a database\. Check DATABASE_URL/,
    });
    assert.equal(readFileSync(path, 'utf8'), text);
  });

  test('the description is the path', async () => {
    const path = freshPath();
    await using db = openDatabase({ kind: 'sqlite', path });
    assert.equal(db.description, `SQLite, ${path}`);
  });
});
