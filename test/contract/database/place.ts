import type { TransitionContext } from '../../../src/domain/turn.ts';
import type { Database, Queryable, Row } from '../../../src/store/database.ts';
import { migrate, readMigrations } from '../../../src/store/migrate.ts';
import { type DatabaseSource, openDatabase } from '../../../src/store/open.ts';
import { sql } from '../../../src/store/sql.ts';
import { contextAt } from '../../support/turns.ts';

/** What the suite asks of a kind of database: empty places for data. */
export type DatabaseHarness = { readonly freshSource: () => Promise<DatabaseSource> };

/** One database, with the schema in it and any number of handles to it, all closed with it. */
export type Place = AsyncDisposable & { readonly source: DatabaseSource; readonly db: Database; open(): Database };

/** Any fixed time, in ms since the epoch. */
export const startsAt = 1_789_630_000_000;

/** A place with Sidenote's schema, or an empty one. */
export async function openPlace(harness: DatabaseHarness, schema: 'migrated' | 'empty' = 'migrated'): Promise<Place> {
  await using stack = new AsyncDisposableStack();
  const source = await harness.freshSource();
  const open = (): Database => stack.use(openDatabase(source));
  const db = open();
  if (schema === 'migrated') await migrate(db, readMigrations(), startsAt);
  const owned = stack.move();
  return {
    source,
    db,
    open: () => owned.use(openDatabase(source)),
    [Symbol.asyncDispose]: async () => await owned.disposeAsync(),
  };
}

/** A clock that only the test moves, with contexts whose turns are `opened-1`, `opened-2`, … */
export type TestClock = {
  readonly now: () => number;
  readonly advance: (ms: number) => void;
  readonly context: () => TransitionContext;
};

export function createClock(): TestClock {
  let time = startsAt;
  let turns = 0;
  return {
    now: () => time,
    advance: (ms) => void (time += ms),
    context: () => {
      turns += 1;
      return contextAt(time, `opened-${turns}`);
    },
  };
}

const tables = [
  sql`select * from notifications order by id`,
  sql`select * from turns order by id`,
  sql`select * from posts order by turn_id`,
  sql`select * from traces order by turn_id, attempt`,
];

/** Every row of every table, to show that nothing has changed. */
export async function readAll(db: Queryable): Promise<readonly (readonly Row[])[]> {
  const contents: (readonly Row[])[] = [];
  for (const table of tables) contents.push((await db.query(table)).map((row) => ({ ...row })));
  return contents;
}

/** All without the traces: what an attempt did is kept even when it came too late. */
export const readAllButTraces = async (db: Queryable): Promise<readonly (readonly Row[])[]> =>
  (await readAll(db)).slice(0, 3);
