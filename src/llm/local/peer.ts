/**
 * The part of node-llama-cpp 3 that we use, since the package is there only where somebody installed it. Source: its
 * own type declarations, https://node-llama-cpp.withcat.ai/api/functions/getLlama.
 */
import { z } from 'zod';

type Tokenizer = object;

type Grammar = object;

type HistoryItem =
  | { readonly type: 'system' | 'user'; readonly text: string }
  | { readonly type: 'model'; readonly response: string[] };

export type History = HistoryItem[];

type ChatWrapper = {
  generateContextState(options: { readonly chatHistory: History }): {
    readonly contextText: { tokenize(tokenizer: Tokenizer): readonly unknown[] };
  };
};

/** `usedInputTokens` counts what was computed: the part of a prompt that was still in the cache is not in it. */
type TokenMeter = { readonly usedInputTokens: number; readonly usedOutputTokens: number };

type ContextSequence = { readonly tokenMeter: TokenMeter };

type Context = { readonly contextSize: number; getSequence(): ContextSequence };

export type Model = {
  readonly tokenizer: Tokenizer;
  createContext(options: {
    readonly sequences: number;
    readonly contextSize: { readonly max: number };
    readonly threads: number;
  }): Promise<Context>;
};

export type Llama = {
  readonly gpu: string | false;
  loadModel(options: { readonly modelPath: string }): Promise<Model>;
  createGrammarForJsonSchema(schema: Readonly<Record<string, unknown>>): Promise<Grammar>;
};

type GenerateOptions = {
  readonly signal: AbortSignal;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly grammar?: Grammar;
  readonly repeatPenalty: false;
  /** Tokens that the model may spend on reasoning. */
  readonly budgets: { readonly thoughtTokens: number };
  readonly contextShift: { readonly strategy: () => never };
  /** `type` is `segment` for reasoning and undefined for the answer. */
  readonly onResponseChunk: (chunk: { readonly type: 'segment' | undefined; readonly text: string }) => void;
};

type Chat = {
  generateResponse(
    history: History,
    options: GenerateOptions,
  ): Promise<{ readonly metadata: { readonly stopReason: string } }>;
};

type ChatConstructor = new (options: {
  readonly contextSequence: ContextSequence;
  readonly chatWrapper: ChatWrapper;
}) => Chat;

type GetLlama = (options: {
  readonly gpu: 'auto';
  /** `never`: only a binary that came with the package; nothing is compiled or downloaded. */
  readonly build: 'never';
  readonly logLevel: 'disabled';
  readonly maxThreads: number;
}) => Promise<Llama>;

type ResolveChatWrapper = (
  model: Model,
  options: { readonly customWrapperSettings: Readonly<Record<string, object>>; readonly warningLogs: false },
) => ChatWrapper;

const isFunction = (value: unknown): boolean => typeof value === 'function';

/** What the package exports, or what stands in for it in a test. */
export const Peer = z.object({
  getLlama: z.custom<GetLlama>(isFunction),
  resolveChatWrapper: z.custom<ResolveChatWrapper>(isFunction),
  LlamaChat: z.custom<ChatConstructor>(isFunction),
});

export type Peer = z.infer<typeof Peer>;
