import type { KnowledgeDocument } from '../domain/passage.ts';
import type { SourceSettings } from '../domain/source-settings.ts';
import type { KnownItem } from '../store/documents.ts';

/** A document as a source gives it. `externalId` is the source's own id of it. */
export type ReadDocument = Omit<KnowledgeDocument, 'id' | 'sourceName'> & { readonly externalId: string };

/** One thing that a source reads at once: an article with its languages, a file, a page. */
export type ReadItem =
  /** As it is now. No documents: there is nothing in it to read, and what was known of it goes. */
  | {
      readonly kind: 'read';
      readonly itemId: string;
      readonly validator: string | undefined;
      readonly documents: readonly ReadDocument[];
    }
  /** What is known of it still holds. */
  | { readonly kind: 'unchanged'; readonly itemId: string }
  /** It is there and can't be read; what is known of it stays. `why` is a sentence for people. */
  | { readonly kind: 'broken'; readonly itemId: string; readonly why: string };

export type ReadEvent = ReadItem | { readonly kind: 'expected'; readonly items: number };

/** What a source gets for one pass over everything it has. */
export type ReadOptions = {
  /** What earlier syncs have found, by item. */
  readonly known: ReadonlyMap<string, KnownItem>;
  /** When this sync began (ms): an item that was seen since then has been read by it before it was cut short. */
  readonly startedAt: number;
  readonly signal: AbortSignal;
};

/** A place that knowledge is read from. */
export interface Source {
  readonly settings: SourceSettings;
  /**
   * Everything that is there, item by item; what does not come is gone. @throws an error with a sentence for people
   * when the source as a whole can't be read: then nothing is taken for gone.
   */
  read(options: ReadOptions): AsyncIterable<ReadEvent>;
  /** One item alone, where the source can tell of changes. */
  readonly readOne?: (itemId: string, signal: AbortSignal) => Promise<ReadItem>;
}
