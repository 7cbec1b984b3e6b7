import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { messages } from './notification.ts';

/** A conversation that waits for an answer to its newest part. */
export type Waiting = { readonly conversationId: string; readonly partId: string };

const Written = z.object({ conversationId: z.string(), partId: z.string() });

/** As many as the simulator takes at the same time without queueing for long. */
const preparedAtOnce = 16;

/** Makes conversations in the simulator, without announcing them. */
export async function prepareConversations(simulatorUrl: string, count: number): Promise<readonly Waiting[]> {
  const act = async (action: string, input: object): Promise<unknown> => {
    const response = await fetch(`${simulatorUrl}/simulator/${action}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(input),
    });
    if (!response.ok) throw new Error(`The simulator answered ${action} with ${response.status}.`);
    return await response.json();
  };
  const prepared: Waiting[] = [];
  const prepareRest = async (): Promise<void> => {
    for (let left = 1; left > 0; left = count - prepared.length) {
      const first = { contactName: 'Ada Fenwick', html: messages.first, notify: false };
      const { conversationId } = Written.parse(await act('contact-writes', first));
      await act('teammate-writes', { conversationId, html: messages.answer });
      const second = { conversationId, html: messages.second, notify: false };
      prepared.push(Written.parse(await act('contact-writes', second)));
    }
  };
  await Promise.all(Array.from({ length: Math.min(preparedAtOnce, count) }, prepareRest));
  return prepared.slice(0, count);
}

const Changed = z.object({ kind: z.string(), conversationId: z.string() });

export type Notes = AsyncDisposable & {
  /** By conversation, on the clock of `performance.now()`. */
  readonly arrivedAt: ReadonlyMap<string, number>;
  /** Resolves when every conversation has its note. */
  readonly complete: Promise<void>;
};

/** Hears from the simulator's live events when a part, which can only be the note, comes into these conversations. */
export async function watchNotes(simulatorUrl: string, conversationIds: readonly string[]): Promise<Notes> {
  const stop = new AbortController();
  const response = await fetch(`${simulatorUrl}/simulator/events`, { signal: stop.signal });
  if (response.body === null) throw new Error('The simulator gave no live events.');
  const awaited = new Set(conversationIds);
  const arrivedAt = new Map<string, number>();
  const complete = Promise.withResolvers<void>();
  const lines = createInterface({ input: Readable.fromWeb(response.body) });
  lines.on('line', (line) => {
    if (!line.startsWith('data: ')) return;
    const { kind, conversationId } = Changed.parse(JSON.parse(line.slice('data: '.length)));
    if (kind !== 'part' || !awaited.delete(conversationId)) return;
    arrivedAt.set(conversationId, performance.now());
    if (awaited.size === 0) complete.resolve();
  });
  lines.on('error', () => undefined); // the abort below
  return {
    arrivedAt,
    complete: complete.promise,
    [Symbol.asyncDispose]: async () => stop.abort(),
  };
}
