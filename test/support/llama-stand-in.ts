/**
 * Stands in for node-llama-cpp 3 in the worker process of a local model: the functions that we use, in the shape of
 * the package. What each call does stands in a file beside the model's, see `local-model.ts`.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { History, Llama, Model, Peer } from '../../src/llm/local/peer.ts';

/** What one call of the model does. */
export type ScriptedCall = {
  readonly pieces: readonly string[];
  readonly reasoning?: string | undefined;
  readonly stopReason: 'eogToken' | 'maxTokens';
  /** `hang`: until it is aborted. `say-environment`: the names of its variables instead of the pieces. */
  readonly how: 'end' | 'hang' | 'throw' | 'crash' | 'too-long' | 'say-environment';
};

/** How a call ended. */
export type CallRecord = { readonly isAborted: boolean };

export const scriptPath = (modelPath: string, count: number): string => `${modelPath}.call-${count}.json`;
/** How it ended: a `CallRecord`. */
export const recordPath = (modelPath: string, count: number): string => `${modelPath}.record-${count}.json`;
/** What the package was loaded with. */
export const loadedPath = (modelPath: string): string => `${modelPath}.loaded.json`;
/** What a call was given. */
export const begunPath = (modelPath: string, count: number): string => `${modelPath}.begun-${count}.json`;

type StandInModel = Model & { readonly path: string };
type StandInOptions = Parameters<InstanceType<Peer['LlamaChat']>['generateResponse']>[1];

/** In one step, since another process reads it. */
function writeWhole(path: string, value: unknown): void {
  writeFileSync(`${path}.part`, JSON.stringify(value));
  renameSync(`${path}.part`, path);
}

/** A process that was started again goes on where the one before it died. */
function nextCall(path: string): number {
  let count = 1;
  while (existsSync(begunPath(path, count))) count += 1;
  return count;
}

const readCall = (path: string, count: number): ScriptedCall =>
  JSON.parse(readFileSync(scriptPath(path, count), 'utf8')) as ScriptedCall;

function isTooLong(path: string): boolean {
  const count = nextCall(path);
  if (!existsSync(scriptPath(path, count)) || readCall(path, count).how !== 'too-long') return false;
  writeWhole(begunPath(path, count), {});
  return true;
}

export async function getLlama(options: unknown): Promise<Llama> {
  return {
    gpu: false,
    loadModel: async ({ modelPath }) => {
      if (modelPath.includes('broken')) throw new Error('unknown model architecture');
      const model: StandInModel = {
        path: modelPath,
        tokenizer: () => [],
        createContext: async (contextOptions) => {
          writeWhole(loadedPath(modelPath), { options, contextOptions });
          return {
            contextSize: 4096,
            getSequence: () => ({ tokenMeter: { usedInputTokens: 0, usedOutputTokens: 0 } }),
          };
        },
      };
      return model;
    },
    createGrammarForJsonSchema: async (schema) => ({ schema }),
  };
}

export function resolveChatWrapper(model: StandInModel): { readonly path: string } & InstanceWrapper {
  return {
    path: model.path,
    generateContextState: () => ({
      contextText: { tokenize: () => Array.from({ length: isTooLong(model.path) ? 5000 : 12 }) },
    }),
  };
}

type InstanceWrapper = ReturnType<Peer['resolveChatWrapper']>;

export class LlamaChat {
  readonly #path: string;

  constructor({ chatWrapper }: { readonly chatWrapper: { readonly path: string } }) {
    this.#path = chatWrapper.path;
  }

  async generateResponse(history: History, options: StandInOptions): Promise<{ metadata: { stopReason: string } }> {
    const count = nextCall(this.#path);
    const { signal, onResponseChunk, ...rest } = options;
    writeWhole(begunPath(this.#path, count), { history, ...rest });
    const end = (isAborted: boolean): void => writeWhole(recordPath(this.#path, count), { isAborted });
    const { pieces, reasoning, how, stopReason } = readCall(this.#path, count);
    if (reasoning !== undefined) onResponseChunk({ type: 'segment', text: reasoning });
    const texts = how === 'say-environment' ? [Object.keys(process.env).join(' ')] : pieces;
    for (const text of texts) onResponseChunk({ type: undefined, text });
    if (how === 'crash') setTimeout(() => process.kill(process.pid, 'SIGSEGV'), 10);
    if (how === 'hang' || how === 'crash') {
      await new Promise((_, reject) => {
        if (signal.aborted) reject(signal.reason as Error);
        signal.addEventListener('abort', () => reject(signal.reason as Error));
        setInterval(() => undefined, 60_000);
      }).finally(() => end(true));
    }
    if (how === 'throw') throw new Error(`Failed to evaluate ${JSON.stringify(history)}`);
    end(false);
    return { metadata: { stopReason } };
  }
}
