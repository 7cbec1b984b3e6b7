import type { TurnId } from '../domain/ids.ts';
import type { TransitionContext, Turn, WorkingTurn } from '../domain/turn.ts';
import { type Database, DatabaseAway } from '../store/database.ts';
import { extendLeases } from '../store/turns.ts';
import {
  type AttemptResult,
  type Claimed,
  claimTurns,
  nextWorkAt,
  type Room,
  settleAttempt,
  type Settled,
} from './queue.ts';

/** What one attempt gives: how it ended, and what it did, as JSON. */
export type Attempt = { readonly result: AttemptResult; readonly trace: string };

export type WorkerSettings = {
  /** Names this process; the fence. Unique per process start. */
  readonly owner: string;
  /** Turns worked on at the same time. */
  readonly turnsMax: () => number;
  /** How often the database is asked for work that nobody announced. */
  readonly pollMs: number;
};

export type WorkerDeps = {
  readonly db: Database;
  readonly makeContext: () => TransitionContext;
  /** Ms, for waits: it goes on evenly when the clock is set. */
  readonly monotonicNow: () => number;
  /** Turns that what they need has room for now, fewer than `turnsMax` in trouble; undefined: no such limit. */
  readonly turnsAllowed?: () => number;
  /** Called before each look for work: turns stored notifications into turns. */
  readonly prepare: () => Promise<void>;
  /** While true, no turn is begun; those under work go on. */
  readonly isPaused: () => boolean;
  /** One attempt. Must end soon after its signal is aborted, and never throws. */
  readonly run: (turn: WorkingTurn, signal: AbortSignal) => Promise<Attempt>;
  readonly onClaimed: (turn: WorkingTurn) => void;
  /** `settled` is undefined when the turn had been taken from this worker. */
  readonly onSettled: (attempt: WorkingTurn, settled: Settled | undefined) => void;
  /** A turn died because its worker died too often. */
  readonly onDied: (turn: Turn) => void;
  /** The database is away or a bug: the worker goes on and tries again. */
  readonly onError: (error: unknown) => void;
};

/**
 * Looks for work begin no sooner than this after one another: under load one look, with its one commit,
 * then serves all that came meanwhile.
 */
const lookGapMs = 10;

/** A third of the shortest lease that a setting may give, since it may be given meanwhile. */
const heartbeatMaxMs = 5000;

type Running = { readonly turnId: TurnId; readonly abort: AbortController; readonly done: Promise<void> };

/** Why an attempt's signal was aborted: read by whoever sees the abort. */
export class AttemptAborted extends Error {
  override readonly name = 'AttemptAborted';
}

/**
 * Works through due turns. Between `start` and `stop` it runs by itself, woken by `wake` and by a timer on
 * the next due turn; tests call `tick`, `heartbeat` and `idle` instead and need no clock.
 */
export class Worker {
  readonly #settings: WorkerSettings;
  readonly #deps: WorkerDeps;
  readonly #running = new Set<Running>();
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #lookedAt = -Infinity;
  /** When the next look is planned for, like `#lookedAt` by the monotonic clock. */
  #looksAt = Number.POSITIVE_INFINITY;
  /** The earliest time that was announced during a look, which may have come too late for it. */
  #announcedAt = Number.POSITIVE_INFINITY;
  #heartbeatTimer: NodeJS.Timeout | undefined;
  #ticking: Promise<number> | undefined;
  /** What the last look said of turns that must run alone. */
  #suspect: Claimed['suspect'] = 'none';
  /** After a suspect others have their turn, so that neither keeps the other from being worked on. */
  #wasLastSuspect = false;
  #isStarted = false;
  #isStopping = false;

  constructor(settings: WorkerSettings, deps: WorkerDeps) {
    this.#settings = settings;
    this.#deps = deps;
  }

  get running(): number {
    return this.#running.size;
  }

  start(): void {
    this.#isStarted = true;
    const { leaseDurationMs } = this.#deps.makeContext().timing;
    this.#heartbeatTimer = setInterval(() => void this.heartbeat(), Math.min(leaseDurationMs / 3, heartbeatMaxMs));
    this.wake();
  }

