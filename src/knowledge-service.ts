import { randomUUID } from 'node:crypto';
import type { Events } from './events.ts';
import type { IntercomClient } from './intercom/client.ts';
import { startFollowing } from './knowledge/follow.ts';
import { createKnowledge, type LiveKnowledge } from './knowledge/live-knowledge.ts';
import { embedMissing, type RetrievalModels } from './knowledge/meaning.ts';
import { openSource } from './knowledge/sources/open.ts';
import { createSyncing, type Syncing } from './knowledge/syncing.ts';
import type { Clock } from './lib/clock.ts';
import { HealthRecord } from './lib/health.ts';
import { detectLanguage } from './lib/language.ts';
import { ModelError } from './llm/model.ts';
import type { PolicyFile } from './policy-file/policy-file.ts';
import { noteArticle } from './store/article-notices.ts';
import type { Database } from './store/database.ts';

export type KnowledgeServiceDeps = {
  readonly db: Database;
  /** For calls that can wait. */
  readonly intercom: IntercomClient;
  readonly models: RetrievalModels;
  readonly clock: Clock;
  readonly events: Events;
  readonly onError: (error: unknown) => void;
  /** Read anew each time. */
  readonly settings: () => PolicyFile['knowledge'];
};

/** What drafts stand on, kept in step with its sources and with the database. */
export type KnowledgeService = AsyncDisposable & {
  readonly knowledge: LiveKnowledge;
  readonly syncing: Syncing;
  /** Takes down that an article has changed, and has it read soon; false when no source reads articles. @throws DatabaseAway */
  readonly noteArticle: (articleId: string) => Promise<boolean>;
  readonly start: () => void;
};

/** Nothing is read before `start`. */
export function createKnowledgeService(deps: KnowledgeServiceDeps): KnowledgeService {
  const { db, intercom, clock, events, onError, settings } = deps;
  const stack = new AsyncDisposableStack();
  const { models } = deps;
  const health = new HealthRecord(clock.now, (change) => events.neighbourChanged('the retrieval models', change));
  const onModelCalled = (error: ModelError | undefined): void =>
    error === undefined ? health.succeeded() : health.failed(error);
  const isConfigured = (): boolean => settings().sources.length > 0;
  const knowledge = createKnowledge({ db, models, isConfigured, onModelCalled });
  const onRefused = (origin: string): void => events.outboundRefused(origin);
  const syncing = stack.use(
    createSyncing({
      db,
      owner: randomUUID(),
      now: clock.now,
      detectLanguage,
      settings,
      openSource: (source) => openSource(source, { intercom, sleep: clock.sleep, onRefused }),
      embed: async (signal) => {
        if (models.embeddings === undefined) return;
        try {
          const embedded = await embedMissing(db, models.embeddings, signal);
          if (embedded > 0) onModelCalled(undefined);
        } catch (error) {
          if (!(error instanceof ModelError) || signal.aborted) throw error;
          onModelCalled(error); // the next look in ten seconds goes on from here
        }
      },
      onWritten: async () => await knowledge.catchUp(),
      onReport: (report) => events.sourceSynced(report),
      onError,
    }),
  );
  return {
    knowledge,
    syncing,
    noteArticle: async (articleId) => {
      if (!settings().sources.some(({ type }) => type === 'help-center')) return false;
      await noteArticle(db, articleId, clock.now());
      void syncing.tick();
      return true;
    },
    start: () => {
      stack.use(startFollowing(knowledge, onError));
      syncing.start();
    },
    [Symbol.asyncDispose]: async () => await stack.disposeAsync(),
  };
}
