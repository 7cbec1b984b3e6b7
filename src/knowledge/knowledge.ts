import type { Retrieval, SearchQuery } from './search.ts';

/** What drafts stand on: everything the configured sources say, to be asked. */
export interface Knowledge {
  /** False when sidenote.yaml names no source: then nothing is retrieved, and drafts are made without. */
  readonly isConfigured: boolean;
  /** The passages that answer best. Waits until the index has been filled once. @throws DatabaseAway */
  retrieve(query: SearchQuery, signal: AbortSignal): Promise<Retrieval>;
}
