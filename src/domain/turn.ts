/**
 * The life of a turn, as pure functions. docs/turn-states.md has the whole table of states and
 * events; `turn.test.ts` holds it, typed so that a new state or event does not compile untested.
 *
 *   (none) ──contact wrote──▶ waiting ──claimed──▶ working ──▶ delivered | withheld | skipped
 *                              ▲  │                 │  │
 *                              │  │                 │  └─────▶ superseded   (also from waiting)
 *                              │  └─revived─ dead ◀─┤
 *                              └────attempt failed──┘
 */
import type { ConversationId, PartId, TurnId, WorkspaceId } from './ids.ts';
import { isLater, type Position } from './position.ts';
import { type Failure, nextAttempt, type RetryRules } from './retry.ts';

type TurnBase = {
  readonly id: TurnId;
  readonly workspaceId: WorkspaceId;
  readonly conversationId: ConversationId;
  /** Ms since the epoch by our clock, as every `…At` here. */
  readonly openedAt: number;
  /** The newest part of the contact that this turn answers. */
  readonly upTo: Position;
  /** Attempts begun, from 1 once work has started. */
  readonly attempt: number;
  /** Attempts that failed by a fault rather than an outage; see `RetryRules`. */
  readonly faults: number;
};

export type WaitingTurn = TurnBase & {
  readonly state: 'waiting';
  readonly dueAt: number;
  /** Why the last attempt failed, in words; undefined before the first failure. */
  readonly lastError: string | undefined;
};

export type WorkingTurn = TurnBase & {
  readonly state: 'working';
  readonly lease: { readonly owner: string; readonly endsAt: number };
};

export type DeliveredTurn = TurnBase & {
  readonly state: 'delivered';
  readonly endedAt: number;
  readonly partId: PartId;
};

/** Ended without a post; `reason` says why in words. */
export type UnpostedTurn = TurnBase & {
  readonly state: 'withheld' | 'skipped' | 'superseded' | 'dead';
  readonly endedAt: number;
  readonly reason: string;
};

export type EndedTurn = DeliveredTurn | UnpostedTurn;
export type LiveTurn = WaitingTurn | WorkingTurn;
export type Turn = LiveTurn | EndedTurn;
export type TurnState = Turn['state'];

/** How an attempt ended when it did not fail. */
export type TurnOutcome =
  | { readonly kind: 'delivered'; readonly partId: PartId }
  | { readonly kind: 'withheld' | 'skipped' | 'superseded'; readonly reason: string };

export type TurnEvent =
  | { readonly type: 'contact-wrote'; readonly position: Position }
  | { readonly type: 'teammate-replied'; readonly position: Position }
  | { readonly type: 'bot-replied'; readonly position: Position }
  | { readonly type: 'conversation-closed'; readonly position: Position }
  | { readonly type: 'conversation-deleted' }
  /** `isAlone`: the worker's process runs no other turn, and begins none beside this one. */
  | { readonly type: 'claimed'; readonly owner: string; readonly isAlone: boolean }
  | { readonly type: 'conversation-read'; readonly owner: string; readonly upTo: Position }
  | { readonly type: 'attempt-failed'; readonly owner: string; readonly failure: Failure }
  | { readonly type: 'handed-back'; readonly owner: string }
  | { readonly type: 'attempt-ended'; readonly owner: string; readonly outcome: TurnOutcome }
  | { readonly type: 'revived' };

export type TurnTiming = {
  /** How long a contact must be silent before a turn falls due. */
  readonly quietPeriodMs: number;
  /** A turn falls due at the latest this long after it opened, however fast the contact writes on. */
  readonly waitMaxMs: number;
  readonly leaseDurationMs: number;
};

/** What a transition needs beside turn and event: the time, chance and an id, given from outside. */
export type TransitionContext = {
  readonly now: number;
  /** In [0, 1). */
  readonly random: number;
  readonly nextTurnId: TurnId;
  readonly timing: TurnTiming;
  readonly retry: RetryRules;
};

