/**
 * Why an attempt failed, in the three classes that decide what happens next:
 * `outage`: something we depend on is away, limits us or refuses our key. The turn is sound and waits.
 * `fault`: this attempt went wrong; the next may too, so only a few are made.
 * `terminal`: trying again can't help.
 */
export type Failure = {
  readonly kind: 'outage' | 'fault' | 'terminal';
  /** One sentence for the operator. */
  readonly message: string;
  /** How long the other side asked us to wait, in ms. */
  readonly retryAfterMs: number | undefined;
};

export type RetryRules = {
  /** Faults after which a turn is dead. */
  readonly faultsMax: number;
  /** The same where the newest fault is its worker's death: more, since a process is also killed for reasons of its own. */
  readonly faultsMaxByDeath: number;
  /** A turn with so many faults is a suspect when its worker dies once more under it: it is taken up again alone. */
  readonly faultsBeforeSuspect: number;
  readonly backoffFirstMs: number;
  readonly backoffMaxMs: number;
  /** How long an outage may last, counted from the turn's opening, before the turn is dead. */
  readonly outageMaxMs: number;
};

export type NextAttempt =
  | { readonly kind: 'retry'; readonly dueAt: number }
  | { readonly kind: 'give-up'; readonly reason: string };

/**
 * When to try again. The delay doubles from `backoffFirstMs` to `backoffMaxMs`, less up to half by
 * chance so that turns that failed together do not return together; the server's own wish is the floor.
 * No retry is later than the end of the time that an outage may last.
 * `random` is in [0, 1).
 */
export function nextAttempt(
  rules: RetryRules,
  turn: { readonly attempt: number; readonly faults: number; readonly openedAt: number },
  failure: Failure,
  now: number,
  random: number,
): NextAttempt {
  if (failure.kind === 'terminal') return { kind: 'give-up', reason: failure.message };
  if (turn.faults >= rules.faultsMax) {
    const faults = turn.faults === 1 ? 'one fault' : `${turn.faults} faults`;
    return { kind: 'give-up', reason: `gave up after ${faults}; the last one: ${failure.message}` };
  }
  if (now - turn.openedAt >= rules.outageMaxMs) {
    const hours = Math.round(rules.outageMaxMs / 3_600_000);
    const span = hours === 1 ? 'an hour' : `${hours} hours`;
    return { kind: 'give-up', reason: `gave up after ${span}; the last failure: ${failure.message}` };
  }
  const doubled = rules.backoffFirstMs * 2 ** Math.min(Math.max(turn.attempt - 1, 0), 30);
  const backoffMs = Math.min(doubled, rules.backoffMaxMs) * (1 - random / 2);
  const waitMs = Math.round(Math.max(backoffMs, failure.retryAfterMs ?? 0));
  return { kind: 'retry', dueAt: Math.min(now + waitMs, turn.openedAt + rules.outageMaxMs) };
}
