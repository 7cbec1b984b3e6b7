import type { Retrieval, SearchQuery } from './search.ts';

/** How many documents there are in each language, ISO 639-1; undefined: no telling. */
export type IndexLanguages = ReadonlyMap<string | undefined, number>;

/** What was found, and why a model that should have helped did not. */
export type KnowledgeAnswer = Retrieval & { readonly doneWithout?: readonly string[] };

/** What drafts stand on: everything the configured sources say, to be asked. */
export interface Knowledge {
  /** False when sidenote.yaml names no source: then nothing is retrieved, and drafts are made without. */
  readonly isConfigured: boolean;
  /** The passages that answer best. Waits until the index has been filled once. @throws DatabaseAway */
  retrieve(query: SearchQuery, signal: AbortSignal): Promise<KnowledgeAnswer>;
  /**
   * The languages that a query has to be in to find something by its words; none where an embedding model finds by
   * meaning, whatever the language. Waits as `retrieve` does. @throws DatabaseAway
   */
  languagesOfWords(): Promise<IndexLanguages>;
}
