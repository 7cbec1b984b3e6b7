import { z } from 'zod';

/** What an instance of the turn engine, a process of its own, is told to do and what it answers. */

const turns = z.number().int().positive();

export const EngineJob = z.discriminatedUnion('kind', [
  /** Begins to work; until then it only stores. */
  z.object({ kind: z.literal('start') }),
  /** Stores turns that have ended, as history. */
  z.object({ kind: z.literal('fill'), turns }),
  /** Stores turns that are due at once, and waits until all have ended, whoever works on them. */
  z.object({ kind: z.literal('burst'), turns }),
  /** Stores one turn that is due at once, waits for its end, and so on. */
  z.object({ kind: z.literal('singles'), turns }),
  /** Commits a changed row, one after another: the floor, since each turn costs commits. */
  z.object({ kind: z.literal('commits'), turns }),
]);
export type EngineJob = z.infer<typeof EngineJob>;

export const EngineResult = z.object({
  elapsedMs: z.number(),
  /** From a turn's falling due to the start of its attempt, in ms; for `singles` only. */
  pickUpsMs: z.array(z.number()),
  /** Of the process, in MB of 10^6 bytes. */
  residentMb: z.number(),
  /** What is alive after a collection, in MB of 10^6 bytes. */
  heapMb: z.number(),
});
export type EngineResult = z.infer<typeof EngineResult>;

export const JobMessage = z.object({ id: z.number(), job: EngineJob });
export const ResultMessage = z.object({ id: z.number(), result: EngineResult });
