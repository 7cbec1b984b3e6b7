import { z } from 'zod';
import type { Conversation } from '../domain/conversation.ts';
import { factsOf, type LookedUp } from '../domain/facts.ts';
import { recentHistory } from '../domain/history.ts';
import { decide, type Policy } from '../domain/policy.ts';
import { sentiments, type Topic, type Triage, urgencies } from '../domain/triage.ts';
import { answerJson } from '../llm/decide.ts';
import type { LanguageModel, Lane } from '../llm/model.ts';
import { triageMessages } from '../llm/triage-prompt.ts';
import type { Trace } from './trace.ts';
import { withoutTrouble } from './writing.ts';

export type TriageInput = { readonly conversation: Conversation; readonly lookedUp: LookedUp; readonly policy: Policy };

export type TriageDeps = { readonly model: LanguageModel; readonly lane: Lane };

/** The model may name these; another language is known by our detector, or not at all. */
const languages = 'other en de fr es it pt nl pl sv da no fi cs sk hu ro bg el tr ru uk ar he fa hi th vi id ja ko zh';
const [firstLanguage = 'other', ...otherLanguages] = languages.split(' ');

/** Of the answer's JSON, and a long topic. */
const outputTokensMax = 120;
const exchangesBefore = 2;

const answerOf = (topics: readonly Topic[]) =>
  z.strictObject({
    topic: z.enum(['none', ...topics.map(({ name }) => name)]),
    urgency: z.enum(urgencies),
    sentiment: z.enum(sentiments),
    language: z.enum([firstLanguage, ...otherLanguages]),
    needsHuman: z.boolean(),
  });

/**
 * What the open messages are about, by a short constrained decision. `failed` where the model could not be asked:
 * then no rule on it matches, and no reply is sent. undefined where the conversation gets no help anyhow.
 * @throws ModelError when stopped
 */
export async function triageOf(
  { conversation, lookedUp, policy }: TriageInput,
  { model, lane }: TriageDeps,
  trace: Trace,
  signal: AbortSignal,
): Promise<Triage | 'failed' | undefined> {
  const early = decide(policy, conversation, factsOf(conversation, lookedUp));
  if (early.kind === 'skip' && early.plan === undefined) return undefined;
  const { topics } = policy.triage;
  const { answered, open } = recentHistory(conversation, exchangesBefore);
  const earlier = answered
    .flatMap(({ asked, answered: answers }) => [...asked, ...answers])
    .map(({ author, text }) => ({ isContact: author.kind === 'contact', text }));
  const { subject } = conversation;
  const messages = triageMessages({ topics, subject, earlier, open: open.map(({ text }) => text) });
  const question = { name: 'triage', messages, schema: answerOf(topics), outputTokensMax };
  const answer = await withoutTrouble(
    async () => await answerJson(model, question, { signal, lane }),
    (reason) => void (trace.triage = { failed: reason }),
  );
  if (answer === undefined) return 'failed';
  const { topic, language: guessed, ...said } = answer.value;
  // Our detector is right more often than a small model; where it can't tell, the model may.
  const language = lookedUp.language ?? (guessed === 'other' ? undefined : guessed);
  const triage: Triage = { ...said, topic: topic === 'none' ? undefined : topic, language };
  trace.triage = triage;
  return triage;
}
