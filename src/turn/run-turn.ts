/**
 * The path of a message from the moment its turn falls due: every stage in order, and every `if`
 * between them. docs/turn-states.md tells what comes before and after.
 */
import type { Policy } from '../domain/policy.ts';
import type { WorkingTurn } from '../domain/turn.ts';
import type { AttemptResult } from '../queue/queue.ts';
import type { Knowledge } from '../knowledge/knowledge.ts';
import { allowedLinks } from './allowed-links.ts';
import { beforeReply } from './before-reply.ts';
import { checkDraft } from './check.ts';
import { consultPolicy } from './consult-policy.ts';
import { deliver, type DeliverDeps, shadowReason } from './deliver.ts';
import { draftReply } from './draft.ts';
import { writeFindings } from './findings.ts';
import { gather, type GatherDeps } from './gather.ts';
import type { Guard } from './guard.ts';
import { readInquiry } from './inquiry.ts';
import { judgeAnswerability } from './judge.ts';
import { noteContent } from './note.ts';
import { retrieve } from './retrieve.ts';
import type { TraceRecorder } from './trace.ts';
import type { ReplyGate } from './reply-gate.ts';
import { routeSkipped, setMarks } from './set-marks.ts';
import { verify } from './verify.ts';
import { prepareWriting, type WritingDeps } from './writing.ts';

/** The policy is read anew for each turn, and once more before its post. */
export type RunTurnDeps = Omit<GatherDeps, 'policy'> &
  DeliverDeps &
  WritingDeps & { readonly knowledge: Knowledge; readonly guard: Guard; readonly replyGate: ReplyGate };

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
  const { knowledge, guard } = deps;
  const policy = deps.policy();
  const timed = recorder.timed.bind(recorder);

  const gathered = await timed('gather', async () => await gather(claimed, { ...deps, policy }, signal));
  if (gathered.kind === 'ended') return gathered.result;
  const { conversation, ownParts } = gathered;
  const { assistantId } = gathered.identity;

  const { ruling, ...known } = await consultPolicy({ ...gathered, policy }, deps, recorder, signal);
  const { plan } = ruling;
  const marks = { conversation, assistantId, policy, plan, ...known };
  if (ruling.kind === 'skip') {
    await routeSkipped({ ...marks, ownParts }, deps, trace, signal);
    await setMarks(marks, deps, trace, signal);
    return { kind: 'skipped', reason: ruling.reason };
  }

  const drafting: Policy = { ...policy, instructions: ruling.plan.instructions };
  const inquiry = await readInquiry(conversation, drafting);
  const grounds = knowledge.isConfigured
    ? await timed(
        'retrieve',
        async () => await retrieve(inquiry, { ...deps, sources: ruling.plan.knowledge }, trace, signal),
      )
    : undefined;
  const promptMark = guard.promptMarkOf(conversation.id);
  const { instructions } = drafting;
  const modelName = ruling.plan.model;
  const writing = await prepareWriting({ inquiry, grounds, instructions, modelName, promptMark }, deps, signal);
  const answerability =
    grounds && (await timed('judge', async () => await judgeAnswerability(writing, deps, trace, signal)));

  const isPartly = answerability?.choice === 'partly';
  const { draft, findings } =
    answerability?.choice === 'no'
      ? await timed('findings', async () => await writeFindings(writing, deps, trace, signal))
      : {
          draft: await timed('draft', async () => await draftReply(writing, { isPartly }, deps, trace, signal)),
          findings: undefined,
        };

  const links = allowedLinks(drafting, conversation, inquiry, grounds);
  const shown = [draft.text, ...(findings?.known ?? []), ...(findings?.missing ?? [])].join('\n');
  const { verdict, said } = checkDraft({ draft, shown, promptMark, secrets: guard.secrets(), links });
  trace.checks = said;
  if (verdict.kind === 'withheld') return verdict;

  const { cautions } = verdict;
  const claims = { draft, findings, answerability, cautions };
  const assessment = grounds && (await timed('verify', async () => await verify(claims, writing, deps, trace, signal)));
  if (ruling.deliverAs === 'shadow') return { kind: 'withheld', reason: shadowReason };

  const content = noteContent({ draft, findings, cautions, grounds, assessment, links });
  const { language } = inquiry;
  const input = { ...gathered, ...known, content, plan: ruling.plan, assistantId, language };
  const before = await beforeReply({ ...input, ruling, policy, writing }, deps, recorder, signal);
  const delivery = await timed('deliver', async () => await deliver({ ...input, before }, deps, trace, signal));
  if (delivery.kind === 'delivered') await setMarks(marks, deps, trace, signal);
  return delivery;
}
