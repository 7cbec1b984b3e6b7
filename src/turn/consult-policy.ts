import { factsOf, type LookedUp } from '../domain/facts.ts';
import { decide, lookupsOf, type Ruling } from '../domain/policy.ts';
import type { Triage } from '../domain/triage.ts';
import type { TraceRecorder } from './trace.ts';
import { type TriageDeps, type TriageInput, triageOf } from './triage.ts';

export type Consulted = {
  readonly ruling: Ruling;
  readonly lookedUp: LookedUp;
  /** `failed`: the model could not be asked; undefined: sidenote.yaml does not ask for it. */
  readonly triage: Triage | 'failed' | undefined;
};

/** What the policy says of the conversation, after triage where sidenote.yaml asks for it. @throws ModelError when stopped */
export async function consultPolicy(
  input: TriageInput,
  deps: TriageDeps,
  recorder: TraceRecorder,
  signal: AbortSignal,
): Promise<Consulted> {
  const { conversation, policy } = input;
  const { trace } = recorder;
  const triage = lookupsOf(policy).triage
    ? await recorder.timed('triage', async () => await triageOf(input, deps, trace, signal))
    : undefined;
  const lookedUp = { ...input.lookedUp, triage: triage === 'failed' ? undefined : triage };
  const ruling = decide(policy, conversation, factsOf(conversation, lookedUp));
  trace.rule = ruling.plan?.rule;
  trace.rules = ruling.plan?.verdicts;
  return { ruling, lookedUp, triage };
}
