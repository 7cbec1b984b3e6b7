import type { Conversation } from '../domain/conversation.ts';
import type { PartId, TeammateId } from '../domain/ids.ts';
import type { Plan, Policy } from '../domain/policy.ts';
import type { Triage } from '../domain/triage.ts';
import type { IntercomClient } from '../intercom/client.ts';
import { handOver } from './hand-over.ts';
import { routeByRule } from './reply-facts.ts';
import { setAttributes } from './set-attributes.ts';
import { setTags } from './set-tags.ts';
import type { Trace } from './trace.ts';

export type MarksInput = {
  readonly conversation: Conversation;
  readonly assistantId: TeammateId;
  readonly policy: Policy;
  /** Undefined where no rule was asked. */
  readonly plan: Plan | undefined;
  readonly triage: Triage | 'failed' | undefined;
};

type MarksDeps = { readonly intercom: IntercomClient };

/** Leaves what the policy wants to be seen of a turn: tags, and what triage said. Nothing of it fails a turn. */
export async function setMarks(
  { conversation, assistantId, policy, plan, triage }: MarksInput,
  { intercom }: MarksDeps,
  trace: Trace,
  signal: AbortSignal,
): Promise<void> {
  const said = triage === 'failed' ? undefined : triage;
  await Promise.all([
    setTags({ conversationId: conversation.id, assistantId, policy, plan }, intercom, trace, signal),
    setAttributes({ conversationId: conversation.id, settings: policy.triage, triage: said }, intercom, trace, signal),
  ]);
}

/** Where a rule switches help off and names a team, the conversation goes there. @throws IntercomError when Intercom is away */
export async function routeSkipped(
  {
    conversation,
    assistantId,
    ownParts,
    plan,
  }: Pick<MarksInput, 'conversation' | 'assistantId' | 'plan'> & {
    readonly ownParts: ReadonlySet<PartId>;
  },
  { intercom, isPaused }: MarksDeps & { readonly isPaused: () => Promise<boolean> },
  trace: Trace,
  signal: AbortSignal,
): Promise<void> {
  const route = plan && routeByRule(plan, conversation, { ownParts, assistantId });
  if (route === undefined || (await isPaused())) return;
  await handOver(route, { conversation, assistantId }, intercom, trace, signal);
}
