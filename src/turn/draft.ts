import type { Conversation } from '../domain/conversation.ts';
import { recentHistory } from '../domain/history.ts';
import type { Policy } from '../domain/policy.ts';
import { languageName } from '../lib/language.ts';
import { complete, type Completion, type Lane, type LanguageModel } from '../llm/model.ts';
import { buildDraftPrompt, type DraftPrompt, promptVersion } from '../llm/prompt.ts';
import { contactLanguage } from './contact-language.ts';
import type { Trace } from './trace.ts';

export type DraftSettings = {
  readonly outputTokensMax: number;
  /** Low: support wants the likely answer, and models keep to the language better. */
  readonly temperature: number;
  /** The model's context window, in tokens. */
  readonly windowTokens: number;
};

export type DraftDeps = {
  readonly model: LanguageModel;
  readonly policy: Policy;
  readonly settings: DraftSettings;
  readonly lane: Lane;
};

export type Draft = { readonly text: string; readonly isCut: boolean };

/** The estimate of tokens is rough: this much of the window stays free. */
const windowShare = 0.9;

/** Everything the model is given for a conversation. Pure but for loading the language detector. */
async function prepareDraft(
  conversation: Conversation,
  policy: Policy,
  settings: DraftSettings,
): Promise<DraftPrompt & { readonly language: string | undefined }> {
  const { answered, open } = recentHistory(conversation, policy.historyExchanges);
  const language = await contactLanguage(conversation);
  const prompt = buildDraftPrompt({
    instructions: policy.instructions,
    answered,
    open,
    subject: conversation.subject,
    language: language === undefined ? undefined : languageName(language),
    tokensMax: Math.floor(settings.windowTokens * windowShare) - settings.outputTokensMax,
  });
  return { ...prompt, language };
}

/** Writes the draft. @throws ModelError */
export async function draftReply(
  conversation: Conversation,
  deps: DraftDeps,
  trace: Trace,
  signal: AbortSignal,
): Promise<Draft> {
  const { model, policy, settings, lane } = deps;
  const prompt = await prepareDraft(conversation, policy, settings);
  const { messages, estimatedTokens, exchangesLeftOut, language } = prompt;
  Object.assign(trace, { promptVersion, prompt: messages, estimatedTokens, exchangesLeftOut, language });
  const { outputTokensMax, temperature } = settings;
  const completion = await complete(model, { messages, outputTokensMax, temperature }, { signal, lane });
  recordCompletion(trace, completion);
  return { text: completion.text.trim(), isCut: completion.finishReason.unified === 'length' };
}

function recordCompletion(trace: Trace, completion: Completion): void {
  trace.completion = completion.text;
  trace.model = completion.model;
  trace.finishReason = completion.finishReason.raw;
  trace.usage = completion.usage;
}
