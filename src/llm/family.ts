import type { Lane } from './model.ts';

/** The programs that serve models and that we tell apart; `local` is the model in a process of our own, `other` speaks chat completions like them. */
export type ServerFamily = 'vllm' | 'sglang' | 'llama.cpp' | 'ollama' | 'lm-studio' | 'litellm' | 'local' | 'other';

/** How soon vLLM should serve a lane: the smaller number goes first, 0 is what a request without one has. */
const ranks: Readonly<Record<Lane, number>> = { teammate: 0, draft: 10, background: 100 };

/**
 * The priority of a lane in the server's own order: vLLM serves smaller numbers first, SGLang larger ones (its
 * default). `undefined` for servers that have no such field, or that nobody has recognised yet.
 */
export function priorityOf(lane: Lane, family: ServerFamily | undefined): number | undefined {
  if (family === 'vllm') return ranks[lane];
  return family === 'sglang' ? -ranks[lane] : undefined;
}
