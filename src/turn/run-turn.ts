/**
 * The path of a message from the moment its turn falls due: every stage in order, and every `if`
 * between them. docs/turn-states.md tells what comes before and after.
 */
import { decide, type Policy } from '../domain/policy.ts';
import type { WorkingTurn } from '../domain/turn.ts';
import type { AttemptResult } from '../queue/queue.ts';
import { checkDraft } from './check.ts';
import { deliver, type DeliverDeps } from './deliver.ts';
import { type DraftDeps, draftReply } from './draft.ts';
import { gather, type GatherDeps } from './gather.ts';
import type { TraceRecorder } from './trace.ts';

export type RunTurnDeps = GatherDeps &
  Omit<DeliverDeps, 'policy'> &
  Omit<DraftDeps, 'policy'> & {
    /** Read anew for each turn. */
    readonly policy: () => Policy;
  };

/**
 * One attempt at a turn, from the conversation to the posted note.
 * @throws IntercomError, ModelError, DatabaseAway: the caller decides by them when to try again.
 */
export async function runTurn(
  claimed: WorkingTurn,
  deps: RunTurnDeps,
  recorder: TraceRecorder,
  signal: AbortSignal,
): Promise<AttemptResult> {
  const { trace } = recorder;
  const policy = deps.policy();

  const gathered = await recorder.timed('gather', async () => await gather(claimed, deps, signal));
  if (gathered.kind === 'ended') return gathered.result;
  const { turn, conversation, ownParts, identity } = gathered;

  const ruling = decide(policy, conversation);
  if (ruling.kind === 'skip') return { kind: 'skipped', reason: ruling.reason };

  const draft = await recorder.timed(
    'draft',
    async () => await draftReply(conversation, { ...deps, policy }, trace, signal),
  );

  const { verdict, said } = checkDraft(draft);
  trace.checks = said;
  if (verdict.kind === 'withheld') return verdict;
  if (ruling.deliverAs === 'shadow') return { kind: 'withheld', reason: 'the mode is shadow: drafted, not posted' };

  const { cautions } = verdict;
  const input = { turn, draft: draft.text, cautions, assistantId: identity.assistantId, ownParts };
  return await recorder.timed('deliver', async () => await deliver(input, { ...deps, policy }, trace, signal));
}
