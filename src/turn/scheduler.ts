import type { TurnId } from '../domain/ids.ts';
import type { TransitionContext } from '../domain/turn.ts';
import type { Events } from '../events.ts';
import type { Database } from '../store/database.ts';
import { abortedBy, batchSize, scheduleBatch } from './schedule.ts';

export type SchedulerDeps = {
  readonly db: Database;
  readonly makeContext: () => TransitionContext;
  readonly events: Events;
  /** A turn that another process may be working on was superseded. */
  readonly onSuperseded: () => void;
};

/**
 * Gives all stored notifications their effect and tells which turns under work they superseded, so that
 * their generation can be aborted here or elsewhere. @throws DatabaseAway
 */
export function createScheduler(deps: SchedulerDeps): () => Promise<readonly TurnId[]> {
  const { db, makeContext, events, onSuperseded } = deps;
  return async () => {
    const aborted: TurnId[] = [];
    for (;;) {
      const scheduled = await scheduleBatch(db, makeContext);
      for (const { after } of scheduled.superseded) events.turnEnded(after);
      for (const turn of scheduled.opened) events.turnOpened(turn);
      aborted.push(...abortedBy(scheduled));
      if (scheduled.notifications < batchSize) break;
    }
    if (aborted.length > 0) onSuperseded();
    return aborted;
  };
}
