import { ConfigError } from '../config.ts';
import { ModelError } from '../llm/model.ts';
import type { PolicyFile } from '../policy-file/policy-file.ts';
import type { ServedRetrieval } from '../retrieval-models.ts';
import type { Neighbours } from '../wiring.ts';
import type { AppSettings } from './core.ts';

/** Lets the model servers follow a changed sidenote.yaml; why not, in sentences, where that can't be: then all stays. */
export function adoptModels(
  { models }: PolicyFile,
  { rereadModels }: AppSettings,
  { replaceModels }: Neighbours,
  retrieval: ServedRetrieval,
): readonly string[] {
  try {
    const settings = rereadModels(models);
    const follow = retrieval.prepare(settings);
    replaceModels(settings);
    follow();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    if (error instanceof ModelError) return [error.message];
    throw error;
  }
}
