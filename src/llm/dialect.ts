import type { AnswerPiece } from './answer.ts';
import type { Connection, ConnectionCall } from './connection.ts';
import type { CallContext } from './errors.ts';
import type { EventDecoder } from './event-stream.ts';
import type { ServerFamily } from './family.ts';
import type { Lane, ModelRequest, ServedModel } from './model.ts';
import type { Refusal } from './refusal.ts';
import type { CallTimers } from './timers.ts';

/**
 * Fields that not every server knows. Most ignore what they do not know; a few answer 400, and then
 * the field is left out.
 */
export type OptionalField =
  | 'chat_template_kwargs'
  | 'reasoning_effort'
  | 'stream_options'
  | 'response_format'
  | 'logprobs'
  | 'priority'
  | 'think'
  | 'format';

/** What a request is made of. */
export type RequestParts = {
  readonly model: string;
  readonly request: ModelRequest;
  readonly lane: Lane;
  /** Undefined as long as nobody has found out. */
  readonly family: ServerFamily | undefined;
  readonly refusedFields: ReadonlySet<OptionalField>;
  /** See `ChatDialect.windowTokens`. */
  readonly windowTokens: number | undefined;
};

export type Call = ConnectionCall & { readonly timers: CallTimers };

/** One way of speaking to model servers, without its transport: what is sent, and what the answer means. */
export type ChatDialect = {
  readonly chatPath: string;
  /** The media type of a stream. */
  readonly streamType: RegExp;
  /** How servers name each optional field when they object to it. */
  readonly mentions: Readonly<Partial<Record<OptionalField, RegExp>>>;
  /** Those that switch thinking off. */
  readonly thinkingFields: readonly OptionalField[];
  /** The window to ask for, for servers that must be told one. Asked before each call, so it remembers. @throws ModelError */
  readonly windowTokens?: (connection: Connection, model: string, call: Call) => Promise<number>;
  readonly chatBody: (parts: RequestParts) => Readonly<Record<string, unknown>>;
  readonly createDecoder: () => EventDecoder;
  /** Reads one event of a stream. @throws ModelError */
  readonly parse: (data: string, context: CallContext) => AnswerPiece;
  /** @throws ModelError */
  readonly listModels: (connection: Connection, call: Call, readRefusal: ReadRefusal) => Promise<ServedModel[]>;
};

/** Reads an answer that is none into what the server said. */
type ReadRefusal = (response: Awaited<ReturnType<Connection['get']>>) => Promise<Refusal>;

/** The optional fields of a request that a server objects to. */
export function fieldsRefused(
  refusal: Refusal,
  body: Readonly<Record<string, unknown>>,
  mentions: ChatDialect['mentions'],
): OptionalField[] {
  if (refusal.status !== 400 && refusal.status !== 422) return [];
  // A validation error may print the whole request after "input"; what it says is before that.
  const said = `${refusal.param ?? ''} ${refusal.words.split(/['"]input['"]\s*:/)[0]}`;
  return optionalFields.filter((field) => field in body && mentions[field]?.test(said) === true);
}

const optionalFields: readonly OptionalField[] = [
  'chat_template_kwargs',
  'reasoning_effort',
  'stream_options',
  'response_format',
  'logprobs',
  'priority',
  'think',
  'format',
];
