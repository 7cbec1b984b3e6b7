import type { NotificationId, TurnId } from '../domain/ids.ts';
import type { TransitionContext } from '../domain/turn.ts';
import type { Events } from '../events.ts';
import { TurnChanged } from '../queue/apply.ts';
import { type Database, DatabaseAway } from '../store/database.ts';
import { insertNotifications, type Notification } from '../store/notifications.ts';
import { abortedBy, batchSize, scheduleBatch, type Scheduled, storeAndSchedule } from './schedule.ts';

export type SchedulerDeps = {
  readonly db: Database;
  readonly makeContext: () => TransitionContext;
  readonly events: Events;
  /** Turns that this or another process may be working on were superseded. */
  readonly onSuperseded: (turnIds: readonly TurnId[]) => void;
  /** Turns wait that did not before. */
  readonly onOpened?: () => void;
};

export type Scheduler = {
  /**
   * Stores notifications, with their effect in the same commit if nothing speaks against it. Gives the ids that were new.
   * @throws DatabaseAway
   */
  store(notifications: readonly Notification[]): Promise<ReadonlySet<NotificationId>>;
  /** Gives all notifications that were stored without it their effect. @throws DatabaseAway */
  catchUp(): Promise<void>;
};

/** Turns notifications into turns, and tells which turns under work they superseded. */
export function createScheduler({ db, makeContext, events, onSuperseded, onOpened }: SchedulerDeps): Scheduler {
  const announce = (scheduled: Scheduled): void => {
    for (const { after } of scheduled.superseded) events.turnEnded(after);
    for (const turn of scheduled.opened) events.turnOpened(turn);
    const aborted = abortedBy(scheduled);
    if (aborted.length > 0) onSuperseded(aborted);
    if (scheduled.opened.length > 0) onOpened?.();
  };

  return {
    store: async (notifications) => {
      try {
        const { stored, scheduled } = await storeAndSchedule(db, notifications, makeContext);
        announce(scheduled);
        return stored;
      } catch (error) {
        if (error instanceof DatabaseAway) throw error;
        if (!(error instanceof TurnChanged)) events.unexpected(error);
      }
      // Whatever the effect stumbled over, the notifications are not lost: they get it later.
      return await db.transaction(async (tx) => await insertNotifications(tx, notifications, makeContext().now));
    },
    catchUp: async () => {
      for (;;) {
        const scheduled = await scheduleBatch(db, makeContext);
        announce(scheduled);
        if (scheduled.notifications < batchSize) break;
      }
    },
  };
}
