import { type Database, DatabaseAway } from './store/database.ts';
import { deleteNotificationsBefore } from './store/notifications.ts';
import { deleteTurnsBefore } from './store/turns.ts';

/** Rows forgotten per statement, so that nobody waits for a long one. */
const batchSize = 500;
const dayMs = 86_400_000;

/**
 * Notifications are kept to tell repeated ones. Intercom repeats after a minute, and after an outage within
 * days; a week is safe, also where turns are kept for less.
 */
const notificationDaysMin = 7;

/** Forgets what is older than the retention; returns how many rows. @throws DatabaseAway */
export async function forgetOld(db: Database, retentionDays: number, now: number): Promise<number> {
  const before = (days: number) => now - days * dayMs;
  let forgotten = 0;
  for (const forget of [
    async () => await deleteTurnsBefore(db, before(retentionDays), batchSize),
    async () => await deleteNotificationsBefore(db, before(Math.max(retentionDays, notificationDaysMin)), batchSize),
  ]) {
    for (let count = batchSize; count === batchSize;) {
      count = await forget();
      forgotten += count;
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
export function startHousekeeping(deps: HousekeepingDeps): Disposable {
  const run = (): void => {
    forgetOld(deps.db, deps.retentionDays(), deps.now()).catch((error: unknown) => {
      if (!(error instanceof DatabaseAway)) deps.onError(error); // away: the next hour will do
    });
  };
  const timer = setInterval(run, 3_600_000);
  run();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
