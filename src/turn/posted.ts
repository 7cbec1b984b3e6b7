import type { Conversation } from '../domain/conversation.ts';
import type { PartId, TeammateId } from '../domain/ids.ts';
import type { Position } from '../domain/position.ts';
import type { Standing } from '../domain/standing.ts';
import type { WorkingTurn } from '../domain/turn.ts';
import { findOwnPart } from '../intercom/own-part.ts';
import type { AttemptResult } from '../queue/queue.ts';
import type { Database } from '../store/database.ts';
import { listPosts, type Post, recordPosted } from '../store/posts.ts';

type LedgerDeps = { readonly db: Database; readonly now: () => number };

/** A turn that has posted in an earlier attempt. */
export type PostedBefore = Extract<AttemptResult, { kind: 'posted-before' }>;

/**
 * Our posts in the conversation, with the ledger brought up to date: an attempt may have posted and not lived
 * to write it down, and then its part stands in the conversation.
 */
export async function confirmPosts(
  turn: WorkingTurn,
  conversation: Conversation,
  deps: LedgerDeps,
): Promise<readonly Post[]> {
  const posts = await listPosts(deps.db, turn.workspaceId, turn.conversationId);
  return await Promise.all(
    posts.map(async (post) => {
      if (post.partId !== undefined) return post;
      const { turnId, kind, body: html, authorId, answers } = post;
      const own = findOwnPart(conversation, { turnId, kind, html, authorId, answersPartId: answers.partId });
      if (own === undefined) return post;
      await recordPosted(deps.db, turnId, own.id, deps.now());
      return { ...post, partId: own.id };
    }),
  );
}

/**
 * The turn's own note where the ledger knows of no post: the database was restored from a backup that is older than
 * the note.
 */
export const unrecordedNote = (
  turn: WorkingTurn,
  conversation: Conversation,
  authorId: TeammateId,
): PartId | undefined =>
  findOwnPart(conversation, { turnId: turn.id, kind: 'note', html: '', authorId, answersPartId: turn.upTo.partId })?.id;

/** The turn has posted in an earlier attempt. What the contact wrote since is for the next turn. */
export function postedBefore(partId: PartId, answers: Position, standing: Standing): PostedBefore {
  const isAnswered = standing.kind === 'moved-on' || standing.newest.id === answers.partId;
  return { kind: 'posted-before', partId, answers, newer: isAnswered ? undefined : standing.upTo };
}