  /** There may be work at a time, in ms since the epoch; by default now. Cheap, and as often as one likes. */
  wake(at?: number): void {
    if (!this.#isStarted || this.#isStopping) return;
    const from = at ?? this.#deps.makeContext().now;
    if (this.#ticking === undefined) this.#planLook(from);
    else this.#announcedAt = Math.min(this.#announcedAt, from);
  }

  /** A look that is planned for sooner stays. */
  #planLook(from: number): void {
    const now = this.#deps.monotonicNow();
    const gapLeftMs = this.#lookedAt + lookGapMs - now;
    const inMs = Math.min(Math.max(from - this.#deps.makeContext().now, gapLeftMs, 0), this.#settings.pollMs);
    if (now + inMs >= this.#looksAt) return;
    this.#looksAt = now + inMs;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    const look = (): void => void this.#tickAndRest();
    if (inMs > 0) this.#timer = setTimeout(look, inMs);
    // Not at once: the flush of what woke us begins before the next commit holds the thread.
    else this.#immediate = setImmediate(look);
  }

  async #tickAndRest(): Promise<void> {
    this.#looksAt = Number.POSITIVE_INFINITY;
    this.#lookedAt = this.#deps.monotonicNow();
    const restMs = await this.tick()
      .then(async () => await this.#restMs())
      .catch((error: unknown) => {
        this.#deps.onError(error);
        return this.#settings.pollMs;
      });
    if (this.#isStopping) return;
    const from = Math.min(this.#announcedAt, this.#deps.makeContext().now + restMs);
    this.#announcedAt = Number.POSITIVE_INFINITY;
    this.#planLook(from);
  }

  async #restMs(): Promise<number> {
    const { pollMs } = this.#settings;
    if (this.#running.size >= this.#turnsAllowed() || this.#deps.isPaused() || this.#isKeptFree) return pollMs;
    const nextAt = await nextWorkAt(this.#deps.db);
    if (nextAt === undefined) return pollMs;
    return Math.min(Math.max(nextAt - this.#deps.makeContext().now, 0), pollMs);
  }

  /** Looks for work once and begins it; gives the number of turns begun. @throws DatabaseAway */
  async tick(): Promise<number> {
    while (this.#ticking !== undefined) await this.#ticking.catch(() => 0);
    this.#ticking = this.#tickOnce();
    try {
      return await this.#ticking;
    } finally {
      this.#ticking = undefined;
    }
  }

  async #tickOnce(): Promise<number> {
    await this.#deps.prepare();
    const { owner } = this.#settings;
    const free = this.#turnsAllowed() - this.#running.size;
    if (free <= 0 || this.#isStopping || this.#deps.isPaused()) return 0;
    if (this.#suspect === 'begun' && this.#isKeptFree) return 0;
    const room: Room = { limit: free, isIdle: this.#running.size === 0, prefersSuspect: !this.#wasLastSuspect };
    const { claimed, died, suspect } = await claimTurns(this.#deps.db, owner, room, this.#deps.makeContext);
    this.#suspect = suspect;
    if (claimed.length > 0) this.#wasLastSuspect = suspect === 'begun';
    for (const turn of died) this.#deps.onDied(turn);
    for (const turn of claimed) this.#begin(turn);
    return claimed.length;
  }

  /** Nothing is begun before what runs here has ended: it is a suspect, or one waits for its end. */
  get #isKeptFree(): boolean {
    return this.#suspect !== 'none' && this.#running.size > 0;
  }

  #turnsAllowed(): number {
    const turnsMax = this.#settings.turnsMax();
    return Math.min(this.#deps.turnsAllowed?.() ?? turnsMax, turnsMax);
  }

  #begin(turn: WorkingTurn): void {
    // After a stall the lease of a turn that runs here may have ended: the attempt that it was at is void.
    this.abort([turn.id], 'the lease ended, and the turn was taken up again');
    this.#deps.onClaimed(turn);
    const abort = new AbortController();
    const done = this.#attempt(turn, abort.signal)
      .catch((error: unknown) => {
        this.#deps.onError(error);
        return true;
      })
      .then((leavesWork) => {
        // While fewer are allowed than usual, each that ends well may let more in.
        const turnsMax = this.#settings.turnsMax();
        const wasFull = this.#running.size >= turnsMax || this.#turnsAllowed() < turnsMax || this.#isKeptFree;
        this.#running.delete(running);
        if (leavesWork || wasFull) this.wake();
      });
    const running: Running = { turnId: turn.id, abort, done };
    this.#running.add(running);
  }

  /** Says whether a turn waits because of it: then the timer may stand too late. */
  async #attempt(turn: WorkingTurn, signal: AbortSignal): Promise<boolean> {
    const { result: ended, trace } = await this.#deps.run(turn, signal);
    // What the stop cut short did not fail: another worker, or this one's successor, goes on at once.
    const isCutShort = ended.kind === 'failed' && this.#isStopping && signal.aborted;
    const result: AttemptResult = isCutShort ? { kind: 'handed-back' } : ended;
    const settled = await this.#settle(turn, result, trace);
    this.#deps.onSettled(turn, settled);
    return settled === undefined || settled.turn.state === 'waiting' || settled.opened !== undefined;
  }

  /** A short loss of the database must not cost the answer: the lease is longer than these tries. */
  async #settle(turn: WorkingTurn, result: AttemptResult, trace: string): Promise<Settled | undefined> {
    const { db, makeContext } = this.#deps;
    for (let triesLeft = 3; ; triesLeft -= 1) {
      try {
        return await settleAttempt(db, turn, result, trace, makeContext());
      } catch (error) {
        if (!(error instanceof DatabaseAway) || triesLeft === 0) throw error;
        this.#deps.onError(error);
        await new Promise((resolve) => setTimeout(resolve, this.#settings.pollMs));
      }
    }
  }

  /** Extends the leases of what runs here and aborts what is no longer this worker's. */
  async heartbeat(): Promise<void> {
    if (this.#running.size === 0) return;
    const held = this.#held();
    const { now, timing } = this.#deps.makeContext();
    try {
      const kept = await extendLeases(this.#deps.db, this.#settings.owner, held, now + timing.leaseDurationMs);
      this.abort(
        held.filter((id) => !kept.has(id)),
        'the turn is no longer this worker’s',
      );
    } catch (error) {
      this.#deps.onError(error);
    }
  }

  #held(): readonly TurnId[] {
    return [...this.#running].map(({ turnId }) => turnId);
  }

  /** Ends the attempts of these turns, where they run in this process. */
  abort(turnIds: readonly TurnId[], why: string): void {
    for (const { turnId, abort } of this.#running) {
      if (turnIds.includes(turnId)) abort.abort(new AttemptAborted(why));
    }
  }

  /** Resolves when nothing runs here any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all([...this.#running].map(({ done }) => done));
  }

  /** Takes no more work, gives what runs `graceMs` to end, and hands the rest back to be done elsewhere. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    const deadline = setTimeout(() => this.abort(this.#held(), 'Sidenote is stopping'), graceMs);
    await this.#ticking?.catch(() => 0);
    await this.idle();
    clearTimeout(deadline);
    clearInterval(this.#heartbeatTimer);
  }
}
