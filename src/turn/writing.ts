import { languageName } from '../lib/language.ts';
import type { TokenBudget } from '../llm/budget.ts';
import { planPrompt } from '../llm/fit-window.ts';
import { type Lane, type LanguageModel, type ModelCall, ModelError } from '../llm/model.ts';
import { buildPrompt, type PromptBasis } from '../llm/prompt.ts';
import type { Inquiry } from './inquiry.ts';
import type { Grounds } from './retrieve.ts';

export type DraftSettings = {
  readonly outputTokensMax: number;
  /** Low: support wants the likely answer, and models keep to the language better. */
  readonly temperature: number;
};

export type WritingDeps = {
  readonly model: LanguageModel;
  readonly settings: DraftSettings;
  /** What fits the model's window; learns from every draft. */
  readonly budget: TokenBudget;
  readonly lane: Lane;
};

/** What all calls of a turn to the model share: the prompt up to the task. */
export type Writing = {
  readonly basis: PromptBasis;
  /** The basis for less room, in tokens by our estimate and with the task. */
  readonly build: (tokensMax: number) => PromptBasis;
  /** The server's own count of the basis, where it can count and the prompt comes near the window. */
  readonly countedTokens: number | undefined;
  readonly inquiry: Inquiry;
  readonly modelName: string | undefined;
  /** English name of the language to answer in. */
  readonly language: string | undefined;
};

/** The longest task is the support check, which repeats the draft; without sources there is only the draft's. */
const taskTokensFor = (settings: DraftSettings, grounds: Grounds | undefined): number =>
  grounds === undefined ? 80 : 200 + settings.outputTokensMax;

export type WritingInput = {
  readonly inquiry: Inquiry;
  /** What the sources say; undefined where the team has given no sources. */
  readonly grounds: Grounds | undefined;
  /** The team's own instructions for this conversation. */
  readonly instructions: string;
  /** The model that the rule names. */
  readonly modelName?: string | undefined;
  /** A word that no answer may hold. */
  readonly promptMark?: string;
};

/** The prompt of a turn up to its task, fitted into the model's window. */
export async function prepareWriting(
  { inquiry, grounds, instructions, modelName, promptMark }: WritingInput,
  { settings, budget }: Pick<WritingDeps, 'settings' | 'budget'>,
  signal: AbortSignal,
): Promise<Writing> {
  const { answered, open, subject, language } = inquiry;
  const taskTokensMax = taskTokensFor(settings, grounds);
  const passages = grounds?.passages;
  const fixed = { instructions, promptMark, answered, open, subject, passages, taskTokensMax };
  const build = (tokensMax: number): PromptBasis => buildPrompt({ ...fixed, tokensMax });
  const besideTokens = settings.outputTokensMax + taskTokensMax;
  const planned = await planPrompt((tokensMax) => build(tokensMax + taskTokensMax), besideTokens, budget, signal);
  return {
    basis: planned.prompt,
    build,
    countedTokens: planned.countedTokens,
    inquiry,
    modelName,
    language: language === undefined ? undefined : languageName(language),
  };
}

/** The calls of one turn go where the beginning of its prompt is known already. */
export const callFor = (
  { inquiry, modelName }: Pick<Writing, 'inquiry'> & Partial<Pick<Writing, 'modelName'>>,
  { lane }: Pick<WritingDeps, 'lane'>,
  signal: AbortSignal,
): ModelCall => ({
  signal,
  lane,
  affinityKey: inquiry.conversationId,
  ...(modelName === undefined ? {} : { modelName }),
});

/** The answer of a call that a turn can do without; undefined where the model gave none. @throws ModelError when stopped */
export async function withoutTrouble<Value>(
  ask: () => Promise<Value>,
  onError: (reason: string) => void,
): Promise<Value | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ModelError) || error.kind === 'cancelled') throw error;
    onError(error.message);
    return undefined;
  }
}
