import type { Answerability } from '../domain/band.ts';
import { decideAmong } from '../llm/decide.ts';
import { withTask } from '../llm/prompt.ts';
import { answerabilityTask } from '../llm/tasks.ts';
import type { Trace } from './trace.ts';
import { callFor, withoutTrouble, type Writing, type WritingDeps } from './writing.ts';

export type Judgement = { readonly choice: Answerability; readonly probability: number | undefined };

const choices: readonly [Answerability, ...Answerability[]] = ['yes', 'partly', 'no'];

/**
 * Asks the model whether the passages and the conversation hold what an answer needs. A search's score can't tell
 * (docs/decisions/0018). Undefined where the model gave no answer to this: the turn goes on without.
 * @throws ModelError when stopped
 */
export async function judgeAnswerability(
  writing: Writing,
  deps: WritingDeps,
  trace: Trace,
  signal: AbortSignal,
): Promise<Judgement | undefined> {
  const messages = withTask(writing.basis, answerabilityTask());
  const question = { name: 'answerable', messages, choices };
  const decision = await withoutTrouble(
    async () => await decideAmong<Answerability>(deps.model, question, callFor(writing, deps, signal)),
    (reason) => void (trace.answerability = { failed: reason }),
  );
  if (decision === undefined) return undefined;
  const { choice, probability } = decision;
  trace.answerability = { choice, probability };
  return { choice, probability };
}
