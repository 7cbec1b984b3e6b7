import type { Message } from './model.ts';
import { TokenRatios } from './token-ratio.ts';
import { estimateTokens } from './tokens.ts';

/** What is known of the room in the model's window, and of what a prompt takes of it. */
export type TokenBudget = {
  /** The context window of the model in use, in tokens. */
  windowTokens(signal: AbortSignal): Promise<number>;
  /** The server's own count of a prompt; undefined where it can't count or does not answer. */
  count(messages: readonly Message[], signal: AbortSignal): Promise<number | undefined>;
  readonly ratios: TokenRatios;
};

export type TokenBudgetDeps = {
  readonly windowTokens: (signal: AbortSignal) => Promise<number>;
  readonly count?: (messages: readonly Message[], signal: AbortSignal) => Promise<number | undefined>;
};

export function createTokenBudget(deps: TokenBudgetDeps): TokenBudget {
  const { windowTokens, count = async () => undefined } = deps;
  return { windowTokens, count, ratios: new TokenRatios() };
}

/** Our estimate of a whole prompt, before what is learnt; some tokens a message go to the chat template. */
export const estimatePrompt = (messages: readonly Message[]): number =>
  messages.reduce((sum, { content }) => sum + estimateTokens(content), 0);
