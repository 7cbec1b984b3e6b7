import type { PartId, TurnId } from '../domain/ids.ts';
import type { Position } from '../domain/position.ts';
import type { Failure } from '../domain/retry.ts';
import type { EndedTurn, TransitionContext, Turn, TurnEvent, TurnOutcome, WorkingTurn } from '../domain/turn.ts';
import { fail, ok, type Result } from '../lib/result.ts';
import { nextClaimableAt, readBacklog, selectClaimable, selectSuspect } from '../store/claimable.ts';
import type { Database, Queryable } from '../store/database.ts';
import { eraseConversation } from '../store/erase.ts';
import { recordPosted } from '../store/posts.ts';
import { saveTrace } from '../store/traces.ts';
import { getTurn, lockConversation, lockNewestTurn, lockTurn } from '../store/turns.ts';
import { applyEvent } from './apply.ts';

/**
 * How a worker's attempt ended. `overtaken`: the last look found a newer message of the contact.
 * `posted-before`: an earlier attempt had posted for `answers`; `newer` is what the contact wrote since.
 * `conversation-gone`: it was deleted; the turn ends, and in the same commit all that is kept of its words is erased.
 */
export type AttemptResult =
  | TurnOutcome
  | { readonly kind: 'overtaken'; readonly by: Position }
  | {
      readonly kind: 'posted-before';
      readonly partId: PartId;
      readonly answers: Position;
      readonly newer: Position | undefined;
    }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'handed-back' }
  | { readonly kind: 'conversation-gone' };

/** What became of an attempt's turn, and the turn that took its place, if one did. */
export type Settled = { readonly turn: Turn; readonly opened: Turn | undefined };

/** What a worker has room for. */
export type Room = {
  /** Turns at the most. */
  readonly limit: number;
  /** Whether nothing runs in its process: only then it takes up a suspect, and nothing beside it. */
  readonly isIdle: boolean;
  /** Whether a suspect goes before the turns that are due, and holds them back until the process is idle. */
  readonly prefersSuspect: boolean;
};

export type Claimed = {
  readonly claimed: readonly WorkingTurn[];
  readonly died: readonly EndedTurn[];
  /** `begun`: what was claimed is one, and nothing may run beside it. `waits`: for the process to be idle. */
  readonly suspect: 'none' | 'begun' | 'waits';
};

/**
 * Takes up turns that are due or abandoned, each under a lease of `owner`. A suspect, under which workers have died
 * before, is taken up alone, so that the next death tells whose fault it was. A power cut may take a claim back:
 * then the turn waits as before, and the intent to post, which is flushed, has not been stored yet.
 */
export async function claimTurns(
  db: Database,
  owner: string,
  room: Room,
  makeContext: () => TransitionContext,
): Promise<Claimed> {
  return await db.transaction(async (tx) => {
    const { now, retry } = makeContext();
    const take = async (turns: readonly Turn[], isAlone: boolean): Promise<Claimed> => {
      const claimed: WorkingTurn[] = [];
      const died: EndedTurn[] = [];
      for (const turn of turns) {
        const { newest } = await applyEvent(tx, turn, { type: 'claimed', owner, isAlone }, makeContext());
        if (newest.state === 'working') claimed.push(newest);
        if (newest.state === 'dead') died.push(newest);
      }
      return { claimed, died, suspect: isAlone && claimed.length > 0 ? 'begun' : 'none' };
    };
    const search = { now, faultsBeforeSuspect: retry.faultsBeforeSuspect, limit: room.limit };
    const backlog = await readBacklog(tx, now);
    const suspect = backlog.hasAbandoned ? await selectSuspect(tx, search) : undefined;
    if (suspect !== undefined && room.prefersSuspect) {
      return room.isIdle ? await take([suspect], true) : { claimed: [], died: [], suspect: 'waits' };
    }
    const others = await selectClaimable(tx, backlog, search);
    if (others.length === 0 && suspect !== undefined && room.isIdle) return await take([suspect], true);
    return await take(others, false);
  }, 'ordered');
}

/** When there may be something to claim; undefined when no turn is live. */
export const nextWorkAt = nextClaimableAt;

/** Whether the stored turn is still at the attempt that its worker holds; the owner may have had to claim it anew. */
const isSameAttempt = (stored: Turn | undefined, held: WorkingTurn): stored is WorkingTurn =>
  stored?.state === 'working' && stored.lease.owner === held.lease.owner && stored.attempt === held.attempt;

