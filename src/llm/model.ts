/**
 * The port to a language model. One adapter per family of servers implements it; nothing above
 * this folder knows a wire name. A call ends in exactly one of three ways: an `end` event, a
 * `ModelError`, or the abort of its signal (also a `ModelError`, of kind `cancelled`).
 */

/** One entry of the prompt. Adapters send `content` as a plain string: Ollama splits arrays. */
export type Message = { readonly role: 'system' | 'user' | 'assistant'; readonly content: string };

export type ModelRequest = {
  /** One system message first, then user and assistant in turns, a user message last. */
  readonly messages: readonly Message[];
  readonly outputTokensMax: number;
  readonly temperature: number;
  /** The answer must be JSON of this shape. A server may fail to obey: parse what comes; see `answerJson`. */
  readonly answerFormat?: AnswerFormat;
};

/** The shape of a constrained answer. */
export type AnswerFormat = {
  /** Letters, digits, `-` and `_`: servers print it. */
  readonly name: string;
  /** JSON Schema of one flat object, `additionalProperties` false, without `$ref`, `pattern` and `format`. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** The field that decides, and all its values: their probabilities are asked for. */
  readonly choices?: { readonly field: string; readonly values: readonly string[] };
};

/** Who waits: a teammate, a webhook's draft, or nobody. Smaller queues first, in this order. */
export type Lane = 'teammate' | 'draft' | 'background';

export type ModelCall = {
  readonly signal: AbortSignal;
  readonly lane: Lane;
  /** Calls with the same key go to the same server while it has room, since that has their prefix in its cache. */
  readonly affinityKey?: string;
  /** The model that should answer, where a server with it is there; otherwise any may. */
  readonly modelName?: string;
};

/** Token counts as the server reports them; `undefined` when unknown, which is not zero. */
export type Usage = {
  readonly inputTokens: number | undefined;
  readonly cachedInputTokens: number | undefined;
  readonly outputTokens: number | undefined;
};

export type FinishReason = {
  readonly unified: 'stop' | 'length' | 'content-filter' | 'error' | 'other';
  /** The server's own word. */
  readonly raw: string;
};

export type ModelEvent = { readonly type: 'text'; readonly text: string } | ({ readonly type: 'end' } & AnswerFacts);

/** What is known of an answer besides its text. */
export type AnswerFacts = {
  readonly finishReason: FinishReason;
  readonly usage: Usage;
  /** The model's name as the server gives it. */
  readonly model: string;
  /** How likely each value of `answerFormat.choices` was, 0 to 1, where the server tells; they add up to 1. */
  readonly choiceProbabilities?: ReadonlyMap<string, number>;
};

export type ModelErrorKind =
  | 'config' // wrong key, unknown model, refused request: a person must act
  | 'too-long' // the prompt does not fit the model's window
  | 'busy' // 429, 503: later
  | 'loading' // the server is there, the model is not yet
  | 'unreachable' // no connection
  | 'first-event-timeout'
  | 'idle-timeout'
  | 'total-timeout'
  | 'broken-stream' // the stream ended without a finish reason, or was no stream
  | 'empty' // finished, but without an answer
  | 'run-away' // wrote the same again and again, or nothing but blanks, and was stopped
  | 'broken-answer' // finished, but not in the format that was asked for
  | 'engine' // 5xx
  | 'cancelled';

/** `GET /v1/models`, as far as we use it. */
export type ServedModel = { readonly id: string; readonly contextTokens: number | undefined };

export interface LanguageModel {
  /** @throws ModelError always, and nothing else. */
  generate(request: ModelRequest, call: ModelCall): AsyncIterable<ModelEvent>;
  /** What the server says it serves. @throws ModelError */
  servedModels(signal: AbortSignal): Promise<readonly ServedModel[]>;
}

/** Everything that can go wrong between us and a model. The queue reads `retryable`, never the message. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly kind: ModelErrorKind;
  readonly retryable: boolean;
  /** The server's own wish, in ms, where it gave one. */
  readonly retryAfterMs: number | undefined;
  readonly status: number | undefined;

  constructor(
    kind: ModelErrorKind,
    message: string,
    options: { readonly status?: number; readonly retryAfterMs?: number; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.retryable = kind !== 'config' && kind !== 'too-long' && kind !== 'cancelled';
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** A whole answer: what `generate` gave, gathered. */
export type Completion = { readonly text: string } & AnswerFacts;

/** Reads one call to its end. @throws ModelError */
export async function complete(model: LanguageModel, request: ModelRequest, call: ModelCall): Promise<Completion> {
  const texts: string[] = [];
  for await (const event of model.generate(request, call)) {
    if (event.type === 'end') {
      const { type: _, ...facts } = event;
      return { text: texts.join(''), ...facts };
    }
    texts.push(event.text);
  }
  throw new ModelError('broken-stream', 'The model ended without a finish reason.');
}
