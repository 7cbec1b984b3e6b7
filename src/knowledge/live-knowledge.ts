import { setImmediate as nextTick } from 'node:timers/promises';
import { startDeadline } from '../lib/deadline.ts';
import { ModelError } from '../llm/model.ts';
import type { Database } from '../store/database.ts';
import { readChanges } from '../store/knowledge-changes.ts';
import type { Knowledge, KnowledgeAnswer } from './knowledge.ts';
import { embedQuery, noModels, rerank, type RetrievalModels, withVectors } from './meaning.ts';
import type { IndexedDocument, KnowledgeIndex, Retrieval, SearchQuery } from './search.ts';

/** Knowledge that keeps itself in step with the database. */
export interface LiveKnowledge extends Knowledge {
  /** Takes over what has changed in the database since the last call. @throws DatabaseAway */
  catchUp(): Promise<void>;
  /** `loading` until the first `catchUp` has come to its end. */
  readonly standing: {
    readonly state: 'off' | 'loading' | 'ready';
    readonly documents: number;
    readonly passages: number;
  };
}

export type KnowledgeDeps = {
  readonly db: Database;
  /** None: search is by words alone. */
  readonly models?: RetrievalModels;
  /** Hears how each call to a model of these went; without the model the search goes on. */
  readonly onModelCalled?: (error: ModelError | undefined) => void;
  /** Whether sidenote.yaml names a source, asked anew each time. */
  readonly isConfigured: () => boolean;
};

/** Documents read at once. */
const batchSize = 10;
/** Passages indexed between two looks at other work: each holds the thread for some 0.2 ms. */
const passagesPerSlice = 20;
/** A draft does not wait longer for better passages. */
const modelWaitMaxMs = 5000;
const tooSlow = `The models that help to search took more than ${modelWaitMaxMs / 1000} s. Give them more room.`;

const nothingFound: Retrieval = { passages: [], documents: [] };
const emptySize = { documents: 0, passages: 0 };

/** An empty index, and what fills it from the database. */
export function createKnowledge(deps: KnowledgeDeps): LiveKnowledge {
  const { db, isConfigured, models = noModels } = deps;
  let index: KnowledgeIndex | undefined;
  // Stemmers and stop words of all languages are some 10 MB, which nobody needs who has no sources.
  const openIndex = async (): Promise<KnowledgeIndex> =>
    (index ??= (await import('./knowledge-index.ts')).createKnowledgeIndex());
  let version = 0;
  let isLoaded = false;
  let running: Promise<void> | undefined;

  const follow = async (): Promise<void> => {
    for (;;) {
      const changes = await readChanges(db, version, batchSize);
      const last = changes.at(-1);
      if (last === undefined) break;
      const opened = await openIndex();
      opened.remove(changes.flatMap(({ documentId, stored }) => (stored === undefined ? [documentId] : [])));
      const stored = changes.flatMap((change) => change.stored ?? []);
      for (const slice of slicesOf(await withVectors(db, models.embeddings, stored))) {
        opened.upsert(slice);
        await nextTick();
      }
      version = last.version;
      await nextTick();
    }
    isLoaded = true;
  };
  const catchUp = async (): Promise<void> => {
    // One at a time, and a later call begins only after the one under way: it must see what was written before it.
    const mine = (running ?? Promise.resolve()).catch(() => undefined).then(follow);
    running = mine;
    await mine;
  };

  return {
    get isConfigured() {
      return isConfigured();
    },
    catchUp,
    retrieve: async (query, signal) => {
      if (!isLoaded) await catchUp();
      signal.throwIfAborted();
      return await searchByMeaning(query, (asked) => index?.search(asked) ?? nothingFound, deps, signal);
    },
    languagesOfWords: async () => {
      if (!isLoaded) await catchUp();
      return models.embeddings === undefined ? (index?.languages ?? new Map()) : new Map();
    },
    get standing(): LiveKnowledge['standing'] {
      if (!isConfigured()) return { state: 'off', ...(index?.size ?? emptySize) };
      return { state: isLoaded ? 'ready' : 'loading', ...(index?.size ?? emptySize) };
    },
  };
}

/** The documents in portions that hold some passages each; a document is never cut. */
function slicesOf(documents: readonly IndexedDocument[]): readonly (readonly IndexedDocument[])[] {
  const slices: IndexedDocument[][] = [[]];
  let passages = 0;
  for (const document of documents) {
    if (passages >= passagesPerSlice) {
      slices.push([]);
      passages = 0;
    }
    slices.at(-1)?.push(document);
    passages += document.passages.length;
  }
  return slices;
}

/** A search with what the models add; one that is away is done without. */
async function searchByMeaning(
  query: SearchQuery,
  search: (query: SearchQuery) => Retrieval,
  { models: { embeddings, reranker } = noModels, onModelCalled = () => undefined }: KnowledgeDeps,
  signal: AbortSignal,
): Promise<KnowledgeAnswer> {
  const doneWithout: string[] = [];
  using soon = startDeadline(modelWaitMaxMs, signal);
  const orWithout = async <Value>(call: () => Promise<Value>, without: Value): Promise<Value> => {
    try {
      const value = await call();
      onModelCalled(undefined);
      return value;
    } catch (thrown) {
      if (!(thrown instanceof ModelError) || signal.aborted) throw thrown;
      const error = soon.hasPassed ? new ModelError('total-timeout', tooSlow, { cause: thrown }) : thrown;
      onModelCalled(error);
      doneWithout.push(error.message);
      return without;
    }
  };
  const asked =
    embeddings === undefined
      ? query
      : await orWithout(async () => await embedQuery(embeddings, query, soon.signal), query);
  const found = search(asked);
  const ordered =
    reranker === undefined
      ? found
      : await orWithout(async () => await rerank(reranker, query, found, soon.signal), found);
  return { ...ordered, doneWithout };
}
