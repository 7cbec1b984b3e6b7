import { estimatePrompt } from './budget.ts';
import type { TokenBudget } from './budget.ts';
import { complete, ModelError } from './model.ts';
import type { Completion, LanguageModel, Message, ModelCall, ModelRequest } from './model.ts';

/** Counts and estimates miss what the chat template adds: this much of the window stays free. */
const windowShare = 0.9;

/** A server that counts as too short a prompt below this read it whole: no window is so small. */
const cutTokensMin = 1024;

/** The server's count differs from its usage by a few template tokens, never by a fifth. */
const cutShare = 0.8;

const fittingRounds = 3;

export type FittingDeps = { readonly model: LanguageModel; readonly budget: TokenBudget };

/** A prompt that should fit. `countedTokens`: the server's count, where it can count and it mattered. */
export type Planned<Prompt> = { readonly prompt: Prompt; readonly countedTokens: number | undefined };

export type Fitted<Prompt> = { readonly prompt: Prompt; readonly completion: Completion };

type WithMessages = { readonly messages: readonly Message[] };

/**
 * The longest prompt that fits the model's window beside `besideTokens`, which the answer and what is still to be put
 * to the prompt take. `build` gives a prompt of at most so many tokens by our estimate. By what is learnt, and where
 * that comes near the window the server counts, until it fits.
 */
export async function planPrompt<Prompt extends WithMessages>(
  build: (tokensMax: number) => Prompt,
  besideTokens: number,
  budget: TokenBudget,
  signal: AbortSignal,
): Promise<Planned<Prompt>> {
  const roomTokens = Math.floor((await budget.windowTokens(signal)) * windowShare) - besideTokens;
  let estimateMax = Math.floor(roomTokens / budget.ratios.upper);
  let prompt = build(estimateMax);
  // Hardly any text takes twice our estimate: what is below half of the room needs no count.
  if (estimatePrompt(prompt.messages) * 2 <= roomTokens) return { prompt, countedTokens: undefined };
  let countedTokens = await budget.count(prompt.messages, signal);
  for (let round = 0; round < fittingRounds; round += 1) {
    if (countedTokens === undefined || countedTokens <= roomTokens) break;
    estimateMax = Math.floor(Math.min(estimateMax, estimatePrompt(prompt.messages)) * (roomTokens / countedTokens));
    prompt = build(estimateMax);
    countedTokens = await budget.count(prompt.messages, signal);
  }
  return { prompt, countedTokens };
}

/**
 * Asks with a planned prompt. One that the server finds too long, or whose beginning it silently dropped, is built
 * shorter and sent once more; an answer to half a prompt is never given out. @throws ModelError
 */
export async function completePlanned<Prompt extends WithMessages>(
  planned: Planned<Prompt>,
  build: (tokensMax: number) => Prompt,
  request: Omit<ModelRequest, 'messages'>,
  deps: FittingDeps,
  call: ModelCall,
): Promise<Fitted<Prompt>> {
  const outcome = await ask(planned, request, deps, call);
  if (!('tooLong' in outcome)) return outcome;
  const prompt = build(outcome.estimateMax);
  if (estimatePrompt(prompt.messages) >= estimatePrompt(planned.prompt.messages)) throw outcome.tooLong;
  const again = await ask({ prompt, countedTokens: undefined }, request, deps, call);
  if ('tooLong' in again) throw again.tooLong;
  return again;
}

/** One call. Instead of an answer: the error and the estimate that a shorter prompt has to keep to. */
async function ask<Prompt extends WithMessages>(
  { prompt, countedTokens }: Planned<Prompt>,
  request: Omit<ModelRequest, 'messages'>,
  { model, budget }: FittingDeps,
  call: ModelCall,
): Promise<Fitted<Prompt> | { readonly tooLong: ModelError; readonly estimateMax: number }> {
  const { messages } = prompt;
  const estimated = estimatePrompt(messages);
  let completion: Completion;
  try {
    completion = await complete(model, { ...request, messages }, call);
  } catch (error) {
    if (!(error instanceof ModelError) || error.kind !== 'too-long') throw error;
    return { tooLong: error, estimateMax: Math.floor(estimated / 2) };
  }
  const readTokens = completion.usage.inputTokens;
  if (readTokens === undefined) return { prompt, completion };
  const expectedTokens = countedTokens ?? estimated * budget.ratios.of(completion.model).lower;
  if (expectedTokens >= cutTokensMin && readTokens < expectedTokens * cutShare) {
    return { tooLong: cutError(readTokens, expectedTokens), estimateMax: readTokens };
  }
  budget.ratios.learn(completion.model, estimated, readTokens);
  return { prompt, completion };
}

function cutError(readTokens: number, expectedTokens: number): ModelError {
  const sentence =
    `The model server read ${readTokens} of about ${Math.round(expectedTokens)} tokens of the prompt: it dropped its beginning ` +
    'without a word, so the draft was discarded. Give it a larger context window (Ollama: OLLAMA_CONTEXT_LENGTH).';
  return new ModelError('config', sentence);
}
