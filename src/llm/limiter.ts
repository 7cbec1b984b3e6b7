import { cancelled } from './errors.ts';
import { ModelError } from './model.ts';
import type { Lane } from './model.ts';

/** A place among the calls that run at the same time. `waitedMs`: how long it took to get it. */
export type Slot = { readonly waitedMs: number; release(): void };

export type Limiter = {
  /**
   * Waits for a place: a smaller lane first, in the order of asking within one. Who still waits after `deadlineAt`
   * (Unix ms) is sent away when places come free. @throws QueuedTooLong, ModelError `cancelled`
   */
  acquire(lane: Lane, signal: AbortSignal, deadlineAt?: number): Promise<Slot>;
  readonly running: number;
  readonly waiting: number;
};

type Waiter = { readonly deadlineAt: number; readonly start: () => void; readonly shed: () => void };

/** Until when a call waits: nobody waits longer than a whole call may take (`totalMs`), except for what nobody waits for. */
export const queueDeadline = (lane: Lane, totalMs: number, now: number): number | undefined =>
  lane === 'background' ? undefined : now + totalMs;

/**
 * Our own queue in front of a model server, because vLLM, llama.cpp and SGLang queue without a
 * limit and serve in the order of arrival: a teammate who waits goes before the drafts, and the drafts go
 * before what nobody waits for.
 */
export function createLimiter(concurrencyMax: number, now: () => number): Limiter {
  // Sets keep the order of asking and lose an entry from the middle at no cost.
  const lanes: Readonly<Record<Lane, Set<Waiter>>> = { teammate: new Set(), draft: new Set(), background: new Set() };
  const inOrder = [lanes.teammate, lanes.draft, lanes.background];
  let running = 0;

  function startNext(): void {
    for (const lane of inOrder) {
      for (const waiter of lane) {
        lane.delete(waiter);
        if (now() <= waiter.deadlineAt) return waiter.start();
        waiter.shed(); // an answer that nobody waits for any more would only delay the others
      }
    }
  }

  function occupy(askedAt: number): Slot {
    running += 1;
    let isReleased = false;
    return {
      waitedMs: now() - askedAt,
      release() {
        if (isReleased) return;
        isReleased = true;
        running -= 1;
        startNext();
      },
    };
  }

  function wait(lane: Lane, signal: AbortSignal, askedAt: number, deadlineAt: number): Promise<Slot> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        deadlineAt,
        start() {
          signal.removeEventListener('abort', leave);
          resolve(occupy(askedAt));
        },
        shed() {
          signal.removeEventListener('abort', leave);
          reject(new QueuedTooLong(now() - askedAt));
        },
      };
      function leave(): void {
        lanes[lane].delete(waiter);
        reject(cancelled(signal));
      }
      lanes[lane].add(waiter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  return {
    async acquire(lane, signal, deadlineAt = Number.POSITIVE_INFINITY) {
      if (signal.aborted) throw cancelled(signal);
      const askedAt = now();
      return running < concurrencyMax ? occupy(askedAt) : wait(lane, signal, askedAt, deadlineAt);
    },
    get running() {
      return running;
    },
    get waiting() {
      return inOrder.reduce((sum, lane) => sum + lane.size, 0);
    },
  };
}

/** A call was given up in our own queue and never sent: nobody wants its answer any more, from no server. */
export class QueuedTooLong extends ModelError {
  constructor(waitedMs: number) {
    super(
      'busy',
      `The call waited ${waitedMs} ms for its turn at the model server, longer than anyone waits for it. Add a server, or take a faster model.`,
    );
  }
}
