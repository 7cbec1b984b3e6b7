import { z } from 'zod';

/** What the model server of this benchmark tells of a call: that it has come, or that its connection is closed. */
export const CallNews = z.object({ call: z.number(), news: z.enum(['come', 'closed']), at: z.number() });
export type CallNews = z.infer<typeof CallNews>;

/** Ms by the system's monotonic clock, which is the same in all processes. */
export const clockMs = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;

/** The words of a call; 0 is for the calls that nobody aborts. */
export const wordsOf = (call: number): string => `This is call ${call}. Where is my parcel?`;

export const callIn = (body: unknown): number => Number(/This is call (\d+)\./.exec(JSON.stringify(body))?.[1] ?? 0);
