import type { ServerFamily } from '../family.ts';
import type { ServerFacts, ServerFinding } from './facts.ts';

/** What drafts need: instructions, some passages, a few exchanges and the answer. */
const windowTokensMin = 4096;
const windowTokensGood = 8192;

const windowRemedies: Readonly<Record<ServerFamily, string>> = {
  vllm: 'Start it with --max-model-len 16384.',
  sglang: 'Start it with --context-length 16384.',
  'llama.cpp': 'Start it with -c 16384 for each of the -np slots: the window is shared among them.',
  ollama: 'Start it with OLLAMA_CONTEXT_LENGTH=16384; what the model file says with num_ctx goes before that.',
  'lm-studio': 'Load the model with a longer context, and set its overflow policy to stop.',
  litellm: 'Give the server behind it a larger context window.',
  local: 'Take a model that was trained with a longer one, or free memory.',
  other: 'Give it a larger context window, 16384 tokens if the card has room.',
};

const thinkingRemedies: Readonly<Record<ServerFamily, string>> = {
  vllm: 'Start it with --reasoning-parser for the model and --default-chat-template-kwargs \'{"enable_thinking": false}\'.',
  sglang: 'Start it with --reasoning-parser for the model, or take a model whose template can switch thinking off.',
  'llama.cpp': 'Start it with --jinja and --reasoning off.',
  ollama: 'Set LLM_KIND=ollama, which tells it so in its own way, or take a model that does not think.',
  'lm-studio': 'Switch thinking off in the settings of the model.',
  litellm: 'Let it pass chat_template_kwargs on, or switch thinking off at the server behind it.',
  local: 'Take a model that does not think.',
  other: 'Switch thinking off at the server, or take a model that does not think.',
};

const problem = (says: string): ServerFinding => ({ weight: 'problem', says });
const remark = (says: string): ServerFinding => ({ weight: 'remark', says });

/** The model that calls go to, or what is wrong with the list of models. */
export function findModel(
  served: readonly string[],
  configured: string | undefined,
): { readonly model: string | undefined; readonly finding: ServerFinding | undefined } {
  if (served.length === 0) {
    const says = 'it serves no model yet. Load one (Ollama: ollama pull NAME), or wait until it has.';
    return { model: undefined, finding: problem(says) };
  }
  const listed = served.slice(0, 20).join(', ');
  if (configured !== undefined) {
    if (served.includes(configured)) return { model: configured, finding: undefined };
    // Ollama lists `name:latest` and knows it as `name` as well.
    if (served.includes(`${configured}:latest`)) return { model: configured, finding: undefined };
    return {
      model: undefined,
      finding: problem(
        `it does not serve LLM_MODEL ${configured}; it serves ${listed}. Set LLM_MODEL to what it serves.`,
      ),
    };
  }
  if (served.length === 1) return { model: served[0], finding: undefined };
  return { model: undefined, finding: problem(`it serves ${listed}: set LLM_MODEL to the one to use.`) };
}

/** What a person should know of the facts; `settings` that can't be read from them come as findings already. */
export function judgeFacts(facts: Omit<ServerFacts, 'findings'>): readonly ServerFinding[] {
  const { family, windowTokens, isThinkingOff, obeysSchema } = facts;
  const findings: ServerFinding[] = [];
  if (windowTokens !== undefined && windowTokens < windowTokensGood) {
    const says = `its context window of ${windowTokens} tokens leaves little room for history and passages. ${windowRemedies[family]}`;
    findings.push(windowTokens < windowTokensMin ? problem(says) : remark(says));
  }
  if (windowTokens === undefined) {
    findings.push(remark(`it does not tell its context window; ${windowTokensGood} tokens are assumed.`));
  }
  if (isThinkingOff === false) {
    findings.push(
      problem(`the model thinks before it answers although it is told not to. ${thinkingRemedies[family]}`),
    );
  }
  if (obeysSchema === false) {
    findings.push(remark('it does not hold the model to a JSON schema: decisions are read from what the model says.'));
  }
  return findings;
}
