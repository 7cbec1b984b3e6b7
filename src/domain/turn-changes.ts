import type { ConversationId, WorkspaceId } from './ids.ts';
import { isLive, openingBy, openTurn, transition, type TransitionContext, type Turn, type TurnEvent } from './turn.ts';

export type TurnChange = { readonly before: Turn; readonly after: Turn };

/** What events did to the turns of one conversation. */
export type TurnChanges = {
  /** A turn that is stored: its stored state, and the one to write over it. */
  readonly updates: readonly TurnChange[];
  /** Turns that are new, as they are after the last event, oldest first: at most the last of them is live. */
  readonly inserts: readonly Turn[];
  /** Turns that ended. Their state before says whether a worker was on them. */
  readonly ended: readonly TurnChange[];
};

/**
 * Applies events one after another to `newest`, the newest stored turn of the conversation, in memory: what has to
 * be written is known at the end, and it is one write for each turn, however many events came at once.
 */
export function foldEvents(
  conversation: { readonly workspaceId: WorkspaceId; readonly conversationId: ConversationId },
  newest: Turn | undefined,
  events: readonly TurnEvent[],
  makeContext: () => TransitionContext,
): TurnChanges {
  const turns = newest === undefined ? [] : [newest];
  const ended: TurnChange[] = [];
  const replaceNewest = (after: Turn): void => {
    const before = turns.pop();
    if (before !== undefined && isLive(before) && !isLive(after)) ended.push({ before, after });
    turns.push(after);
  };
  const { workspaceId, conversationId } = conversation;
  for (const event of events) {
    const turn = turns.at(-1);
    const context = makeContext();
    if (turn === undefined) {
      const opening = openingBy(event, context);
      if (opening !== undefined) turns.push(openTurn(workspaceId, conversationId, opening));
      continue;
    }
    const decided = transition(turn, event, context);
    if (decided.kind === 'replaced') {
      replaceNewest(decided.ended);
      turns.push(openTurn(workspaceId, conversationId, decided.opens));
    } else if (decided.kind === 'changed') {
      if (decided.turn.id === turn.id) replaceNewest(decided.turn);
      else turns.push(decided.turn);
    }
  }
  const [first] = turns;
  const isStored = newest !== undefined && first !== undefined;
  return {
    updates: isStored && first !== newest ? [{ before: newest, after: first }] : [],
    inserts: isStored ? turns.slice(1) : turns,
    ended,
  };
}
