import type { ReplySettings } from '../domain/may-reply.ts';
import type { WorkingTurn } from '../domain/turn.ts';
import type { Clock } from '../lib/clock.ts';
import type { Database } from '../store/database.ts';
import { reserveReply } from '../store/replies.ts';

/** Waits until a turn's reply may go out; gives why it may not, in half a sentence, or undefined when it may. */
export type ReplyGate = (
  turn: WorkingTurn,
  settings: ReplySettings,
  signal: AbortSignal,
) => Promise<string | undefined>;

/** A contact who has to wait longer is better helped by a teammate with a note. */
const waitMaxMs = 30_000;

/**
 * Spaces and caps the replies of a workspace, over all instances on the same database.
 * @throws DatabaseAway from the gate, and the signal's reason when it is aborted
 */
export const createReplyGate =
  (db: Database, { now, sleep }: Clock): ReplyGate =>
  async (turn, { hourlyMax, spacingSeconds }, signal) => {
    const pace = { hourlyMax, spacingMs: spacingSeconds * 1000, waitMaxMs };
    const reserved = await reserveReply(db, turn, pace, now());
    if (reserved === 'hour-is-full') return `this hour’s ${hourlyMax} replies are used up (replying.hourly)`;
    if (reserved === 'queue-is-long') return 'too many replies wait to go out (replying.spacingSeconds)';
    const waitMs = reserved - now();
    if (waitMs > 0) await sleep(waitMs, signal);
    return undefined;
  };
