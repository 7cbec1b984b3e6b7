import { conversationWith, partBy } from '../test/support/conversations.ts';
import type { Policy } from '../src/domain/policy.ts';
import type { Knowledge } from '../src/knowledge/knowledge.ts';
import { readInquiry } from '../src/turn/inquiry.ts';
import { judgeAnswerability } from '../src/turn/judge.ts';
import { retrieve } from '../src/turn/retrieve.ts';
import type { Trace } from '../src/turn/trace.ts';
import { prepareWriting, type WritingDeps } from '../src/turn/writing.ts';
import type { CaseFolder } from './cases.ts';
import type { Figure } from './figures.ts';
import { indexFolder } from './measures.ts';

/**
 * What the model says of each labelled question with what the search finds for it. `coverage`: answerable questions
 * that get a draft; `wrong answers`: unanswerable ones that get one all the same. @throws ModelError when stopped
 */
export async function measureAnswerability(
  folder: CaseFolder,
  policy: Policy,
  deps: WritingDeps,
  signal: AbortSignal,
): Promise<readonly Figure[]> {
  const index = indexFolder(folder);
  const knowledge: Knowledge = {
    isConfigured: true,
    languagesOfWords: async () => await Promise.resolve(index.languages),
    retrieve: async (query) => await Promise.resolve(index.search(query)),
  };
  const coverage: Record<string, number> = {};
  const wrongAnswers: Record<string, number> = {};
  for (const { id, title, text, answerable } of folder.questions) {
    if (answerable === undefined) continue;
    const trace: Trace = { timings: {} };
    const inquiry = await readInquiry(conversationWith([partBy('contact', 1, text)], { subject: title }), policy);
    const grounds = await retrieve(inquiry, { ...deps, knowledge, sources: undefined }, trace, signal);
    const writing = await prepareWriting({ inquiry, grounds, instructions: policy.instructions }, deps, signal);
    const judgement = await judgeAnswerability(writing, deps, trace, signal);
    const isDrafted = judgement?.choice !== 'no' ? 1 : 0;
    if (answerable === 'no') wrongAnswers[id] = isDrafted;
    else coverage[id] = isDrafted;
  }
  return [
    { name: 'answerability: coverage', better: 'higher', values: coverage },
    { name: 'answerability: wrong answers', better: 'lower', values: wrongAnswers },
  ];
}
