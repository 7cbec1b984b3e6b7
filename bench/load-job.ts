import { z } from 'zod';

/** What the load generator, a process of its own, is told to do and what it answers. */

const Receiver = z.object({ webhookUrl: z.string(), clientSecret: z.string() });
const arrivals = { ratePerSecond: z.number().positive(), seconds: z.number().positive() };

export const LoadJob = z.discriminatedUnion('kind', [
  /** Webhooks at a rate, whatever the server does. */
  z.object({ kind: z.literal('at-rate'), receiver: Receiver, ...arrivals }),
  /** As many webhooks as the server answers, over so many connections. */
  z.object({
    kind: z.literal('saturate'),
    receiver: Receiver,
    connections: z.number().int(),
    seconds: z.number(),
    requestsMax: z.number().int(),
  }),
  /** Webhooks at a rate for conversations of the simulator, each of which gets one note. */
  z.object({ kind: z.literal('notes'), receiver: Receiver, simulatorUrl: z.string(), ...arrivals }),
]);
export type LoadJob = z.infer<typeof LoadJob>;

const Samples = z.array(
  z
    .number()
    .nullable()
    .transform((ms) => ms ?? Number.POSITIVE_INFINITY),
);

export const LoadResult = z.object({
  /** From the first byte sent to the last byte of the answer, in ms; infinite where the answer was not a 200. */
  answersMs: Samples,
  /** From the first byte sent to the note in the conversation, in ms; infinite where none came. Only for `notes`. */
  notesMs: Samples,
  /** Webhooks answered in a second. */
  answeredPerSecond: z.number(),
  /** The most that a webhook was sent later than planned, in ms: a busy generator proves nothing. */
  sentLateMsMax: z.number(),
});
export type LoadResult = z.infer<typeof LoadResult>;

export const JobMessage = z.object({ id: z.number(), job: LoadJob });
export const ResultMessage = z.object({ id: z.number(), result: LoadResult });
