import type { ConversationId, TeammateId } from '../domain/ids.ts';
import { type Plan, type Policy, tagsToSet } from '../domain/policy.ts';
import type { IntercomClient } from '../intercom/client.ts';
import { IntercomError } from '../intercom/errors.ts';
import type { Trace } from './trace.ts';

export type TagInput = {
  readonly conversationId: ConversationId;
  readonly assistantId: TeammateId;
  readonly policy: Policy;
  /** Undefined where no rule was asked. */
  readonly plan: Plan | undefined;
};

/**
 * Sets the tags that the policy wants for what the trace says was posted. One that can't be set is told in the
 * trace and fails nothing: the draft is what counts.
 */
export async function setTags(
  { conversationId, assistantId, policy, plan }: TagInput,
  intercom: IntercomClient,
  trace: Trace,
  signal: AbortSignal,
): Promise<void> {
  const tags = tagsToSet(policy, plan, {
    posted: trace.posted?.kind,
    isHandedOver: trace.handedOver?.result === 'done',
  });
  if (tags.length === 0) return;
  trace.tagged = await Promise.all(
    tags.map(async (tag) => {
      try {
        const tagId = await intercom.tagId(tag, signal);
        await intercom.setTag(conversationId, tagId, assistantId, signal);
        return { tag, result: 'set' };
      } catch (error) {
        if (!(error instanceof IntercomError)) throw error;
        return { tag, result: error.message };
      }
    }),
  );
}
