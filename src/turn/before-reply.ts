import type { Conversation } from '../domain/conversation.ts';
import type { Policy, Ruling } from '../domain/policy.ts';
import type { WorkingTurn } from '../domain/turn.ts';
import { summarise } from './hand-over.ts';
import { type ReplyInput, ruleOnReply } from './reply-facts.ts';
import type { ReplyGate } from './reply-gate.ts';
import type { TraceRecorder } from './trace.ts';
import type { Writing, WritingDeps } from './writing.ts';

/** What takes time before a reply and so is done before the last look. */
export type BeforeReply = {
  /** Why no time to go out was reserved for a reply. */
  readonly heldBack: string | undefined;
  /** For who takes over, where somebody does. */
  readonly summary: string | undefined;
};

/** Where the draft was written for a note. */
const noReplyMeant: BeforeReply = {
  heldBack: 'it was written for a note',
  summary: undefined,
};

export type BeforeReplyInput = ReplyInput & {
  readonly turn: WorkingTurn;
  readonly conversation: Conversation;
  readonly ruling: Extract<Ruling, { kind: 'draft' }>;
  readonly policy: Policy;
  readonly writing: Writing;
};

/** Waits for the workspace's pace where the draft may be sent; sums up where a person takes over. @throws DatabaseAway */
export async function beforeReply(
  input: BeforeReplyInput,
  deps: WritingDeps & { readonly replyGate: ReplyGate },
  recorder: TraceRecorder,
  signal: AbortSignal,
): Promise<BeforeReply> {
  const { conversation, plan, policy, ruling, turn, writing } = input;
  if (ruling.deliverAs !== 'reply') return noReplyMeant;
  const { against, handOver } = ruleOnReply(input, conversation, plan, policy);
  return await recorder.timed('before-reply', async () => ({
    heldBack:
      against.length > 0
        ? 'it was not to be sent when it was written'
        : await deps.replyGate(turn, policy.replying, signal),
    summary: handOver === undefined ? undefined : await summarise(writing, deps, signal),
  }));
}
