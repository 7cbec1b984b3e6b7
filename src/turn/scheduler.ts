import type { NotificationId, TurnId } from '../domain/ids.ts';
import type { TransitionContext, Turn } from '../domain/turn.ts';
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
  /** Turns wait that did not before; the first falls due at `dueAt`, in ms since the epoch. */
  readonly onOpened?: (dueAt: number) => void;
};

export type Scheduler = {
  /**
   * Stores notifications, with their effect in the same commit if nothing speaks against it. Gives the ids that were new
   * when they are on the disk; `onCommitted` is called a little earlier, when the next may be stored.
   * @throws DatabaseAway
   */
  store(notifications: readonly Notification[], onCommitted?: () => void): Promise<ReadonlySet<NotificationId>>;
  /** Gives all notifications that were stored without it their effect. @throws DatabaseAway */
  catchUp(): Promise<void>;
};

const dueAtOf = (turn: Turn): number => (turn.state === 'waiting' ? turn.dueAt : turn.openedAt);

/** Turns notifications into turns, and tells which turns under work they superseded. */
export function createScheduler({ db, makeContext, events, onSuperseded, onOpened }: SchedulerDeps): Scheduler {
  const announce = (scheduled: Scheduled): void => {
    for (const { after } of scheduled.superseded) events.turnEnded(after);
    for (const turn of scheduled.opened) events.turnOpened(turn);
    const aborted = abortedBy(scheduled);
    if (aborted.length > 0) onSuperseded(aborted);
    const dueAt = Math.min(...scheduled.opened.map(dueAtOf));
    if (scheduled.opened.length > 0) onOpened?.(dueAt);
  };

  return {
    store: async (notifications, onCommitted) => {
      try {
        // A turn is begun while its notification is still being flushed: its post waits for a later flush anyway.
        return await storeAndSchedule(db, notifications, makeContext, ({ scheduled }) => {
          announce(scheduled);
          onCommitted?.();
        });
      } catch (error) {
        if (error instanceof DatabaseAway) throw error;
        if (!(error instanceof TurnChanged)) events.unexpected(error);
      }
      // Whatever the effect stumbled over, the notifications are not lost: they get it at the next look for work.
      const { now } = makeContext();
      const stored = await db.transaction(async (tx) => await insertNotifications(tx, notifications, now));
      onOpened?.(now);
      return stored;
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
