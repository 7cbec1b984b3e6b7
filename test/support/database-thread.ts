/**
 * Another instance of Sidenote on the same database, as far as the store and the queue can tell: a thread with a
 * handle of its own. SQLite's statements hold their thread, so two handles are only concurrent in two threads.
 */
import { once } from 'node:events';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { claimTurns } from '../../src/queue/queue.ts';
import { type Database, DatabaseAway } from '../../src/store/database.ts';
import { migrate, readMigrations } from '../../src/store/migrate.ts';
import { insertNotifications, type Notification } from '../../src/store/notifications.ts';
import { type DatabaseSource, openDatabase } from '../../src/store/open.ts';
import { sql } from '../../src/store/sql.ts';
import { scheduleBatch } from '../../src/turn/schedule.ts';
import { contextAt } from './turns.ts';

/** What a thread does, and what it gives back: always a list of names. */
export type Task =
  /** One after another, each in a transaction of its own; gives those that were new. */
  | { readonly kind: 'insert'; readonly notifications: readonly Notification[]; readonly now: number }
  /** Until no turn is left; gives the ids of the turns it got. */
  | { readonly kind: 'claim'; readonly owner: string; readonly limit: number; readonly now: number }
  /** Until no notification is left; gives the ids of the turns it opened. */
  | { readonly kind: 'schedule'; readonly owner: string; readonly now: number }
  /** Reads the turn's number of faults and writes one more, so many times; gives nothing. */
  | { readonly kind: 'count'; readonly turnId: string; readonly times: number }
  /** Gives the names of the migrations it applied. */
  | { readonly kind: 'migrate'; readonly now: number };

async function perform(db: Database, task: Task): Promise<readonly string[]> {
  switch (task.kind) {
    case 'insert':
      return await insertEach(db, task.notifications, task.now);
    case 'claim':
      return await claimAll(db, task.owner, task.limit, task.now);
    case 'schedule':
      return await scheduleAll(db, task.owner, task.now);
    case 'count':
      for (let done = 0; done < task.times; done += 1) await persist(async () => await countOne(db, task.turnId));
      return [];
    case 'migrate':
      return await persist(async () => await migrate(db, readMigrations(), task.now));
  }
}

/** Tries again for as long as another instance holds the database, as the server does: on a busy machine that can be long. */
async function persist<Value>(work: () => Promise<Value>): Promise<Value> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DatabaseAway)) throw error;
    }
  }
}

async function insertEach(db: Database, notifications: readonly Notification[], now: number): Promise<string[]> {
  const added: string[] = [];
  for (const notification of notifications) {
    const insert = async () => await db.transaction(async (tx) => await insertNotifications(tx, [notification], now));
    added.push(...(await persist(insert)));
  }
  return added;
}

async function claimAll(db: Database, owner: string, limit: number, now: number): Promise<string[]> {
  const got: string[] = [];
  for (;;) {
    const { claimed } = await persist(
      async () => await claimTurns(db, owner, { limit, isIdle: true, prefersSuspect: false }, () => contextAt(now)),
    );
    if (claimed.length === 0) return got;
    got.push(...claimed.map((turn) => turn.id));
  }
}

async function scheduleAll(db: Database, owner: string, now: number): Promise<string[]> {
  const opened: string[] = [];
  for (let turns = 0; ;) {
    const makeContext = () => contextAt(now, `${owner}-${(turns += 1)}`);
    const batch = await persist(async () => await scheduleBatch(db, makeContext));
    if (batch.notifications === 0) return opened;
    opened.push(...batch.opened.map((turn) => turn.id));
  }
}

async function countOne(db: Database, turnId: string): Promise<void> {
  await db.transaction(async (tx) => {
    const wait = tx.dialect === 'postgres' ? sql`for update` : sql``;
    const [row] = await tx.query(sql`select faults from turns where id = ${turnId} ${wait}`);
    await tx.query(sql`update turns set faults = ${Number(row?.['faults']) + 1} where id = ${turnId}`);
  });
}

/** Performs the tasks at the same time, a thread each; gives what each gave back, in order. @throws what one threw */
export async function inThreads(
  source: DatabaseSource,
  tasks: readonly Task[],
): Promise<readonly (readonly string[])[]> {
  // A thread that has its handle waits until the gate is lifted, so that all begin at once.
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const threads = tasks.map((task) => new Worker(new URL(import.meta.url), { workerData: { source, task, gate } }));
  try {
    await Promise.all(threads.map(messageOf));
    const results = threads.map(messageOf);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    return await Promise.all(results);
  } finally {
    await Promise.all(threads.map(async (thread) => await thread.terminate()));
  }
}

async function messageOf(thread: Worker): Promise<readonly string[]> {
  const [message] = (await once(thread, 'message')) as [readonly string[]];
  return message;
}

type ThreadData = { readonly source: DatabaseSource; readonly task: Task; readonly gate: Int32Array };

/** Tells when it has its handle, and then what its task gave. */
async function serve(tell: (names: readonly string[]) => void): Promise<void> {
  const { source, task, gate } = workerData as ThreadData;
  await using db = openDatabase(source);
  await db.query(sql`select 1`);
  tell([]);
  Atomics.wait(gate, 0, 0);
  tell(await perform(db, task));
}

const port = parentPort;
if (port !== null) await serve((names) => port.postMessage(names));
