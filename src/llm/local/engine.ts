import { Peer } from './peer.ts';
import type { History } from './peer.ts';
import type { CountOrder, GenerateOrder, Loaded, LoadFailure, LoadOrder, OrderReport } from './protocol.ts';

/** A model in memory, with one context in which one answer at a time is generated. */
export type Engine = {
  readonly loaded: Loaded;
  count(order: CountOrder): number;
  /** Gives the last report. Throws whatever the native code throws; `signal` ends it early. */
  generate(
    order: GenerateOrder,
    onPiece: (text: string, isReasoning: boolean) => void,
    signal: AbortSignal,
  ): Promise<OrderReport>;
};

/** The model can't be loaded; `says` is for a person. */
export class LoadError extends Error {
  override readonly name = 'LoadError';
  readonly reason: LoadFailure;

  constructor(reason: LoadFailure, says: string) {
    super(says);
    this.reason = reason;
  }
}

/** Loads the package and, by it, the model. @throws LoadError */
export async function loadEngine(order: LoadOrder): Promise<Engine> {
  const peer = await importPeer(order.peer);
  const { path, threads, windowTokensMax } = order;
  try {
    // More threads than cores are free make generation slower by far, so the number is ours.
    const llama = await peer.getLlama({ gpu: 'auto', build: 'never', logLevel: 'disabled', maxThreads: threads });
    const model = await llama.loadModel({ modelPath: path });
    const context = await model.createContext({ sequences: 1, contextSize: { max: windowTokensMax }, threads });
    const sequence = context.getSequence();
    const chatWrapper = peer.resolveChatWrapper(model, {
      customWrapperSettings: { qwen: { thoughts: 'discourage' } },
      warningLogs: false,
    });
    const chat = new peer.LlamaChat({ contextSequence: sequence, chatWrapper });
    const windowTokens = context.contextSize;
    const countHistory = (history: History): number =>
      chatWrapper.generateContextState({ chatHistory: history }).contextText.tokenize(model.tokenizer).length;

    return {
      loaded: { type: 'loaded', windowTokens, ...(llama.gpu === false ? {} : { gpu: llama.gpu }) },
      count: ({ messages }) => countHistory(toHistory(messages)),
      async generate(wanted, onPiece, signal) {
        const { id, outputTokensMax: maxTokens, temperature, schema } = wanted;
        const history = toHistory(wanted.messages);
        const inputTokens = countHistory(history);
        // What does not fit would be cut without a word.
        if (inputTokens + maxTokens > windowTokens) return { type: 'too-long', id, tokens: inputTokens, windowTokens };
        const grammar = schema === undefined ? undefined : await llama.createGrammarForJsonSchema(schema);
        const { usedInputTokens, usedOutputTokens } = sequence.tokenMeter;
        const { metadata } = await chat.generateResponse(history, {
          signal,
          maxTokens,
          temperature,
          ...(grammar === undefined ? {} : { grammar }),
          repeatPenalty: false, // source marks such as [S1] have to be repeated
          budgets: { thoughtTokens: 0 },
          contextShift: { strategy: refuseShift },
          onResponseChunk: ({ type, text }) => onPiece(text, type === 'segment'),
        });
        if (metadata.stopReason === 'abort') return { type: 'aborted', id };
        return {
          type: 'end',
          id,
          finish: metadata.stopReason === 'maxTokens' ? 'length' : 'stop',
          inputTokens,
          cachedInputTokens: Math.max(0, inputTokens - (sequence.tokenMeter.usedInputTokens - usedInputTokens)),
          outputTokens: sequence.tokenMeter.usedOutputTokens - usedOutputTokens,
        };
      },
    };
  } catch (error) {
    throw loadErrorOf(error);
  }
}

async function importPeer(name: string): Promise<Peer> {
  let module: unknown;
  try {
    module = await import(name);
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    throw new LoadError(isMissing ? 'peer-missing' : 'peer-unfit', wordsOf(error));
  }
  const peer = Peer.safeParse(module);
  if (!peer.success) throw new LoadError('peer-unfit', 'it lacks functions that version 3 has');
  return peer.data;
}

function loadErrorOf(error: unknown): LoadError {
  const name = error instanceof Error ? error.constructor.name : '';
  if (name === 'NoBinaryFoundError') return new LoadError('peer-unfit', 'it has no binary for this machine');
  const isMemory = name === 'InsufficientMemoryError' || /memory|VRAM/i.test(wordsOf(error));
  return new LoadError(isMemory ? 'memory' : 'other', wordsOf(error));
}

function refuseShift(): never {
  throw new Error('The context window is full.');
}

/** Ends with an empty turn of the model, so that the prompt ends where its answer begins. */
const toHistory = (messages: GenerateOrder['messages']): History => [
  ...messages.map(({ role, content }) =>
    role === 'assistant' ? { type: 'model' as const, response: [content] } : { type: role, text: content },
  ),
  { type: 'model', response: [] },
];

/** An error's own words, on one line. */
export const wordsOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ').trim().slice(0, 300);
