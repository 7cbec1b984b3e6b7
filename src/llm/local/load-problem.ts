import { ModelError } from '../model.ts';
import type { LoadFailure } from './protocol.ts';

/** Why a local model can't be loaded, and what to do. */
export function loadProblem(path: string, reason: LoadFailure, says: string): ModelError {
  const sentences: Readonly<Record<LoadFailure, string>> = {
    'peer-missing':
      'LLM_KIND=gguf needs the package node-llama-cpp, which is not installed: run "npm install --no-save node-llama-cpp@3" in the folder of Sidenote.',
    'peer-unfit': `node-llama-cpp can't be used here (${says}): run "npm install --no-save node-llama-cpp@3" in the folder of Sidenote on this machine.`,
    memory: `The local model ${path} does not fit into memory (${says}): take a smaller one or a stronger quantisation.`,
    other: `The local model ${path} can't be loaded (${says}): check the file, or take one that your version of node-llama-cpp knows.`,
  };
  return new ModelError('config', sentences[reason]);
}
