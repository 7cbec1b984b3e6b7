import { z } from 'zod';
import { complete, ModelError } from '../model.ts';
import type { LanguageModel, ModelRequest } from '../model.ts';
import { parseJson } from '../refusal.ts';

/** Goes before all other work: it is one word, and everything waits for it. */
const lane = 'teammate' as const;

/** Room for one word and for the start of reasoning that should not be there. */
const outputTokensMax = 32;

const request: ModelRequest = {
  messages: [{ role: 'user', content: 'Answer with the word ready.' }],
  outputTokensMax,
  temperature: 0,
};

/** What one word told. */
export type CanaryResult = { readonly firstWordMs: number | undefined; readonly isThinkingOff: boolean | undefined };

/**
 * A call that costs a word: `/health` and the list of models answer also where the engine behind them is dead.
 * An answer without a word is no failure here, since tokens were made. @throws ModelError
 */
export async function flyCanary(
  model: LanguageModel,
  signal: AbortSignal,
  monotonicNow: () => number,
): Promise<CanaryResult> {
  const begunAt = monotonicNow();
  let firstWordMs: number | undefined;
  let text = '';
  try {
    for await (const event of model.generate(request, { signal, lane })) {
      if (event.type === 'end') return { firstWordMs, isThinkingOff: isOff(text, event.usage.outputTokens) };
      firstWordMs ??= monotonicNow() - begunAt;
      text += event.text;
    }
  } catch (error) {
    // All the room went to what is no answer: that is how a model that thinks looks here.
    if (error instanceof ModelError && error.kind === 'empty') return { firstWordMs, isThinkingOff: false };
    throw error;
  }
  throw new ModelError('broken-stream', 'The model ended without a finish reason.');
}

/** More tokens than characters: the rest was reasoning. A few go to the template. */
const isOff = (text: string, outputTokens: number | undefined): boolean | undefined =>
  outputTokens === undefined ? undefined : outputTokens <= text.length + 8;

/** Words that no model would answer by itself: only one that is held to the schema says them. */
const improbable = ['heliotrope', 'gamboge'] as const;

const Answer = z.strictObject({ colour: z.enum(improbable) });

/** Whether the server holds a model to a JSON schema, and tells how likely a choice was. @throws ModelError */
export async function trySchema(
  model: LanguageModel,
  signal: AbortSignal,
): Promise<{ readonly obeysSchema: boolean; readonly givesProbabilities: boolean }> {
  const { $schema: _, ...schema } = z.toJSONSchema(Answer, { target: 'draft-7' });
  const { text, choiceProbabilities } = await complete(
    model,
    {
      messages: [{ role: 'user', content: 'Is snow white? Answer with the word yes or no.' }],
      outputTokensMax,
      temperature: 0,
      answerFormat: { name: 'probe', schema, choices: { field: 'colour', values: improbable } },
    },
    { signal, lane },
  );
  return {
    obeysSchema: Answer.safeParse(parseJson(text)).success,
    givesProbabilities: choiceProbabilities !== undefined,
  };
}
