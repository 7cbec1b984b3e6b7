import type { SourceSettings } from '../domain/source-settings.ts';
import { IntercomError } from '../intercom/errors.ts';
import { dropArticleNotice, listArticleNotices } from '../store/article-notices.ts';
import { DatabaseAway } from '../store/database.ts';
import { removeOtherSources } from '../store/documents.ts';
import { listSources } from '../store/sources.ts';
import type { Source } from './source.ts';
import { type SyncDeps, type SyncReport, syncSource, takeOver } from './sync.ts';

export type SyncingDeps = SyncDeps & {
  /** What sidenote.yaml says now. */
  readonly settings: () => { readonly sources: readonly SourceSettings[]; readonly syncMinutes: number };
  readonly openSource: (settings: SourceSettings) => Source;
  /** Embeds what has no vector yet, where the team has a model for it. */
  readonly embed: (signal: AbortSignal) => Promise<void>;
  /** Something was written that the index of this process does not have yet. */
  readonly onWritten: () => Promise<void>;
  readonly onReport: (report: SyncReport) => void;
  readonly onError: (error: unknown) => void;
};

/** Reads the sources when it is time, each in one process at a time. */
export interface Syncing extends AsyncDisposable {
  /** Looks at once and then every ten seconds whether something is due. */
  start(): void;
  /** Does what is due, and resolves when it is done. Never throws. */
  tick(): Promise<void>;
}

const pollMs = 10_000;
/** A source that failed is tried again after so long, or at its usual time if that is sooner. */
const retryMs = 5 * 60_000;
const noticesMax = 50;

/** Nothing happens before `start` or `tick`; to dispose it ends a sync under way, which goes on the next time. */
export function createSyncing(deps: SyncingDeps): Syncing {
  const stopping = new AbortController();
  const failedAt = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let isAsked = false;

  const run = async (): Promise<void> => {
    while (isAsked && !stopping.signal.aborted) {
      isAsked = false;
      try {
        await syncDue(deps, failedAt, stopping.signal);
      } catch (error) {
        if (!stopping.signal.aborted && !(error instanceof DatabaseAway)) deps.onError(error);
      }
    }
    running = undefined;
  };
  const tick = async (): Promise<void> => {
    isAsked = true;
    running ??= run();
    await running;
  };
  return {
    start: () => {
      timer = setInterval(() => void tick(), pollMs);
      void tick();
    },
    tick,
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      stopping.abort();
      await running;
    },
  };
}

async function syncDue(deps: SyncingDeps, failedAt: Map<string, number>, signal: AbortSignal): Promise<void> {
  const { sources, syncMinutes } = deps.settings();
  const { db, now } = deps;
  await readNoticed(deps, signal);
  const records = await listSources(db, now());
  const names = sources.map(({ name }) => name);
  if (records.some(({ name }) => !names.includes(name)) && (await removeOtherSources(db, names)) > 0) {
    await deps.onWritten();
  }
  const byName = new Map(records.map((record) => [record.name, record]));
  for (const settings of sources) {
    const { finishedAt = 0, isSyncing = false } = byName.get(settings.name) ?? {};
    const failed = failedAt.get(settings.name);
    const isResting = failed !== undefined && now() < failed + retryMs;
    if (isSyncing || isResting || now() < finishedAt + syncMinutes * 60_000) continue;
    const report = await syncSource(deps.openSource(settings), deps, signal);
    if (report.outcome === 'failed') failedAt.set(settings.name, now());
    else failedAt.delete(settings.name);
    if (report.outcome !== 'busy') deps.onReport(report);
    if (report.changed + report.removed > 0) await deps.onWritten();
    signal.throwIfAborted();
    await readNoticed(deps, signal); // a long sync must not keep a changed article waiting
  }
  await deps.embed(signal);
  await deps.onWritten();
}

/** Reads the articles that notifications have named since the last time. */
async function readNoticed(deps: SyncingDeps, signal: AbortSignal): Promise<void> {
  const settings = deps.settings().sources.find(({ type }) => type === 'help-center');
  if (settings === undefined) return;
  const source = deps.openSource(settings);
  for (const notice of await listArticleNotices(deps.db, noticesMax)) {
    try {
      const item = await source.readOne?.(notice.articleId, signal);
      if (item !== undefined) await takeOver(source, item, deps);
      await deps.onWritten();
    } catch (error) {
      if (!(error instanceof IntercomError)) throw error;
      if (error.kind !== 'rejected') return; // away or out of calls: the notice waits for the next time
    }
    await dropArticleNotice(deps.db, notice);
  }
}
