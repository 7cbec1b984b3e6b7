/** What the server's process and the one that holds the local model say to each other, one message a line of this. */
import { z } from 'zod';

const Messages = z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() }));

const LoadOrder = z.object({
  type: z.literal('load'),
  /** What `import` is given: the package, or in a test what stands in for it. */
  peer: z.string(),
  path: z.string(),
  threads: z.int().positive(),
  windowTokensMax: z.int().positive(),
});

const GenerateOrder = z.object({
  type: z.literal('generate'),
  id: z.int(),
  messages: Messages,
  outputTokensMax: z.int().positive(),
  temperature: z.number(),
  /** JSON Schema that the answer is held to. */
  schema: z.record(z.string(), z.unknown()).optional(),
});

const CountOrder = z.object({ type: z.literal('count'), id: z.int(), messages: Messages });

/** To the process that holds the model. */
export const Order = z.discriminatedUnion('type', [
  LoadOrder,
  GenerateOrder,
  CountOrder,
  z.object({ type: z.literal('abort'), id: z.int() }),
]);

export type Order = z.infer<typeof Order>;
export type LoadOrder = z.infer<typeof LoadOrder>;
export type GenerateOrder = z.infer<typeof GenerateOrder>;
export type CountOrder = z.infer<typeof CountOrder>;

const Loaded = z.object({
  type: z.literal('loaded'),
  windowTokens: z.int().positive(),
  /** The kind of graphics card that computes, such as `cuda`; undefined: the processor alone. */
  gpu: z.string().optional(),
});

const loadFailures = ['peer-missing', 'peer-unfit', 'memory', 'other'] as const;

/** Each ends the order of this id. `too-long`: nothing was generated; `failed`: see `says`. */
const Ending = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('end'),
    id: z.int(),
    finish: z.enum(['stop', 'length']),
    inputTokens: z.int().nonnegative(),
    cachedInputTokens: z.int().nonnegative(),
    outputTokens: z.int().nonnegative(),
  }),
  z.object({ type: z.literal('counted'), id: z.int(), tokens: z.int().nonnegative() }),
  z.object({ type: z.literal('too-long'), id: z.int(), tokens: z.int(), windowTokens: z.int() }),
  z.object({ type: z.literal('aborted'), id: z.int() }),
  z.object({ type: z.literal('failed'), id: z.int(), says: z.string() }),
]);

/** From the process that holds the model. */
export const Report = z.union([
  Loaded,
  z.object({ type: z.literal('load-failed'), reason: z.enum(loadFailures), says: z.string() }),
  z.object({ type: z.literal('piece'), id: z.int(), text: z.string(), isReasoning: z.boolean() }),
  Ending,
]);

export type Report = z.infer<typeof Report>;
export type Loaded = z.infer<typeof Loaded>;
export type LoadFailure = (typeof loadFailures)[number];
/** What is said of one order. */
export type OrderReport = Extract<Report, { readonly id: number }>;