export type Transition =
  /** Nothing to write; `why` is for the log. */
  | { readonly kind: 'unchanged'; readonly why: string }
  /** The caller may not do this; nothing to write. `why` is a sentence for a person. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'changed'; readonly turn: Turn }
  /** A turn ends because the contact wrote on, and a new one takes its place. */
  | { readonly kind: 'replaced'; readonly ended: UnpostedTurn; readonly opens: Opening };

/** What a new turn starts with; `openTurn` makes it one. */
export type Opening = {
  readonly id: TurnId;
  readonly upTo: Position;
  readonly openedAt: number;
  readonly dueAt: number;
};

const opening = (upTo: Position, context: TransitionContext): Opening => ({
  id: context.nextTurnId,
  upTo,
  openedAt: context.now,
  dueAt: context.now + context.timing.quietPeriodMs,
});

/** The first turn of a conversation, or the next one. */
export function openTurn(
  workspaceId: WorkspaceId,
  conversationId: ConversationId,
  { id, upTo, openedAt, dueAt }: Opening,
): WaitingTurn {
  return {
    id,
    workspaceId,
    conversationId,
    openedAt,
    upTo,
    attempt: 0,
    faults: 0,
    state: 'waiting',
    dueAt,
    lastError: undefined,
  };
}

/** What a contact's part does where no turn is known yet. */
export const firstOpening = (upTo: Position, context: TransitionContext): Opening => opening(upTo, context);

/** What `event` opens in a conversation that has had no turn: only what a contact writes opens one. */
export const openingBy = (event: TurnEvent, context: TransitionContext): Opening | undefined =>
  event.type === 'contact-wrote' ? firstOpening(event.position, context) : undefined;

function base(turn: Turn): TurnBase {
  const { id, workspaceId, conversationId, openedAt, upTo, attempt, faults } = turn;
  return { id, workspaceId, conversationId, openedAt, upTo, attempt, faults };
}

const end = (turn: Turn, state: UnpostedTurn['state'], reason: string, now: number): UnpostedTurn => ({
  ...base(turn),
  state,
  reason,
  endedAt: now,
});

const unchanged = (why: string): Transition => ({ kind: 'unchanged', why });
const refused = (why: string): Transition => ({ kind: 'refused', why });
const changed = (turn: Turn): Transition => ({ kind: 'changed', turn });

/** A turn that can still become a note; at most one per conversation. */
export const isLive = (turn: Turn): turn is LiveTurn => turn.state === 'waiting' || turn.state === 'working';

/** The next state of `turn`, the newest turn of its conversation. Never throws. */
export function transition(turn: Turn, event: TurnEvent, context: TransitionContext): Transition {
  switch (event.type) {
    case 'contact-wrote':
      return onContactWrote(turn, event.position, context);
    case 'teammate-replied':
      return onMovedOn(turn, event.position, 'a teammate replied', context.now);
    case 'bot-replied':
      return onMovedOn(turn, event.position, 'a bot replied', context.now);
    case 'conversation-closed':
      return onMovedOn(turn, event.position, 'the conversation was closed', context.now);
    case 'conversation-deleted':
      return isLive(turn)
        ? changed(end(turn, 'superseded', 'the conversation was deleted', context.now))
        : unchanged('the turn has ended');
    case 'claimed':
      return onClaimed(turn, event, context);
    case 'revived':
      return onRevived(turn, context);
    default:
      return onAttempt(turn, event, context);
  }
}

function onContactWrote(turn: Turn, position: Position, context: TransitionContext): Transition {
  if (!isLater(position, turn.upTo)) return unchanged('the turn already reaches this part');
  switch (turn.state) {
    case 'waiting': {
      // A turn that waits for a retry keeps its backoff: the server asked for it, and the contact's next words do not change that.
      const quietUntil = Math.min(context.now + context.timing.quietPeriodMs, turn.openedAt + context.timing.waitMaxMs);
      return changed({ ...turn, upTo: position, dueAt: Math.max(turn.dueAt, quietUntil) });
    }
    case 'working':
      return {
        kind: 'replaced',
        ended: end(turn, 'superseded', 'the contact wrote again', context.now),
        opens: opening(position, context),
      };
    case 'delivered':
    case 'withheld':
    case 'skipped':
    case 'superseded':
    case 'dead':
      return changed(openTurn(turn.workspaceId, turn.conversationId, opening(position, context)));
  }
}

