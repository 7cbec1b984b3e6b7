import type { Policy } from '../domain/policy.ts';
import { languageName } from '../lib/language.ts';
import { type Lane, type LanguageModel, ModelError } from '../llm/model.ts';
import { buildPrompt, type PromptBasis } from '../llm/prompt.ts';
import type { Inquiry } from './inquiry.ts';
import type { Grounds } from './retrieve.ts';

export type DraftSettings = {
  readonly outputTokensMax: number;
  /** Low: support wants the likely answer, and models keep to the language better. */
  readonly temperature: number;
  /** The model's context window, in tokens. */
  readonly windowTokens: number;
};

export type WritingDeps = {
  readonly model: LanguageModel;
  readonly settings: DraftSettings;
  readonly lane: Lane;
};

/** What all calls of a turn to the model share: the prompt up to the task. */
export type Writing = {
  readonly basis: PromptBasis;
  readonly inquiry: Inquiry;
  /** English name of the language to answer in. */
  readonly language: string | undefined;
};

/** The estimate of tokens is rough: this much of the window stays free. */
const windowShare = 0.9;

/** The longest task is the support check, which repeats the draft; without sources there is only the draft's. */
const taskTokensFor = (settings: DraftSettings, grounds: Grounds | undefined): number =>
  grounds === undefined ? 80 : 200 + settings.outputTokensMax;

/** The prompt of a turn up to its task, fitted into the model's window. */
export function prepareWriting(
  inquiry: Inquiry,
  grounds: Grounds | undefined,
  policy: Policy,
  settings: DraftSettings,
): Writing {
  const { answered, open, subject, language } = inquiry;
  const basis = buildPrompt({
    instructions: policy.instructions,
    answered,
    open,
    subject,
    passages: grounds?.passages,
    tokensMax: Math.floor(settings.windowTokens * windowShare) - settings.outputTokensMax,
    taskTokensMax: taskTokensFor(settings, grounds),
  });
  return { basis, inquiry, language: language === undefined ? undefined : languageName(language) };
}

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
