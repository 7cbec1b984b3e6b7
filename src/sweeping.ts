import { sweep, type SweepDeps } from './inbox/sweep.ts';

export type SweepingDeps = Omit<SweepDeps, 'ageMaxSeconds'> & {
  /** Read anew for each sweep; `hours` 0: none. */
  readonly settings: () => { readonly minutes: number; readonly hours: number };
  /** In [0, 1). */
  readonly random: () => number;
  readonly onEnded: (found: number) => void;
  readonly onFailed: (error: unknown) => void;
};

export type Sweeping = Disposable & {
  /** Sweeps now, once; never throws. */
  sweepOnce(): Promise<void>;
  /** Sweeps soon, and then on the schedule. */
  start(): void;
};

/** After a start the first seconds belong to webhooks. */
const firstDelayMs = 5000;
/** What was cut short goes on soon. */
const retryDelayMs = 60_000;

/** The sweep on its schedule, from `start` until disposed. */
export function createSweeping(deps: SweepingDeps): Sweeping {
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;

  const sweepOnce = async (): Promise<boolean> => {
    const ageMaxSeconds = deps.settings().hours * 3600;
    if (ageMaxSeconds === 0) return true;
    try {
      deps.onEnded(await sweep({ ...deps, ageMaxSeconds }, stopping.signal));
      return true;
    } catch (error) {
      if (!stopping.signal.aborted) deps.onFailed(error);
      return false;
    }
  };
  // By up to half more, so that instances started together do not sweep together.
  const schedule = (delayMs: number): void => {
    if (stopping.signal.aborted) return;
    timer = setTimeout(() => void runAndSchedule(), delayMs * (1 + deps.random() / 2));
  };
  const runAndSchedule = async (): Promise<void> => {
    const isDone = await sweepOnce();
    schedule(isDone ? deps.settings().minutes * 60_000 : retryDelayMs);
  };

  return {
    sweepOnce: async () => void (await sweepOnce()),
    start: () => schedule(firstDelayMs),
    [Symbol.dispose]: () => {
      stopping.abort();
      clearTimeout(timer);
    },
  };
}
