import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { fc } from '../../test/support/fast-check.ts';
import { type DatabaseHarness, openPlace, type Place, startsAt } from '../../test/contract/database/place.ts';
import {
  anyNotification,
  anyTurn,
  apart,
  notification,
  waitingTurn,
  workingTurn,
} from '../../test/contract/database/rows.ts';
import { startPostgres } from '../../test/support/postgres.ts';
import { parseNotificationId } from '../domain/ids.ts';
import { type Database, DatabaseAway } from '../store/database.ts';
import { migrate, readMigrations } from '../store/migrate.ts';
import { insertNotifications } from '../store/notifications.ts';
import { openDatabase } from '../store/open.ts';
import { recordIntent } from '../store/posts.ts';
import { readSnapshot } from '../store/snapshot.ts';
import { listTables, type Values } from '../store/tables.ts';
import { saveTrace } from '../store/traces.ts';
import { insertTurn } from '../store/turns.ts';
import { type Contents, fill, move, readContents } from './copy.ts';
import { checkBackup, readBackup, writeBackup } from './file.ts';

const folder = mkdtempSync(join(tmpdir(), 'sidenote-backup-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const freshPath = (ending: string): string => join(folder, `${(files += 1)}.${ending}`);

const sqlite: DatabaseHarness = { freshSource: async () => ({ kind: 'sqlite', path: freshPath('sqlite') }) };
const server = await startPostgres();
const postgres: DatabaseHarness | undefined = 'unavailable' in server ? undefined : { freshSource: server.freshSchema };
if (!('unavailable' in server)) after(async () => await server[Symbol.asyncDispose]());
const skip = 'unavailable' in server ? server.unavailable : false;

const ours = readMigrations();
const migrations = ours.map(({ name }) => name);
const head = { createdAt: '2026-09-17T08:00:00.000Z', migrations };

async function contentsOf(db: Database): Promise<Readonly<Record<string, readonly Values[]>>> {
  const tables: Record<string, Values[]> = {};
  for await (const { table, rows } of readContents(db)) (tables[table] ??= []).push(...rows);
  return tables;
}

/** A turn with a trace and a post, in one transaction. */
async function storeTurn(db: Database, number: number): Promise<void> {
  const turn = workingTurn(apart(number));
  await db.transaction(async (tx) => {
    await insertTurn(tx, turn);
    await saveTrace(tx, turn.id, { attempt: 1, recordedAt: startsAt, trace: '{"prompt":"Grüße\\u0000\\n“x”"}' });
    await recordIntent(tx, turn, { kind: 'note', authorId: 'assistant', body: '<p>Hello, 世界 🙂</p>' }, startsAt);
  });
}

async function storeMuch(db: Database): Promise<void> {
  const many = Array.from({ length: 300 }, (_, index) => notification(`notif_${index}`));
  for (const prefix of ['a', 'b', 'c', 'd']) {
    const prefixed = many.map((one) => ({ ...one, id: parseNotificationId(`${prefix}-${one.id}`) }));
    await insertNotifications(db, prefixed, startsAt);
  }
  for (let number = 1; number <= 3; number += 1) await storeTurn(db, number);
  const ids = { seed: 7, numRuns: 20 };
  for (const [index, sample] of fc.sample(anyNotification, ids).entries()) {
    await insertNotifications(db, [{ ...sample, id: parseNotificationId(`any_${index}`) }], startsAt);
  }
  for (const [index, sample] of fc.sample(anyTurn, ids).entries()) {
    await insertTurn(db, { ...sample, ...apart(100 + index) });
  }
}

async function backUp(place: Place): Promise<string> {
  const path = freshPath('backup');
  await readSnapshot(place.db, async (at) => await writeBackup(path, head, readContents(at)));
  return path;
}

const restoreInto = async (db: Database, path: string): Promise<number> => {
  const { migrations: theirs } = await checkBackup(path);
  return await fill(db, { migrations: theirs, contents: readBackup(path) }, ours, startsAt);
};

const engines = (): readonly (readonly [string, DatabaseHarness])[] => [
  ['SQLite', sqlite],
  ...(postgres === undefined ? [] : [['PostgreSQL', postgres] as const]),
];

test('PostgreSQL is there to be backed up and restored', { skip }, () => undefined);

for (const [from, source] of engines()) {
  describe(`a backup of ${from}`, () => {
    let place: Place;
    let path: string;
    before(async () => {
      place = await openPlace(source);
      await storeMuch(place.db);
      path = await backUp(place);
    });
    after(async () => await place[Symbol.asyncDispose]());

    for (const [to, target] of engines()) {
      test(`restored on ${to} holds every row as it was`, async () => {
        await using empty = await openPlace(target, 'empty');
        const count = await restoreInto(empty.db, path);
        const expected = await contentsOf(place.db);
        assert.deepEqual(await contentsOf(empty.db), expected);
        assert.equal(count, Object.values(expected).flat().length);
        assert.deepEqual(await migrate(empty.db, ours, startsAt), []);
      });
    }

    test('is of one moment, whatever is written while it is made', async () => {
      await using busy = await openPlace(source);
      await busy.db.transaction(async (tx) => {
        for (let number = 1; number <= 600; number += 1) await insertTurn(tx, waitingTurn(apart(number)));
      });
      const writer = busy.open();
      let written = 1000;
      const whileOthersWrite = async function* (contents: Contents): Contents {
        for await (const piece of contents) {
          await storeTurn(writer, (written += 1));
          yield piece;
        }
      };
      const busyPath = freshPath('backup');
      const { rows } = await readSnapshot(
        busy.db,
        async (at) => await writeBackup(busyPath, head, whileOthersWrite(readContents(at))),
      );
      assert.ok(written > 1003);
      // The first write may come before the snapshot's first look: a turn, its trace and its post, or none of them.
      await using empty = await openPlace(sqlite, 'empty');
      assert.equal(await restoreInto(empty.db, busyPath), rows);
      const { turns, traces = [], posts = [] } = await contentsOf(empty.db);
      assert.equal(traces.length, posts.length);
      assert.equal(turns?.length, 600 + posts.length);
      assert.ok(posts.length <= 1);
    });
  });

  describe(`a database on ${from} that is not empty`, () => {
    test('takes no backup, and stays as it is', async () => {
      await using place = await openPlace(source);
      await insertTurn(place.db, waitingTurn());
      const path = await backUp(place);
      const stored = await contentsOf(place.db);
      await assert.rejects(restoreInto(place.db, path), {
        name: 'CopyRefused',
        message: /holds tables already, and nothing is overwritten: give an empty database\.$/,
      });
      assert.deepEqual(await contentsOf(place.db), stored);
    });
  });

  test(`${from}: a restore that fails half way leaves the database empty`, async () => {
    await using place = await openPlace(source, 'empty');
    const breaking = async function* (): Contents {
      yield { table: 'migrationless', columns: ['id'], rows: [] };
    };
    await assert.rejects(fill(place.db, { migrations, contents: breaking() }, ours, startsAt), { name: 'CopyRefused' });
    assert.deepEqual(await listTables(place.db), []);
  });
}

describe('a backup file', () => {
  const small = async (): Promise<string> => {
    await using place = await openPlace(sqlite);
    await storeTurn(place.db, 1);
    return await backUp(place);
  };

  test('may be read by its owner alone, and tells when it was made', async () => {
    const path = await small();
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal((await checkBackup(path)).createdAt, head.createdAt);
  });

  test('does not overwrite a file', async () => {
    const path = freshPath('txt');
    writeFileSync(path, 'mine');
    await using place = await openPlace(sqlite);
    await assert.rejects(writeBackup(path, head, readContents(place.db)), {
      name: 'BackupUnusable',
      message: `${path} is there already, and nothing is overwritten: give another name.`,
    });
    assert.equal(readFileSync(path, 'utf8'), 'mine');
  });

  test('that can’t be written is said in one sentence', async () => {
    await using place = await openPlace(sqlite);
    await assert.rejects(writeBackup(join(folder, 'nowhere', 'x'), head, readContents(place.db)), {
      name: 'BackupUnusable',
      message: /can't be written \(ENOENT\)/,
    });
  });

  const damages: readonly (readonly [string, (bytes: Buffer) => Buffer])[] = [
    ['cut off', (bytes) => bytes.subarray(0, bytes.length / 2)],
    ['with a row changed', (bytes) => gzipSync(gunzipSync(bytes).toString('utf8').replace('turn-1', 'turn-9'))],
    [
      'with a row left out',
      (bytes) =>
        gzipSync(
          gunzipSync(bytes)
            .toString('utf8')
            .replace(/^\[.*\n/m, ''),
        ),
    ],
    [
      'without its end',
      (bytes) =>
        gzipSync(
          gunzipSync(bytes)
            .toString('utf8')
            .replace(/^\{"rows".*\n/m, ''),
        ),
    ],
    ['that is no backup', () => Buffer.from('These are my notes.')],
    ['that is zipped and no backup', () => gzipSync('These are my notes.\n')],
    [
      'of a later format',
      (bytes) => gzipSync(gunzipSync(bytes).toString('utf8').replace('"version":1', '"version":2')),
    ],
    ['that is empty', () => Buffer.alloc(0)],
  ];
  for (const [what, damage] of damages) {
    test(`${what} is refused before anything is written`, async () => {
      const path = await small();
      writeFileSync(path, damage(readFileSync(path)));
      await assert.rejects(checkBackup(path), { name: 'BackupUnusable' });
    });
  }

  test('that is not there is said in one sentence', async () => {
    await assert.rejects(checkBackup(join(folder, 'absent')), {
      name: 'BackupUnusable',
      message: /can't be read \(ENOENT\)/,
    });
  });

  test('of a newer version of Sidenote is refused', async () => {
    await using empty = await openPlace(sqlite, 'empty');
    const newer = { migrations: [...migrations, '9999_later.sql'], contents: readBackup(await small()) };
    await assert.rejects(fill(empty.db, newer, ours, startsAt), { name: 'CopyRefused', message: /another version/ });
  });

  test('of an older version is brought up to date', async () => {
    const old = ours.slice(0, 1);
    await using place = await openPlace(sqlite, 'empty');
    await migrate(place.db, old, startsAt);
    await insertTurn(place.db, waitingTurn());
    const path = freshPath('backup');
    await writeBackup(path, { ...head, migrations: old.map(({ name }) => name) }, readContents(place.db));
    await using empty = await openPlace(sqlite, 'empty');
    await restoreInto(empty.db, path);
    assert.deepEqual(await migrate(empty.db, ours, startsAt), []);
    assert.equal((await contentsOf(empty.db))['turns']?.length, 1);
  });
});

describe('moving', { skip }, () => {
  const target = async (): Promise<Place> => await openPlace(postgres ?? sqlite, 'empty');

  test('carries every row over, and the old database refuses every write and every start', async () => {
    await using place = await openPlace(sqlite);
    await storeMuch(place.db);
    const running = place.open();
    const stored = await contentsOf(place.db);
    await using to = await target();
    await move(place.db, to.db, ours, startsAt);
    assert.deepEqual(await contentsOf(to.db), stored);
    for (const write of [
      async () => await insertNotifications(running, [notification('late')], startsAt),
      async () => await insertTurn(running, waitingTurn({ ...apart(9000) })),
      async () =>
        await recordIntent(running, workingTurn(apart(1)), { kind: 'note', authorId: 'a', body: '' }, startsAt),
    ]) {
      await assert.rejects(write(), (error) => {
        assert.ok(error instanceof DatabaseAway);
        assert.match(
          error.message,
          /^SQLite can't work now: the data was moved to PostgreSQL, .+, restart with that DATABASE_URL\.$/,
        );
        assert.doesNotMatch(error.message, /postgres:postgres/);
        return true;
      });
    }
    await assert.rejects(migrate(running, ours, startsAt), {
      name: 'SchemaMismatch',
      message: /^The data was moved to /,
    });
  });

  test('that fails leaves both as they were', async () => {
    await using place = await openPlace(sqlite);
    await storeTurn(place.db, 1);
    await using to = await openPlace(postgres ?? sqlite);
    await assert.rejects(move(place.db, to.db, ours, startsAt), { name: 'CopyRefused' });
    await storeTurn(place.db, 2);
    assert.equal((await contentsOf(place.db))['turns']?.length, 2);
  });

  test('keeps others from writing while it copies', async () => {
    await using place = await openPlace(sqlite);
    await storeTurn(place.db, 1);
    await using to = await target();
    const path = place.source.kind === 'sqlite' ? place.source.path : '';
    await using other = openDatabase({ kind: 'sqlite', path });
    await other.query({ texts: ['pragma busy_timeout = 0'], values: [] });
    const refusals: unknown[] = [];
    const watched: Database = {
      dialect: to.db.dialect,
      description: to.db.description,
      query: async (statement) => await to.db.query(statement),
      transaction: async (work) => {
        refusals.push(await insertTurn(other, waitingTurn(apart(2))).catch((error: unknown) => error));
        return await to.db.transaction(work);
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
    await move(place.db, watched, ours, startsAt);
    assert.ok(refusals[0] instanceof DatabaseAway);
  });
});
