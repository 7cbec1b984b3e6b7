import type { Conversation, PartKind } from '../domain/conversation.ts';
import { closingLine } from '../domain/closing-line.ts';
import { factsOf } from '../domain/facts.ts';
import { decide, type Policy, type Ruling } from '../domain/policy.ts';
import type { Position } from '../domain/position.ts';
import type { Failure } from '../domain/retry.ts';
import { hasSameContacts } from '../domain/same-contacts.ts';
import { assessStanding } from '../domain/standing.ts';
import type { TurnOutcome, WorkingTurn } from '../domain/turn.ts';
import type { IntercomClient } from '../intercom/client.ts';
import { IntercomError } from '../intercom/errors.ts';
import { findOwnPart } from '../intercom/own-part.ts';
import type { Database } from '../store/database.ts';
import { recordIntent } from '../store/posts.ts';
import type { BeforeReply } from './before-reply.ts';
import { conversationGone, type ConversationGone, unlessGone } from './conversation-gone.ts';
import type { Identity } from './gather.ts';
import { type HandedOver, handOver } from './hand-over.ts';
import { renderNote, renderReply } from './note.ts';
import { confirmPosts, type PostedBefore, postedBefore } from './posted.ts';
import { type ReplyInput, routeByRule, ruleOnReply } from './reply-facts.ts';
import type { Trace } from './trace.ts';

export type DeliverInput = ReplyInput & {
  /** As it was when the draft was written. */
  readonly conversation: Conversation;
  /** Up to the part that the draft answers. */
  readonly turn: WorkingTurn;
  /** ISO 639-1 of what the contact writes. */
  readonly language: string | undefined;
  readonly before: BeforeReply;
};

export type DeliverDeps = {
  readonly db: Database;
  readonly intercom: IntercomClient;
  readonly identity: (signal: AbortSignal) => Promise<Identity>;
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
  | ConversationGone
  /** What was drafted is not for the conversation as it is: the next attempt writes anew. */
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'overtaken'; readonly by: Position };

/** Why a draft of the mode shadow is kept. */
export const shadowReason = 'the mode is shadow: drafted, not posted';

type Draftable = Extract<Ruling, { kind: 'draft' }>;

/**
 * Posts the draft, once. The conversation is looked at a last time; then the intent is stored, which
 * fails when Sidenote was paused, or the turn superseded or taken over meanwhile; then it is posted. Should this process die
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
  if (await deps.isPaused()) return { kind: 'handed-back' };
  const post = await composePost(input, look, deps, trace, signal);
  trace.posted = post;
  const { kind, html } = post;
  const intent = { kind, authorId: input.assistantId, body: html };
  const recorded = await recordIntent(deps.db, input.turn, intent, deps.now());
  if (recorded === 'paused') return { kind: 'handed-back' };
  if (recorded === 'lost') return { kind: 'superseded', reason: 'the turn was superseded before the post' };
  const outgoing = { kind, authorId: input.assistantId, html };
  const answered = await unlessGone(
    input.turn,
    deps,
    signal,
    async (id) => await deps.intercom.postPart(id, outgoing, signal),
  );
  if (answered === undefined) return conversationGone;
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

const forOtherContacts: Delivery = {
  kind: 'failed',
  failure: {
    kind: 'fault',
    message: 'the conversation’s contact changed while the draft was written, so it is written anew',
    retryAfterMs: undefined,
  },
};

type Moment = { readonly conversation: Conversation; readonly ruling: Draftable; readonly policy: Policy };
type Look = ({ readonly kind: 'may-post' } & Moment) | Delivery;

/** The conversation may have moved on, its tags or the policy changed, while the model was writing. */
async function lastLook(input: DeliverInput, deps: DeliverDeps, signal: AbortSignal): Promise<Look> {
  const { turn, lookedUp } = input;
  const conversation = await unlessGone(turn, deps, signal, async (id) => await deps.intercom.conversation(id, signal));
  if (conversation === undefined) return conversationGone;
  const standing = assessStanding(conversation);
  if (turn.attempt > 1) {
    // A worker that lost this turn in the middle of its call may have posted since we gathered.
    const posts = await confirmPosts(turn, conversation, deps);
    const before = posts.find((post) => post.turnId === turn.id);
    if (before?.partId !== undefined) return postedBefore(before.partId, before.answers, standing);
  }
  if (standing.kind === 'moved-on') return { kind: 'superseded', reason: standing.reason };
  if (standing.newest.id !== turn.upTo.partId) return { kind: 'overtaken', by: standing.upTo };
  if (!hasSameContacts(input.conversation.circumstances, conversation.circumstances)) return forOtherContacts;
  const policy = deps.policy();
  const ruling = decide(policy, conversation, factsOf(conversation, lookedUp));
  if (ruling.kind === 'skip') return { kind: 'skipped', reason: ruling.reason };
  if (ruling.deliverAs === 'shadow') return { kind: 'withheld', reason: shadowReason };
  return { kind: 'may-post', conversation, ruling, policy };
}

/** A reply becomes a note, which says why, as soon as anything speaks against sending it. */
async function composePost(
  input: DeliverInput,
  { conversation, ruling, policy }: Moment,
  { intercom }: DeliverDeps,
  trace: Trace,
  signal: AbortSignal,
): Promise<{ readonly kind: PartKind; readonly html: string }> {
  const { content, turn, before, language } = input;
  const isReply = ruling.deliverAs === 'reply';
  const { against, handOver: needed } = isReply
    ? ruleOnReply(input, conversation, ruling.plan, policy)
    : { against: [], handOver: routeByRule(ruling.plan, conversation, input) };
  const reasons = against.length > 0 || before.heldBack === undefined ? against : [before.heldBack];
  const mayBeSent = isReply && reasons.length === 0;
  if (isReply) trace.againstSending = reasons;
  if (mayBeSent) return { kind: 'comment', html: renderReply(content, closingLine(policy.replying, language)) };
  const handed = needed && (await handOver(needed, { ...input, conversation }, intercom, trace, signal));
  const cautions = [
    ...content.cautions,
    ...(isReply ? reasons.map((reason) => `Not sent as a reply: ${reason}.`) : []),
  ];
  return { kind: 'note', html: renderNote({ ...content, cautions }, turn.id, handed && handOverText(handed, before)) };
}

/** The line of a note that tells who has the conversation now, and what there is to know. */
function handOverText({ team, because, failed }: HandedOver, { summary }: BeforeReply): readonly string[] {
  const line =
    failed === undefined
      ? `Handed to the team ${team}: ${because}.`
      : `To be handed to the team ${team}, because ${because}. Please assign it: Sidenote could not (${failed}).`;
  return summary === undefined ? [line] : [line, `Summary: ${summary}`];
}
