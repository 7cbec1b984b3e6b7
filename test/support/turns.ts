import { parseConversationId, parsePartId, parseTurnId, parseWorkspaceId } from '../../src/domain/ids.ts';
import type { Position } from '../../src/domain/position.ts';
import type { Failure, RetryRules } from '../../src/domain/retry.ts';
import type { TransitionContext, Turn, TurnEvent, TurnOutcome, TurnState, TurnTiming } from '../../src/domain/turn.ts';

/** Production's figures; see src/wiring.ts. */
export const timing: TurnTiming = { quietPeriodMs: 1500, waitMaxMs: 10_000, leaseDurationMs: 15_000 };
export const retry: RetryRules = {
  faultsMax: 5,
  faultsMaxByDeath: 8,
  faultsBeforeSuspect: 1,
  backoffFirstMs: 1000,
  backoffMaxMs: 60_000,
  outageMaxMs: 72 * 3_600_000,
};

/** A context whose chance takes nothing off a delay. `nextTurnId` is `next` unless told. */
export const contextAt = (now: number, nextTurnId = 'next'): TransitionContext => ({
  now,
  random: 0,
  nextTurnId: parseTurnId(nextTurnId),
  timing,
  retry,
});

/** A position by Intercom's clock, in seconds; the part's id grows with its time. */
export const positionAt = (seconds: number): Position => ({ partId: parsePartId(String(seconds)), at: seconds });

export const workspaceId = parseWorkspaceId('lumen123');
export const conversationId = parseConversationId('4711');

/** When the turns of `turnIn` were opened, and when they fall due or their lease ends; ms. */
export const openedAt = 1_000_000;
export const actsAt = openedAt + timing.quietPeriodMs;

/** A turn in `state` that answers up to `positionAt(100)`; a working one is held by `owner-1`. */
export function turnIn(state: TurnState, faults = 0): Turn {
  const base = {
    id: parseTurnId('turn-1'),
    workspaceId,
    conversationId,
    openedAt,
    upTo: positionAt(100),
    faults,
    attempt: state === 'waiting' ? 0 : 1,
  };
  switch (state) {
    case 'waiting':
      return { ...base, state, dueAt: actsAt, lastError: undefined };
    case 'working':
      return { ...base, state, lease: { owner: 'owner-1', endsAt: actsAt } };
    case 'delivered':
      return { ...base, state, endedAt: actsAt, partId: parsePartId('101') };
    case 'withheld':
    case 'skipped':
    case 'superseded':
    case 'dead':
      return { ...base, state, endedAt: actsAt, reason: 'because' };
  }
}

/** What a worker that calls itself `owner` reports of its attempt. */
export const attemptFailed = (owner: string, kind: Failure['kind']): { readonly event: TurnEvent } => ({
  event: { type: 'attempt-failed', owner, failure: { kind, message: 'it failed', retryAfterMs: undefined } },
});
export const attemptEnded = (owner: string, outcome: TurnOutcome): { readonly event: TurnEvent } => ({
  event: { type: 'attempt-ended', owner, outcome },
});

/** With this many faults behind it, a turn is taken up alone when its worker dies. */
export const suspectFaults = retry.faultsBeforeSuspect;

/** With this many faults behind it, a turn dies of the next. */
export const oneFaultLeft = retry.faultsMax - 1;
export const oneDeathLeft = retry.faultsMaxByDeath - 1;
