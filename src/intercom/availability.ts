import { Breaker, type BreakerRules, type BreakerState } from '../lib/breaker.ts';
import { IntercomError } from './errors.ts';

/** Five failures in a row within a minute; that Intercom is back is seen within 15 s. */
const rules: BreakerRules = { failuresMax: 5, windowMs: 60_000, canaryFirstMs: 1000, canaryLastMs: 15_000 };

export type AvailabilityDeps = {
  /** Unix time in ms. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Turns under work at the same time while all is well. */
  readonly turnsMax: () => number;
  /** A small call that Intercom answers when it is there. @throws IntercomError */
  readonly canary: (signal: AbortSignal) => Promise<unknown>;
  readonly onChange: (state: BreakerState) => void;
};

/**
 * Whether Intercom is there. While it is not, no turn is begun and no call leaves but a canary now and then: a call for
 * each turn that waits would tell nothing more. One for all clients of an app.
 */
export class Availability {
  readonly #deps: AvailabilityDeps;
  readonly #breaker: Breaker;
  #looking: Promise<void> | undefined;

  constructor(deps: AvailabilityDeps) {
    this.#deps = deps;
    this.#breaker = new Breaker(rules, deps);
  }

  get state(): BreakerState {
    return this.#breaker.state;
  }

  turnsAllowed(): number {
    return this.#breaker.callsAllowed(this.#deps.turnsMax());
  }

  /** Makes one call and learns by its end. @throws IntercomError of kind `away`, without a call, while Intercom is away */
  async run<Value>(call: () => Promise<Value>, signal: AbortSignal): Promise<Value> {
    const { state } = this.#breaker;
    if (state.kind === 'open') throw awayStill(state, this.#deps.now());
    try {
      const value = await call();
      this.#breaker.succeeded(this.#deps.turnsMax());
      return value;
    } catch (error) {
      const said = whatItSays(error, signal);
      if (said === 'away') this.#breaker.failed(messageOf(error));
      if (said === 'there') this.#breaker.succeeded(this.#deps.turnsMax());
      throw error;
    }
  }

  /** Sends the canary when it is time for it, one at a time. Never throws. */
  async look(signal: AbortSignal): Promise<void> {
    if (this.#looking === undefined && !this.#breaker.isCanaryDue) return;
    this.#looking ??= this.#sendCanary(signal).finally(() => (this.#looking = undefined));
    await this.#looking;
  }

  async #sendCanary(signal: AbortSignal): Promise<void> {
    try {
      await this.#deps.canary(signal);
      this.#breaker.canarySucceeded();
    } catch (error) {
      const said = whatItSays(error, signal);
      if (said === 'there') this.#breaker.canarySucceeded();
      else if (!signal.aborted) this.#breaker.canaryFailed(messageOf(error));
    }
  }
}

/** What a failed call says of Intercom; undefined when nothing, as where it was given up or never left. */
function whatItSays(error: unknown, signal: AbortSignal): 'away' | 'there' | undefined {
  if (signal.aborted || !(error instanceof IntercomError)) return undefined;
  if (error.kind === 'away' || error.status === 401) return 'away'; // no call goes well with a refused token
  return error.status === undefined ? undefined : 'there';
}

function awayStill({ reason, canaryAt }: Extract<BreakerState, { kind: 'open' }>, now: number): IntercomError {
  const message = `Calls to Intercom are held back until it answers again, which is tried by itself. ${reason}`;
  return new IntercomError('away', message, { retryAfterMs: Math.max(canaryAt - now, 0) });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
