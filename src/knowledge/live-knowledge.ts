import { setImmediate as nextTick } from 'node:timers/promises';
import type { Queryable } from '../store/database.ts';
import { readChanges } from '../store/knowledge-changes.ts';
import { createKnowledgeIndex } from './knowledge-index.ts';
import type { Knowledge } from './knowledge.ts';

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
  readonly db: Queryable;
  /** Whether sidenote.yaml names a source, asked anew each time. */
  readonly isConfigured: () => boolean;
};

/** Documents taken over between two looks at other work: indexing holds the thread for some ms each. */
const batchSize = 10;

/** An empty index, and what fills it from the database. */
export function createKnowledge({ db, isConfigured }: KnowledgeDeps): LiveKnowledge {
  const index = createKnowledgeIndex();
  let version = 0;
  let isLoaded = false;
  let running: Promise<void> | undefined;

  const follow = async (): Promise<void> => {
    for (;;) {
      const changes = await readChanges(db, version, batchSize);
      const last = changes.at(-1);
      if (last === undefined) break;
      index.remove(changes.flatMap(({ documentId, stored }) => (stored === undefined ? [documentId] : [])));
      index.upsert(changes.flatMap(({ stored }) => (stored === undefined ? [] : [stored])));
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
      return index.search(query);
    },
    get standing(): LiveKnowledge['standing'] {
      if (!isConfigured()) return { state: 'off', ...index.size };
      return { state: isLoaded ? 'ready' : 'loading', ...index.size };
    },
  };
}
