import { setTimeout } from 'node:timers/promises';
import { type Database, DatabaseAway } from './store/database.ts';
import { deleteNotificationsBefore } from './store/notifications.ts';
import { deleteTurnsBefore } from './store/turns.ts';

/** Rows forgotten per statement, so that nobody waits for a long one: measured, some 13 ms on SQLite, which holds the thread. */
const batchSize = 100;
/** Between two batches webhooks and turns have the database: a million turns take some minutes. */
const restMs = 10;
const dayMs = 86_400_000;

/**
 * Notifications are kept to tell repeated ones. Intercom repeats after a minute, and after an outage within
 * days; a week is safe, also where turns are kept for less.
 */
const notificationDaysMin = 7;

/**
 * Forgets what is older than the retention, a batch a commit, and lets others go first after each. Ends early when
 * `signal` is aborted. Returns how many rows. @throws DatabaseAway
 */
export async function forgetOld(
  db: Database,
  retentionDays: number,
  now: number,
  signal = new AbortController().signal,
): Promise<number> {
  const before = (days: number) => now - days * dayMs;
  let forgotten = 0;
  for (const forget of [
    async () => await deleteTurnsBefore(db, before(retentionDays), batchSize),
    async () => await deleteNotificationsBefore(db, before(Math.max(retentionDays, notificationDaysMin)), batchSize),
  ]) {
    for (let count = batchSize; count === batchSize && !signal.aborted;) {
      count = await forget();
      forgotten += count;
      if (count === batchSize) await setTimeout(restMs);
    }
  }
  return forgotten;
}

export type HousekeepingDeps = {
  readonly db: Database;
  readonly retentionDays: () => number;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
};

/** Forgets now and then every hour, until disposed. */
export function startHousekeeping(deps: HousekeepingDeps): AsyncDisposable {
  const stopping = new AbortController();
  let running = Promise.resolve();
  const run = async (): Promise<void> => {
    try {
      await forgetOld(deps.db, deps.retentionDays(), deps.now(), stopping.signal);
    } catch (error) {
      if (!(error instanceof DatabaseAway)) deps.onError(error); // away: the next hour will do
    }
  };
  // One after another: the first after a long time may take longer than an hour.
  const runNext = (): void => void (running = running.then(run));
  const timer = setInterval(runNext, 3_600_000);
  runNext();
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      stopping.abort();
      await running;
    },
  };
}
