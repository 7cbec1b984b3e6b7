import { type Database, DatabaseAway } from '../store/database.ts';
import { type KnownItem, listItems, markSeen, removeUnseen, saveItem, type Written } from '../store/documents.ts';
import { claimSource, extendSourceLease, releaseSource, type SourceProblem, type SyncEnd } from '../store/sources.ts';
import { type DetectLanguage, prepareDocument, readingFingerprint } from './prepare.ts';
import type { ReadItem, Source } from './source.ts';

/** What a sync did, or why it could not. */
export type SyncReport = {
  readonly name: string;
  /** `busy`: another process is at it. `stopped`: ended by `signal`, goes on the next time. */
  readonly outcome: 'finished' | 'failed' | 'stopped' | 'busy';
  /** Why it failed, a sentence. */
  readonly why: string | undefined;
  /** Documents that are new or have changed. */
  readonly changed: number;
  readonly removed: number;
  readonly problems: readonly SourceProblem[];
};

export type SyncDeps = {
  readonly db: Database;
  /** Names this process in the source's lease. */
  readonly owner: string;
  readonly now: () => number;
  readonly detectLanguage: DetectLanguage;
  readonly onProgress?: (progress: Progress) => void;
};

/** How far a sync is: items done, of how many where that is known. */
export type Progress = { readonly name: string; readonly done: number; readonly expected: number | undefined };

/** Long enough for a slow page or a stop of the clock, short enough that a dead process's work goes on soon. */
const leaseDurationMs = 60_000;
const heartbeatMs = 15_000;

/** The sync was taken over by another process while this one stood still. */
class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/** One pass over a source, as far as it has come. */
type Run = {
  readonly source: Source;
  readonly startedAt: number;
  readonly signal: AbortSignal;
  changed: number;
  removed: number;
  readonly problems: SourceProblem[];
};

/**
 * Reads a source and takes over what has changed. An item that can't be read is named in the report and keeps what
 * is known of it; what a complete pass has not found is removed. A sync that is cut short goes on with the next call.
 * Never throws, but for a defect.
 */
export async function syncSource(source: Source, deps: SyncDeps, signal: AbortSignal): Promise<SyncReport> {
  const { name } = source.settings;
  const nothing = { name, changed: 0, removed: 0, problems: [] };
  try {
    const startedAt = await claimSource(deps.db, name, leaseOf(deps), deps.now());
    if (startedAt === undefined) return { ...nothing, outcome: 'busy', why: 'another process reads it now' };
    return await runClaimed(source, startedAt, deps, signal);
  } catch (error) {
    if (!(error instanceof DatabaseAway)) throw error;
    return { ...nothing, outcome: 'failed', why: error.message };
  }
}

const leaseOf = ({ owner }: SyncDeps) => ({ owner, durationMs: leaseDurationMs });

async function runClaimed(source: Source, startedAt: number, deps: SyncDeps, signal: AbortSignal): Promise<SyncReport> {
  const { name } = source.settings;
  const { db, now, owner } = deps;
  const lost = new AbortController();
  const heartbeat = setInterval(() => {
    extendSourceLease(db, name, leaseOf(deps), now()).then(
      (isOurs) => isOurs || lost.abort(new LeaseLost('another process has taken it over')),
      () => undefined, // away: the lease runs on, and the next write says what is wrong
    );
  }, heartbeatMs);
  const either = AbortSignal.any([signal, lost.signal]);
  const run: Run = { source, startedAt, signal: either, changed: 0, removed: 0, problems: [] };
  let end: SyncEnd;
  try {
    await readAll(run, deps);
    end = { kind: 'finished', problems: run.problems };
  } catch (error) {
    end = signal.aborted ? { kind: 'stopped' } : { kind: 'failed', why: sentence(error) };
  } finally {
    clearInterval(heartbeat);
  }
  await releaseSource(db, name, owner, end, now());
  const { changed, removed, problems } = run;
  return { name, outcome: end.kind, why: end.kind === 'failed' ? end.why : undefined, changed, removed, problems };
}

const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function readAll(run: Run, deps: SyncDeps): Promise<void> {
  const { source, startedAt, signal } = run;
  const known = await knownItems(source, deps);
  let done = 0;
  let expected: number | undefined;
  for await (const event of source.read({ known, startedAt, signal })) {
    signal.throwIfAborted();
    if (event.kind === 'expected') expected = event.items;
    else {
      const written = await takeOver(source, event, deps);
      done += 1;
      run.changed += written.changed;
      run.removed += written.removed;
      if (event.kind === 'broken') run.problems.push({ item: event.itemId, why: event.why });
    }
    deps.onProgress?.({ name: source.settings.name, done, expected });
  }
  signal.throwIfAborted();
  run.removed += await removeUnseen(deps.db, source.settings.name, startedAt);
}

/** What is known, without what was read by other settings: that has to be read anew. */
async function knownItems({ settings }: Source, { db }: SyncDeps): Promise<ReadonlyMap<string, KnownItem>> {
  const fingerprint = `${readingFingerprint(settings)} `;
  const items = [...(await listItems(db, settings.name))];
  return new Map(
    items.flatMap(([itemId, { validator, seenAt }]) =>
      validator?.startsWith(fingerprint) === true
        ? [[itemId, { validator: validator.slice(fingerprint.length), seenAt }] as const]
        : [],
    ),
  );
}

/** Stores what has been read of one item. @throws DatabaseAway */
export async function takeOver({ settings }: Source, item: ReadItem, deps: SyncDeps): Promise<Written> {
  const { db, now, detectLanguage } = deps;
  const { name: sourceName } = settings;
  if (item.kind !== 'read') {
    await markSeen(db, sourceName, item.itemId, now());
    return { changed: 0, removed: 0 };
  }
  const { itemId } = item;
  const documents = [];
  for (const document of item.documents) documents.push(await prepareDocument(sourceName, document, detectLanguage));
  const validator = item.validator === undefined ? undefined : `${readingFingerprint(settings)} ${item.validator}`;
  // A document without words would be found by its title and say nothing.
  const withWords = documents.filter(({ passages }) => passages.length > 0);
  return await saveItem(db, { sourceName, itemId, validator, documents: withWords }, now());
}