function onMovedOn(turn: Turn, position: Position, why: string, now: number): Transition {
  if (!isLive(turn)) return unchanged('the turn has ended');
  // By Intercom's clock it happened before the contact's part, so the notification is late.
  if (!isLater(position, turn.upTo)) return unchanged('it happened before the part this turn answers');
  return changed(end(turn, 'superseded', why, now));
}

type ClaimedEvent = Extract<TurnEvent, { type: 'claimed' }>;

function onClaimed(turn: Turn, { owner, isAlone }: ClaimedEvent, context: TransitionContext): Transition {
  const { now, timing, retry } = context;
  const lease = { owner, endsAt: now + timing.leaseDurationMs };
  if (turn.state === 'waiting') {
    if (turn.dueAt > now) return refused('the turn is not due yet');
    return changed({ ...base(turn), state: 'working', attempt: turn.attempt + 1, lease });
  }
  if (turn.state !== 'working') return refused('the turn has ended');
  if (turn.lease.endsAt > now) return refused('another worker holds the turn');
  // Its death was a fault of every turn beside it too: who is to blame shows only when each runs alone.
  if (turn.faults >= retry.faultsBeforeSuspect && !isAlone) return refused('a turn whose workers died runs alone');
  // The worker died or hung. That counts as a fault, so that a turn which kills its worker is not tried for ever.
  const faults = turn.faults + 1;
  if (faults >= retry.faultsMaxByDeath) {
    return changed(
      end({ ...turn, faults }, 'dead', `the worker died ${faults} times while it worked on this turn`, now),
    );
  }
  return changed({ ...base(turn), state: 'working', attempt: turn.attempt + 1, faults, lease });
}

function onRevived(turn: Turn, context: TransitionContext): Transition {
  if (turn.state !== 'dead') return refused(`only a dead turn can be revived; this one is ${turn.state}`);
  return changed({
    ...base(turn),
    attempt: 0,
    faults: 0,
    openedAt: context.now,
    state: 'waiting',
    dueAt: context.now,
    lastError: turn.reason,
  });
}

type AttemptEvent = Extract<
  TurnEvent,
  { type: 'conversation-read' | 'attempt-failed' | 'handed-back' | 'attempt-ended' }
>;

/** What the worker that holds the lease reports. Everyone else is refused: that is the fence. */
function onAttempt(turn: Turn, event: AttemptEvent, context: TransitionContext): Transition {
  const { now } = context;
  if (turn.state !== 'working') return refused(`the turn is ${turn.state}, not working`);
  if (turn.lease.owner !== event.owner) return refused('another worker holds the turn');
  switch (event.type) {
    case 'conversation-read':
      return changed({ ...turn, upTo: event.upTo });
    case 'handed-back':
      return changed({ ...base(turn), attempt: turn.attempt - 1, state: 'waiting', dueAt: now, lastError: undefined });
    case 'attempt-ended':
      return changed(endAttempt(turn, event.outcome, now));
    case 'attempt-failed':
      return changed(failAttempt(turn, event.failure, context));
  }
}

function endAttempt(turn: WorkingTurn, outcome: TurnOutcome, now: number): EndedTurn {
  if (outcome.kind !== 'delivered') return end(turn, outcome.kind, outcome.reason, now);
  return { ...base(turn), state: 'delivered', endedAt: now, partId: outcome.partId };
}

function failAttempt(turn: WorkingTurn, failure: Failure, context: TransitionContext): Turn {
  const faults = turn.faults + (failure.kind === 'fault' ? 1 : 0);
  const { attempt, openedAt } = turn;
  const next = nextAttempt(context.retry, { attempt, faults, openedAt }, failure, context.now, context.random);
  if (next.kind === 'give-up') return end({ ...turn, faults }, 'dead', next.reason, context.now);
  return { ...base(turn), faults, state: 'waiting', dueAt: next.dueAt, lastError: failure.message };
}
