import type { Conversation } from '../domain/conversation.ts';
import type { PartId, TeammateId, WorkspaceId } from '../domain/ids.ts';
import { assessStanding } from '../domain/standing.ts';
import type { TransitionContext, TurnOutcome, WorkingTurn } from '../domain/turn.ts';
import type { IntercomClient } from '../intercom/client.ts';
import { findOwnPart } from '../intercom/own-part.ts';
import { extendReach } from '../queue/queue.ts';
import type { Database } from '../store/database.ts';
import { getPost, ownPartIds } from '../store/posts.ts';
import { isPartCovered } from '../store/turns.ts';

/** Who we are in the workspace that the token opens. */
export type Identity = { readonly workspaceId: WorkspaceId; readonly assistantId: TeammateId };

export type Gathered =
  | {
      readonly kind: 'gathered';
      /** The turn, now up to the newest part of the contact. */
      readonly turn: WorkingTurn;
      readonly conversation: Conversation;
      readonly ownParts: ReadonlySet<PartId>;
      readonly identity: Identity;
    }
  | { readonly kind: 'ended'; readonly outcome: TurnOutcome };

export type GatherDeps = {
  readonly db: Database;
  readonly intercom: IntercomClient;
  readonly identity: (signal: AbortSignal) => Promise<Identity>;
  readonly makeContext: () => TransitionContext;
};

const ended = (outcome: TurnOutcome): Gathered => ({ kind: 'ended', outcome });
const superseded = (reason: string): Gathered => ended({ kind: 'superseded', reason });

/** The conversation as it is now, or how the turn ends because of what it is. @throws IntercomError, DatabaseAway */
export async function gather(turn: WorkingTurn, deps: GatherDeps, signal: AbortSignal): Promise<Gathered> {
  const identity = await deps.identity(signal);
  if (turn.workspaceId !== identity.workspaceId) {
    const reason = `the conversation belongs to the workspace ${turn.workspaceId}, and the token opens ${identity.workspaceId}`;
    return ended({ kind: 'skipped', reason });
  }
  const conversation = await deps.intercom.conversation(turn.conversationId, signal);
  const posted = await findPosted(turn, conversation, deps.db);
  if (posted !== undefined) return ended({ kind: 'delivered', partId: posted });
  const standing = assessStanding(conversation);
  if (standing.kind === 'moved-on') return superseded(standing.reason);
  const reached: WorkingTurn = { ...turn, upTo: standing.upTo };
  if (await isPartCovered(deps.db, reached)) {
    return ended({ kind: 'skipped', reason: 'an earlier turn has a draft for the same message' });
  }
  const isNewer = turn.upTo.partId !== standing.upTo.partId;
  if (isNewer && !(await extendReach(deps.db, turn, standing.upTo, deps.makeContext()))) {
    return superseded('another worker holds the turn');
  }
  const ownParts = await ownPartIds(deps.db, turn.workspaceId, turn.conversationId);
  return { kind: 'gathered', turn: reached, conversation, ownParts, identity };
}

/** An earlier attempt may have posted and not lived to write it down: then the part stands in the conversation. */
async function findPosted(turn: WorkingTurn, conversation: Conversation, db: Database): Promise<PartId | undefined> {
  const post = await getPost(db, turn.id);
  if (post === undefined) return undefined;
  const { kind, body: html, authorId } = post;
  const own = findOwnPart(conversation, {
    turnId: turn.id,
    kind,
    html,
    authorId,
    answersPartId: turn.upTo.partId,
  });
  return post.partId ?? own?.id;
}
