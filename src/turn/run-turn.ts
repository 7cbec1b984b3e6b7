/**
 * The path of a message from the moment its turn falls due: every stage in order, and every `if`
 * between them. docs/turn-states.md tells what comes before and after.
 */
import { factsOf } from '../domain/facts.ts';
import { decide, type Policy } from '../domain/policy.ts';
import type { WorkingTurn } from '../domain/turn.ts';
import type { AttemptResult } from '../queue/queue.ts';
import { checkDraft } from './check.ts';
import { deliver, type DeliverDeps, shadowReason } from './deliver.ts';
import { type DraftDeps, draftReply } from './draft.ts';
import { gather, type GatherDeps } from './gather.ts';
import type { TraceRecorder } from './trace.ts';

/** The policy is read anew for each turn, and once more before its post. */
export type RunTurnDeps = Omit<GatherDeps, 'policy'> & DeliverDeps & Omit<DraftDeps, 'policy'>;

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

  const gathered = await recorder.timed('gather', async () => await gather(claimed, { ...deps, policy }, signal));
  if (gathered.kind === 'ended') return gathered.result;
  const { turn, conversation, lookedUp, ownParts, identity } = gathered;

  const ruling = decide(policy, conversation, factsOf(conversation, lookedUp));
  trace.rule = ruling.plan?.rule;
  trace.rules = ruling.plan?.verdicts;
  if (ruling.kind === 'skip') return { kind: 'skipped', reason: ruling.reason };

  const { plan } = ruling;
  const drafting: Policy = { ...policy, instructions: plan.instructions };
  const draft = await recorder.timed(
    'draft',
    async () => await draftReply(conversation, { ...deps, policy: drafting }, trace, signal),
  );

  const { verdict, said } = checkDraft(draft);
  trace.checks = said;
  if (verdict.kind === 'withheld') return verdict;
  if (ruling.deliverAs === 'shadow') return { kind: 'withheld', reason: shadowReason };

  const { cautions } = verdict;
  const { assistantId } = identity;
  const input = { turn, draft: draft.text, cautions, plan, lookedUp, assistantId, ownParts };
  return await recorder.timed('deliver', async () => await deliver(input, deps, trace, signal));
}
