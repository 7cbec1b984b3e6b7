import type { Conversation } from '../domain/conversation.ts';
import type { LookedUp } from '../domain/facts.ts';
import type { PartId, TeammateId, WorkspaceId } from '../domain/ids.ts';
import { assessStanding } from '../domain/standing.ts';
import type { TransitionContext, WorkingTurn } from '../domain/turn.ts';
import { type AttemptResult, extendReach } from '../queue/queue.ts';
import type { Database } from '../store/database.ts';
import { isPartCovered } from '../store/turns.ts';
import { conversationGone, unlessGone } from './conversation-gone.ts';
import { lookUp, type LookUpDeps } from './look-up.ts';
import { confirmPosts, postedBefore, unrecordedNote } from './posted.ts';

/** Who we are in the workspace that the token opens. */
export type Identity = { readonly workspaceId: WorkspaceId; readonly assistantId: TeammateId };

export type Gathered =
  | {
      readonly kind: 'gathered';
      /** The turn, now up to the newest part of the contact. */
      readonly turn: WorkingTurn;
      readonly conversation: Conversation;
      readonly lookedUp: LookedUp;
      readonly ownParts: ReadonlySet<PartId>;
      readonly identity: Identity;
    }
  | { readonly kind: 'ended'; readonly result: AttemptResult };

export type GatherDeps = LookUpDeps & {
  readonly db: Database;
  readonly identity: (signal: AbortSignal) => Promise<Identity>;
  readonly makeContext: () => TransitionContext;
};

const ended = (result: AttemptResult): Gathered => ({ kind: 'ended', result });
const superseded = (reason: string): Gathered => ended({ kind: 'superseded', reason });

/** The conversation as it is now, or how the turn ends because of what it is. @throws IntercomError, DatabaseAway */
export async function gather(turn: WorkingTurn, deps: GatherDeps, signal: AbortSignal): Promise<Gathered> {
  const identity = await deps.identity(signal);
  if (turn.workspaceId !== identity.workspaceId) {
    const reason = `the conversation belongs to the workspace ${turn.workspaceId}, and the token opens ${identity.workspaceId}`;
    return ended({ kind: 'skipped', reason });
  }
  const conversation = await unlessGone(turn, deps, signal, async (id) => await deps.intercom.conversation(id, signal));
  if (conversation === undefined) return ended(conversationGone);
  const posts = await confirmPosts(turn, conversation, { db: deps.db, now: () => deps.makeContext().now });
  const standing = assessStanding(conversation);
  const before = posts.find((post) => post.turnId === turn.id);
  if (before?.partId !== undefined) return ended(postedBefore(before.partId, before.answers, standing));
  const unrecorded = unrecordedNote(turn, conversation, identity.assistantId);
  if (unrecorded !== undefined) return ended(postedBefore(unrecorded, turn.upTo, standing));
  if (standing.kind === 'moved-on') return superseded(standing.reason);
  const reached: WorkingTurn = { ...turn, upTo: standing.upTo };
  if (await isPartCovered(deps.db, reached)) {
    return ended({ kind: 'skipped', reason: 'an earlier turn has a draft for the same message' });
  }
  const isNewer = turn.upTo.partId !== standing.upTo.partId;
  if (isNewer && !(await extendReach(deps.db, turn, standing.upTo, deps.makeContext()))) {
    return superseded('another worker holds the turn');
  }
  const ownParts = new Set(posts.flatMap((post) => post.partId ?? []));
  const lookedUp = await lookUp(conversation, deps, signal);
  return { kind: 'gathered', turn: reached, conversation, lookedUp, ownParts, identity };
}
