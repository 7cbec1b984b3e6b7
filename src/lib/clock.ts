import { setTimeout } from 'node:timers/promises';

/** Time as the program is given it; a test brings its own. */
export type Clock = {
  /** Ms since the epoch. */
  readonly now: () => number;
  /** Resolves after `ms`; rejects when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
};

export const systemClock: Clock = {
  now: Date.now,
  sleep: async (ms, signal) => await setTimeout(ms, undefined, { signal }),
};
