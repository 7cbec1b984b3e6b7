import type { Conversation } from '../domain/conversation.ts';
import { factsOf, type LookedUp } from '../domain/facts.ts';
import type { PartId, TeammateId } from '../domain/ids.ts';
import { isPersonThere, reasonsAgainstReply, reasonToHandOver, type ReplyFacts } from '../domain/may-reply.ts';
import type { Plan, Policy } from '../domain/policy.ts';
import { readThread } from '../domain/thread.ts';
import type { Triage } from '../domain/triage.ts';
import type { HandOver } from './hand-over.ts';
import type { NoteContent } from './note.ts';

/** What a turn knows of its draft when it comes to sending it. */
export type ReplyInput = {
  readonly content: NoteContent;
  /** What the draft was written by. */
  readonly plan: Plan;
  readonly lookedUp: LookedUp;
  readonly triage: Triage | 'failed' | undefined;
  readonly assistantId: TeammateId;
  readonly ownParts: ReadonlySet<PartId>;
};

export type ReplyRuling = {
  /** Why the draft is not sent by itself; empty: it may be. */
  readonly against: readonly string[];
  readonly handOver: HandOver | undefined;
};

function toFacts(input: ReplyInput, conversation: Conversation, now: Plan): ReplyFacts {
  const { content, plan, lookedUp, triage, assistantId, ownParts } = input;
  const { channel, isFinActive } = factsOf(conversation, lookedUp);
  const assessment = content.grounding?.assessment;
  const isUnsupported = ({ support, flags }: NonNullable<typeof assessment>['sentences'][number]): boolean =>
    (support !== 'supported' && support !== 'no-claim') || flags.length > 0;
  return {
    channel,
    isFinActive,
    triage,
    band: assessment?.rating.band,
    unsupported: assessment?.sentences.filter(isUnsupported).length ?? 0,
    cautions: content.cautions,
    isSameRule: plan.rule === now.rule && plan.instructions === now.instructions,
    thread: readThread(conversation, ownParts, assistantId),
  };
}

/** Whether a draft of the mode reply may go to the contact as the conversation is now, by the plan that holds now. */
export function ruleOnReply(input: ReplyInput, conversation: Conversation, now: Plan, policy: Policy): ReplyRuling {
  const facts = toFacts(input, conversation, now);
  const { replying } = policy;
  const because = reasonToHandOver(facts, replying, input.content.grounding?.findings === undefined);
  const team = now.team ?? replying.handOverTeam;
  return {
    against: reasonsAgainstReply(facts, replying),
    handOver: because === undefined || team === undefined ? undefined : { team, because },
  };
}

/** Where a rule in another mode than reply names a team: the conversation goes there at once, unless a teammate has it. */
export function routeByRule(
  { rule, team }: Plan,
  conversation: Conversation,
  { ownParts, assistantId }: Pick<ReplyInput, 'ownParts' | 'assistantId'>,
): HandOver | undefined {
  if (team === undefined || isPersonThere(readThread(conversation, ownParts, assistantId))) return undefined;
  return { team, because: `the rule “${rule ?? ''}” says so` };
}