/** Writes that the turn answers up to a newer part than it was opened for. False when it is not `turn`'s owner's any more. */
export async function extendReach(
  db: Database,
  turn: WorkingTurn,
  upTo: Position,
  context: TransitionContext,
): Promise<boolean> {
  const { owner } = turn.lease;
  return await db.transaction(async (tx) => {
    const stored = await lockTurn(tx, turn.id);
    if (!isSameAttempt(stored, turn)) return false;
    const { transition } = await applyEvent(tx, stored, { type: 'conversation-read', owner, upTo }, context);
    return transition.kind === 'changed';
  });
}

const touchesOtherTurns: ReadonlySet<AttemptResult['kind']> = new Set([
  'overtaken',
  'posted-before',
  'conversation-gone',
]);

/**
 * Ends an attempt: the turn's next state, its trace, and in the ledger the part that was posted, all or
 * nothing. A worker that lost the turn writes the ledger and the trace only, both of which are true all the
 * same, and gets undefined. A power cut may take it back: then the next attempt finds our part by its intent.
 */
export async function settleAttempt(
  db: Database,
  turn: WorkingTurn,
  result: AttemptResult,
  trace: string,
  context: TransitionContext,
): Promise<Settled | undefined> {
  return await db.transaction(async (tx) => {
    // What it does to the conversation's turns, a notification may be doing at this moment.
    const { workspaceId, conversationId } = turn;
    if (touchesOtherTurns.has(result.kind)) await lockConversation(tx, workspaceId, conversationId);
    if (result.kind === 'conversation-gone') await eraseConversation(tx, workspaceId, conversationId);
    const stored = await lockTurn(tx, turn.id);
    if (stored === undefined) return undefined;
    if ('partId' in result) await recordPosted(tx, turn.id, result.partId, context.now);
    await saveTrace(tx, turn.id, { attempt: turn.attempt, recordedAt: context.now, trace });
    if (!isSameAttempt(stored, turn)) return undefined;
    if (result.kind === 'posted-before') return await settlePostedBefore(tx, stored, result, context);
    const { transition, newest } = await applyEvent(tx, stored, toEvent(turn, result), context);
    if (transition.kind === 'replaced') return { turn: transition.ended, opened: newest };
    if (transition.kind === 'changed') return { turn: newest, opened: undefined };
    // Overtaken by a message that was withdrawn since: this answer is not for the conversation as it is.
    const outcome = { kind: 'superseded', reason: 'the conversation changed while the draft was written' } as const;
    return { turn: (await applyEvent(tx, stored, toEvent(turn, outcome), context)).newest, opened: undefined };
  }, 'ordered');
}

/** The turn ends where its post stands, and what the contact wrote since opens the next one. */
async function settlePostedBefore(
  tx: Queryable,
  stored: WorkingTurn,
  { partId, answers, newer }: Extract<AttemptResult, { kind: 'posted-before' }>,
  context: TransitionContext,
): Promise<Settled> {
  const { owner } = stored.lease;
  const read = await applyEvent(tx, stored, { type: 'conversation-read', owner, upTo: answers }, context);
  const outcome: TurnOutcome = { kind: 'delivered', partId };
  const { newest: turn } = await applyEvent(tx, read.newest, { type: 'attempt-ended', owner, outcome }, context);
  if (newer === undefined) return { turn, opened: undefined };
  const { newest } = await applyEvent(tx, turn, { type: 'contact-wrote', position: newer }, context);
  return { turn, opened: newest.id === turn.id ? undefined : newest };
}

function toEvent(turn: WorkingTurn, result: Exclude<AttemptResult, { kind: 'posted-before' }>): TurnEvent {
  const { owner } = turn.lease;
  switch (result.kind) {
    case 'overtaken':
      return { type: 'contact-wrote', position: result.by };
    case 'failed':
      return { type: 'attempt-failed', owner, failure: result.failure };
    case 'handed-back':
      return { type: 'handed-back', owner };
    case 'conversation-gone':
      return { type: 'conversation-deleted' };
    default:
      return { type: 'attempt-ended', owner, outcome: result };
  }
}

/** Makes a dead turn due at once. The reason, when refused, is a sentence for a person. */
export async function reviveTurn(db: Database, turnId: TurnId, context: TransitionContext): Promise<Result<Turn>> {
  return await db.transaction(async (tx): Promise<Result<Turn>> => {
    const found = await getTurn(tx, turnId);
    if (found === undefined) return fail(`There is no turn ${turnId}.`);
    const newest = await lockNewestTurn(tx, found.workspaceId, found.conversationId);
    if (newest !== undefined && newest.id !== turnId) {
      return fail(`The conversation has a newer turn, ${newest.id} (${newest.state}), so ${turnId} is not revived.`);
    }
    const { transition, newest: turn } = await applyEvent(tx, newest ?? found, { type: 'revived' }, context);
    return transition.kind === 'refused' ? fail(`Not revived: ${transition.why}.`) : ok(turn);
  });
}
