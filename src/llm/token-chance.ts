import { z } from 'zod';
import type { TokenChance } from './choice-probabilities.ts';

const Chance = z.object({ token: z.string(), logprob: z.number() });

/** Tokens with their log-probabilities: every server that tells them has taken OpenAI's shape. */
export const TokenChances = z.array(Chance.extend({ top_logprobs: z.array(Chance).nullish() }));

/** The same in our words; `undefined` where a server told none. */
export function toChances(tokens: z.infer<typeof TokenChances> | null | undefined): TokenChance[] | undefined {
  return tokens?.map(({ token, logprob, top_logprobs: top }) => ({ token, logprob, alternatives: top ?? [] }));
}
