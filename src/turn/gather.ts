import type { Conversation } from '../domain/conversation.ts';
import type { PartId, TeammateId, WorkspaceId } from '../domain/ids.ts';
import type { Position } from '../domain/position.ts';
import { assessStanding, type Standing } from '../domain/standing.ts';
import type { TransitionContext, WorkingTurn } from '../domain/turn.ts';
import type { IntercomClient } from '../intercom/client.ts';
import { findOwnPart } from '../intercom/own-part.ts';
import { type AttemptResult, extendReach } from '../queue/queue.ts';
import type { Database } from '../store/database.ts';
import { listPosts, type Post, recordPosted } from '../store/posts.ts';
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
  | { readonly kind: 'ended'; readonly result: AttemptResult };

export type GatherDeps = {
  readonly db: Database;
  readonly intercom: IntercomClient;
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
  const conversation = await deps.intercom.conversation(turn.conversationId, signal);
  const posts = await confirmPosts(turn, conversation, deps);
  const standing = assessStanding(conversation);
  const before = posts.find((post) => post.turnId === turn.id);
  if (before?.partId !== undefined) return ended(postedBefore(before.partId, before.answers, standing));
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
  return { kind: 'gathered', turn: reached, conversation, ownParts, identity };
}

/**
 * Our posts in the conversation, with the ledger brought up to date: an attempt may have posted and not lived
 * to write it down, and then its part stands in the conversation.
 */
async function confirmPosts(turn: WorkingTurn, conversation: Conversation, deps: GatherDeps): Promise<readonly Post[]> {
  const posts = await listPosts(deps.db, turn.workspaceId, turn.conversationId);
  return await Promise.all(
    posts.map(async (post) => {
      if (post.partId !== undefined) return post;
      const { turnId, kind, body: html, authorId, answers } = post;
      const own = findOwnPart(conversation, { turnId, kind, html, authorId, answersPartId: answers.partId });
      if (own === undefined) return post;
      await recordPosted(deps.db, turnId, own.id, deps.makeContext().now);
      return { ...post, partId: own.id };
    }),
  );
}

/** The turn has posted in an earlier attempt. What the contact wrote since is for the next turn. */
function postedBefore(partId: PartId, answers: Position, standing: Standing): AttemptResult {
  const isAnswered = standing.kind === 'moved-on' || standing.newest.id === answers.partId;
  return { kind: 'posted-before', partId, answers, newer: isAnswered ? undefined : standing.upTo };
}
