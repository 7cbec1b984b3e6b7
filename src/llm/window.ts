import type { LanguageModel } from './model.ts';

/** What a server that does not tell is taken to have: Ollama gives 4k on small cards, everyone else more. */
const windowDefaultTokens = 8192;

/**
 * The context window of the model in use, in tokens: asked once, and again as long as the server does not
 * answer. `name` is the configured model; undefined where the server serves one.
 */
export function createWindow(model: LanguageModel, name: string | undefined): (signal: AbortSignal) => Promise<number> {
  let known: number | undefined;
  return async (signal) => {
    if (known !== undefined) return known;
    try {
      const served = await model.servedModels(signal);
      const used = served.find(({ id }) => id === name) ?? served[0];
      known = used?.contextTokens ?? windowDefaultTokens;
      return known;
    } catch {
      return windowDefaultTokens; // the draft's own call says what is wrong
    }
  };
}
