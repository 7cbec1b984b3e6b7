import type { Conversation, PartKind } from '../domain/conversation.ts';
import { factsOf, type LookedUp } from '../domain/facts.ts';
import type { PartId, TeammateId } from '../domain/ids.ts';
import { decide, type Plan, type Policy, type Ruling } from '../domain/policy.ts';
import type { Position } from '../domain/position.ts';
import { assessStanding, hasTeammateComment } from '../domain/standing.ts';
import type { TurnOutcome, WorkingTurn } from '../domain/turn.ts';
import type { IntercomClient } from '../intercom/client.ts';
import { IntercomError } from '../intercom/errors.ts';
import { findOwnPart } from '../intercom/own-part.ts';
import type { Database } from '../store/database.ts';
import { recordIntent } from '../store/posts.ts';
import { type NoteContent, renderNote, renderReply } from './note.ts';
import { confirmPosts, type PostedBefore, postedBefore } from './posted.ts';
import type { Trace } from './trace.ts';

export type DeliverInput = {
  /** Up to the part that the draft answers. */
  readonly turn: WorkingTurn;
  readonly content: NoteContent;
  /** What the draft was written by. */
  readonly plan: Plan;
  readonly lookedUp: LookedUp;
  readonly assistantId: TeammateId;
  readonly ownParts: ReadonlySet<PartId>;
};

export type DeliverDeps = {
  readonly db: Database;
  readonly intercom: IntercomClient;
  /** Read anew at the last look. */
  readonly policy: () => Policy;
  readonly now: () => number;
  /** Looks at the kill switch. @throws DatabaseAway */
  readonly isPaused: () => Promise<boolean>;
};

export type Delivery =
  | TurnOutcome
  | PostedBefore
  /** The kill switch was thrown: the turn waits. */
  | { readonly kind: 'handed-back' }
  | { readonly kind: 'overtaken'; readonly by: Position };

/** Why a draft of the mode shadow is kept. */
export const shadowReason = 'the mode is shadow: drafted, not posted';

type Draftable = Extract<Ruling, { kind: 'draft' }>;

/**
 * Posts the draft, once. The conversation is looked at a last time; then the intent is stored, which
 * fails when the turn was superseded or taken over meanwhile; then it is posted. Should this process die
 * after the call, the next attempt finds our part in the conversation instead of posting again.
 * @throws IntercomError, DatabaseAway
 */
export async function deliver(
  input: DeliverInput,
  deps: DeliverDeps,
  trace: Trace,
  signal: AbortSignal,
): Promise<Delivery> {
  const look = await lastLook(input, deps, signal);
  if (look.kind !== 'may-post') return look;
  const post = composePost(input, look.conversation, look.ruling);
  trace.posted = post;
  const { kind, html } = post;
  const intent = { kind, authorId: input.assistantId, body: html };
  if (await deps.isPaused()) return { kind: 'handed-back' };
  if (!(await recordIntent(deps.db, input.turn, intent, deps.now()))) {
    return { kind: 'superseded', reason: 'the turn was superseded before the post' };
  }
  const outgoing = { kind, authorId: input.assistantId, html };
  const answered = await deps.intercom.postPart(input.turn.conversationId, outgoing, signal);
  const own = findOwnPart(answered, {
    turnId: input.turn.id,
    kind,
    html,
    authorId: input.assistantId,
    answersPartId: input.turn.upTo.partId,
  });
  if (own === undefined) {
    throw new IntercomError(
      'away',
      'Intercom accepted the post, but its answer does not show it; Sidenote looks again.',
    );
  }
  return { kind: 'delivered', partId: own.id };
}

type Look = { readonly kind: 'may-post'; readonly conversation: Conversation; readonly ruling: Draftable } | Delivery;

/** The conversation may have moved on, its tags or the policy changed, while the model was writing. */
async function lastLook({ turn, lookedUp }: DeliverInput, deps: DeliverDeps, signal: AbortSignal): Promise<Look> {
  const conversation = await deps.intercom.conversation(turn.conversationId, signal);
  const standing = assessStanding(conversation);
  if (turn.attempt > 1) {
    // A worker that lost this turn in the middle of its call may have posted since we gathered.
    const posts = await confirmPosts(turn, conversation, deps);
    const before = posts.find((post) => post.turnId === turn.id);
    if (before?.partId !== undefined) return postedBefore(before.partId, before.answers, standing);
  }
  if (standing.kind === 'moved-on') return { kind: 'superseded', reason: standing.reason };
  if (standing.newest.id !== turn.upTo.partId) return { kind: 'overtaken', by: standing.upTo };
  const ruling = decide(deps.policy(), conversation, factsOf(conversation, lookedUp));
  if (ruling.kind === 'skip') return { kind: 'skipped', reason: ruling.reason };
  if (ruling.deliverAs === 'shadow') return { kind: 'withheld', reason: shadowReason };
  return { kind: 'may-post', conversation, ruling };
}

/** A reply becomes a note, which says why, as soon as anything speaks against sending it. */
function composePost(
  input: DeliverInput,
  conversation: Conversation,
  ruling: Draftable,
): { readonly kind: PartKind; readonly html: string } {
  const { content, turn } = input;
  if (ruling.deliverAs !== 'reply') return { kind: 'note', html: renderNote(content, turn.id) };
  const cautions = [...content.cautions, ...againstSending(input, conversation, ruling)];
  if (cautions.length === 0) return { kind: 'comment', html: renderReply(content) };
  return { kind: 'note', html: renderNote({ ...content, cautions }, turn.id) };
}

/** What keeps a draft from being sent by itself, besides its cautions. */
function againstSending(
  { plan, ownParts, content }: DeliverInput,
  conversation: Conversation,
  ruling: Draftable,
): readonly string[] {
  const hasTeammate = hasTeammateComment(conversation, ownParts);
  const isOtherRule = plan.rule !== ruling.plan.rule || plan.instructions !== ruling.plan.instructions;
  const band = content.grounding?.assessment.rating.band ?? 'green';
  return [
    ...(hasTeammate ? ['Not sent as a reply: a teammate is in this conversation.'] : []),
    ...(isOtherRule ? ['Not sent as a reply: another rule holds now than the one it was written by.'] : []),
    ...(band === 'green' ? [] : [`Not sent as a reply: the draft is rated ${band}.`]),
  ];
}
