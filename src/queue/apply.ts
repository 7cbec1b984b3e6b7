import type { TurnId } from '../domain/ids.ts';
import {
  openTurn,
  type Transition,
  transition,
  type TransitionContext,
  type Turn,
  type TurnEvent,
} from '../domain/turn.ts';
import type { Queryable } from '../store/database.ts';
import { insertTurn, updateTurn } from '../store/turns.ts';

/** What an event did to the newest turn of a conversation. */
export type Applied = {
  readonly transition: Transition;
  /** The newest turn of the conversation afterwards. */
  readonly newest: Turn;
};

/** The row changed between reading and writing: someone else was faster, so nothing may be concluded. */
export class TurnChanged extends Error {
  override readonly name = 'TurnChanged';

  constructor(turnId: TurnId) {
    super(`The turn ${turnId} was changed by someone else at the same moment.`);
  }
}

/**
 * Decides what `event` does to `turn` and writes it, in the caller's transaction, which should hold
 * the turn's row. @throws TurnChanged when it does not and another was faster.
 */
export async function applyEvent(
  tx: Queryable,
  turn: Turn,
  event: TurnEvent,
  context: TransitionContext,
): Promise<Applied> {
  const decided = transition(turn, event, context);
  switch (decided.kind) {
    case 'unchanged':
    case 'refused':
      return { transition: decided, newest: turn };
    case 'replaced': {
      await write(tx, turn, decided.ended);
      const opened = openTurn(turn.workspaceId, turn.conversationId, decided.opens);
      await insertTurn(tx, opened);
      return { transition: decided, newest: opened };
    }
    case 'changed':
      await (decided.turn.id === turn.id ? write(tx, turn, decided.turn) : insertTurn(tx, decided.turn));
      return { transition: decided, newest: decided.turn };
  }
}

async function write(tx: Queryable, previous: Turn, next: Turn): Promise<void> {
  if (!(await updateTurn(tx, previous, next))) throw new TurnChanged(previous.id);
}
