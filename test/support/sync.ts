import type { SourceSettings } from '../../src/domain/source-settings.ts';
import type { Source } from '../../src/knowledge/source.ts';
import { openSource } from '../../src/knowledge/sources/open.ts';
import { syncSource, type SyncReport } from '../../src/knowledge/sync.ts';
import { createIntercomClient } from '../../src/intercom/client.ts';
import { RateLimiter } from '../../src/intercom/rate-limiter.ts';
import { createOutbound } from '../../src/lib/outbound.ts';
import type { Database } from '../../src/store/database.ts';
import { readChanges } from '../../src/store/knowledge-changes.ts';
import { migrate, readMigrations } from '../../src/store/migrate.ts';
import { openDatabase } from '../../src/store/open.ts';

/** A database in memory, syncs into it, and what is in it then. The clock goes on by a second with each look at it. */
export type SyncBench = AsyncDisposable & {
  readonly db: Database;
  sync(source: Source | SourceSettings, signal?: AbortSignal): Promise<SyncReport>;
  /** The documents' ids, in order. */
  ids(): Promise<readonly string[]>;
  /** A document's Markdown by its id. */
  text(id: string): Promise<string | undefined>;
};

export async function openSyncBench(): Promise<SyncBench> {
  const db = openDatabase({ kind: 'sqlite', path: ':memory:' });
  await migrate(db, readMigrations(), 0);
  let time = 1_789_630_000_000;
  const now = (): number => (time += 1000);
  const sleep = async (): Promise<void> => undefined;
  const dispatcher = createOutbound({
    allowedOrigins: new Set(),
    connectionsPerOriginMax: 1,
    onRefused: () => undefined,
  });
  const limiter = new RateLimiter({ now, sleep, random: () => 0 });
  const baseUrl = new URL('http://127.0.0.1:9');
  const intercom = createIntercomClient({
    baseUrl,
    token: () => '',
    timeoutMs: 1000,
    dispatcher,
    limiter,
    urgency: 'background',
  });
  const open = (settings: SourceSettings): Source =>
    openSource(settings, { intercom, sleep, onRefused: () => undefined });
  const documents = async () =>
    (await readChanges(db, 0, 1000)).flatMap(({ stored }) => (stored === undefined ? [] : [stored.document]));
  const detectLanguage = async (): Promise<undefined> => undefined;
  return {
    db,
    sync: async (source, signal = new AbortController().signal) => {
      const opened = 'type' in source ? open(source) : source;
      return await syncSource(opened, { db, owner: 'test', now, detectLanguage }, signal);
    },
    ids: async () => (await documents()).map(({ id }) => id).toSorted(),
    text: async (wanted) => (await documents()).find(({ id }) => id === wanted)?.markdown,
    [Symbol.asyncDispose]: async () => {
      await dispatcher.close();
      await db[Symbol.asyncDispose]();
    },
  };
}
