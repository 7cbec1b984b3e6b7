import {
  type LanguageModel,
  type ModelCall,
  ModelError,
  type ModelEvent,
  type ModelRequest,
} from '../../src/llm/model.ts';

/** A model that writes nothing until the test says so. */
export type HeldModel = LanguageModel & {
  /** Calls that wait. */
  readonly waiting: number;
  /** Lets all calls that wait now come to their end. */
  release(): void;
};

export function createHeldModel(): HeldModel {
  const waiting = new Set<() => void>();

  async function* generate(_request: ModelRequest, { signal }: ModelCall): AsyncGenerator<ModelEvent> {
    await new Promise<void>((resolve) => {
      const goOn = (): void => {
        waiting.delete(goOn);
        resolve();
      };
      waiting.add(goOn);
      if (signal.aborted) goOn();
      else signal.addEventListener('abort', goOn, { once: true });
    });
    if (signal.aborted) throw new ModelError('cancelled', 'The call was cancelled.');
    yield { type: 'text', text: 'It is on its way.' };
    const usage = { inputTokens: 1, cachedInputTokens: undefined, outputTokens: 1 };
    yield { type: 'end', finishReason: { unified: 'stop', raw: 'stop' }, usage, model: 'held' };
  }

  return {
    generate,
    servedModels: async () => await Promise.resolve([{ id: 'held', contextTokens: 8192 }]),
    get waiting() {
      return waiting.size;
    },
    release: () => {
      for (const goOn of waiting) goOn();
    },
  };
}
