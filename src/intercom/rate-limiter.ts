import { IntercomError } from './errors.ts';
import {
  type Headers,
  type RateWindow,
  unknownWindow,
  windowAt,
  windowIn,
  withAnswer,
  withRefusal,
} from './rate-window.ts';

/** `draft`: a customer waits. `background`: the sweep and the like, which take a share only, and never before a draft. */
export type Urgency = 'draft' | 'background';

/** Of a window, what background calls may use. */
const backgroundPercentDefault = 50;

/** A call that would wait longer gives up, and its turn waits in the queue. Two windows and some of a third. */
const waitMaxMs = 25_000;

/** Instances that share the limit do not all begin in the moment of the reset. */
const spreadMs = 500;

export type RateLimiterDeps = {
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Resolves after `ms`, and rejects when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Of a window, what background calls may use; asked for each call, default 50. */
  readonly backgroundPercent?: () => number;
  /** Hears how long a call had to wait, in ms. */
  readonly onWaited?: (urgency: Urgency, waitedMs: number) => void;
};

type Waiter = { readonly urgency: Urgency; isAdmitted: boolean };

/**
 * One for all calls that share Intercom's limit: whoever calls goes in through `run`. Calls are held back before
 * Intercom has to refuse them, and go on in the order they came, drafts first. What other instances use up shows in
 * Intercom's answers and is taken off here too.
 */
export class RateLimiter {
  readonly #deps: RateLimiterDeps;
  readonly #waiting: Waiter[] = [];
  #window: RateWindow;
  #callsOnTheirWay = 0;

  constructor(deps: RateLimiterDeps) {
    this.#deps = deps;
    this.#window = unknownWindow(deps.now());
  }

  /**
   * Makes one call as soon as the limit lets it.
   * @throws IntercomError of kind `limited` when that would take too long; whatever `call` throws; the signal's reason
   */
  async run<Answer extends { readonly statusCode: number; readonly headers: Headers }>(
    urgency: Urgency,
    call: () => Promise<Answer>,
    signal: AbortSignal,
  ): Promise<Answer> {
    await this.#enter(urgency, signal);
    let answer: Answer | undefined;
    try {
      answer = await call();
      return answer;
    } finally {
      this.#callsOnTheirWay -= 1;
      if (answer !== undefined) this.#learn(answer.statusCode, answer.headers);
    }
  }

  async #enter(urgency: Urgency, signal: AbortSignal): Promise<void> {
    const { now, random, sleep, onWaited } = this.#deps;
    const waiter: Waiter = { urgency, isAdmitted: false };
    const since = now();
    this.#waiting.push(waiter);
    try {
      this.#admit();
      while (!waiter.isAdmitted) {
        const waitMs = this.#window.endsAt - now() + Math.floor(random() * spreadMs);
        if (now() + waitMs - since > waitMaxMs) throw limited(waitMs);
        await sleep(waitMs, signal);
        this.#admit();
      }
      if (now() > since) onWaited?.(urgency, now() - since);
    } catch (error) {
      if (waiter.isAdmitted) this.#callsOnTheirWay -= 1;
      throw error;
    } finally {
      const place = this.#waiting.indexOf(waiter);
      if (place !== -1) this.#waiting.splice(place, 1);
    }
  }

  /** Lets in as many as may go now. */
  #admit(): void {
    this.#window = windowAt(this.#window, this.#deps.now());
    for (const urgency of ['draft', 'background'] as const) {
      for (const waiter of this.#waiting.filter((one) => one.urgency === urgency)) {
        if (!this.#mayGo(urgency)) return;
        waiter.isAdmitted = true;
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        this.#window = { ...this.#window, left: this.#window.left - 1 };
        this.#callsOnTheirWay += 1;
      }
    }
  }

  #mayGo(urgency: Urgency): boolean {
    const { left, limit } = this.#window;
    // A window that nothing is known of is without limit.
    if (left < 1 || urgency === 'draft' || left === limit) return left >= 1;
    const percent = this.#deps.backgroundPercent?.() ?? backgroundPercentDefault;
    return left * 100 > limit * (100 - percent);
  }

  #learn(statusCode: number, headers: Headers): void {
    const now = this.#deps.now();
    const known = windowAt(this.#window, now);
    const said = windowIn(headers, now);
    if (statusCode === 429) this.#window = withRefusal(known, headers, now);
    else if (said !== undefined) this.#window = withAnswer(known, said, this.#callsOnTheirWay);
  }
}

const limited = (retryAfterMs: number): IntercomError =>
  new IntercomError('limited', 'Intercom’s rate limit is used up, and other calls wait already.', { retryAfterMs });
