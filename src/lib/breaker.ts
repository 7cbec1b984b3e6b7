export type BreakerState =
  | { readonly kind: 'closed' }
  /** Nothing is sent before a canary has come back well; the next one flies at `canaryAt` (Unix ms). */
  | { readonly kind: 'open'; readonly since: number; readonly reason: string; readonly canaryAt: number }
  /** The canary came back: `callsAllowed` at once, doubled by each success, until all may come again. */
  | { readonly kind: 'recovering'; readonly callsAllowed: number };

export type BreakerRules = {
  /** Failures in a row, none older than `windowMs`, that open the breaker. */
  readonly failuresMax: number;
  readonly windowMs: number;
  /** The wait before a canary doubles from the first to the last of these. */
  readonly canaryFirstMs: number;
  readonly canaryLastMs: number;
};

export type BreakerDeps = {
  /** Unix time in ms. */
  readonly now: () => number;
  /** In [0, 1): keeps the canaries of several instances apart. */
  readonly random: () => number;
  readonly onChange: (state: BreakerState) => void;
};

/**
 * Keeps calls away from a neighbour that fails: opens after several failures in a row, lets a canary through now
 * and then, and begins again slowly, so that what has waited does not run it down at once.
 */
export class Breaker {
  readonly #rules: BreakerRules;
  readonly #deps: BreakerDeps;
  #state: BreakerState = { kind: 'closed' };
  #failedAt: readonly number[] = [];
  #canaries = 0;

  constructor(rules: BreakerRules, deps: BreakerDeps) {
    this.#rules = rules;
    this.#deps = deps;
  }

  get state(): BreakerState {
    return this.#state;
  }

  get isOpen(): boolean {
    return this.#state.kind === 'open';
  }

  /** How much of `callsMax` may run at the same time now. */
  callsAllowed(callsMax: number): number {
    if (this.#state.kind === 'open') return 0;
    return this.#state.kind === 'closed' ? callsMax : Math.min(this.#state.callsAllowed, callsMax);
  }

  /** A call ended well; `callsMax` is what the neighbour takes in good times. */
  succeeded(callsMax: number): void {
    this.#failedAt = [];
    if (this.#state.kind !== 'recovering') return;
    const callsAllowed = this.#state.callsAllowed * 2;
    if (callsAllowed < callsMax) this.#become({ kind: 'recovering', callsAllowed });
    else this.#become({ kind: 'closed' });
  }

  /** A call failed, for a reason that would fail others too. */
  failed(reason: string): void {
    if (this.#state.kind === 'open') return;
    const now = this.#deps.now();
    this.#failedAt = [...this.#failedAt.filter((at) => now - at < this.#rules.windowMs), now];
    if (this.#state.kind === 'recovering' || this.#failedAt.length >= this.#rules.failuresMax) this.open(reason);
  }

  /** Opens at once, for a reason that stands by itself: the server's own metrics say that it is stuck. */
  open(reason: string): void {
    if (this.#state.kind === 'open') return;
    const now = this.#deps.now();
    this.#canaries = 0;
    this.#failedAt = [];
    this.#become({ kind: 'open', since: now, reason, canaryAt: now + this.#canaryWaitMs() });
  }

  get isCanaryDue(): boolean {
    return this.#state.kind === 'open' && this.#deps.now() >= this.#state.canaryAt;
  }

  canarySucceeded(): void {
    if (this.#state.kind === 'open') this.#become({ kind: 'recovering', callsAllowed: 1 });
  }

  canaryFailed(reason: string): void {
    if (this.#state.kind !== 'open') return;
    this.#canaries += 1;
    this.#become({ ...this.#state, reason, canaryAt: this.#deps.now() + this.#canaryWaitMs() });
  }

  #canaryWaitMs(): number {
    const { canaryFirstMs, canaryLastMs } = this.#rules;
    const doubledMs = Math.min(canaryFirstMs * 2 ** Math.min(this.#canaries, 30), canaryLastMs);
    return Math.round(doubledMs * (1 - this.#deps.random() / 4));
  }

  #become(state: BreakerState): void {
    const isChange = state.kind !== this.#state.kind;
    this.#state = state;
    if (isChange) this.#deps.onChange(state);
  }
}
