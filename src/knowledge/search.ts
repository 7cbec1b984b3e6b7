import type { Audience, KnowledgeDocument, Passage } from '../domain/passage.ts';

export type SearchQuery = {
  /** The contact's newest message. */
  readonly text: string;
  /** The conversation's subject. */
  readonly title?: string;
  /** What was said before, newest first: the contact's messages, and teammates' where they name the matter. */
  readonly earlier?: readonly string[];
  /** ISO 639-1. */
  readonly language?: string;
  /** The query's embedding, of the same model as the passages' vectors. */
  readonly queryVector?: Float32Array;
  /** How many passages and documents at most; 10 where not given. */
  readonly limit?: number;
  /** `public` leaves internal documents out; default `any`. */
  readonly audience?: Extract<Audience, 'public'> | 'any';
};

export type FoundPassage = {
  readonly passage: Passage;
  readonly score: number;
  /**
   * What the score is made of. By words: `section`, `neighbours` (further passages of the document), `document` (the
   * whole of it) and `title`, whose sum is the score, and `word …` for the words that the section owes most to. With
   * vectors `similarity`, `vectorRank`, `textRank` and `text`, the sum just named; the score is then of the two ranks.
   */
  readonly explain: Readonly<Record<string, number>>;
};

/** Best first. */
export type Retrieval = {
  readonly passages: readonly FoundPassage[];
  readonly documents: readonly { readonly documentId: string; readonly score: number }[];
};

/**
 * A document as the index takes it. `vectors`: the passages' embeddings in their order, each of length 1; undefined for
 * those that are not embedded yet, which are found by their words alone.
 */
export type IndexedDocument = {
  readonly document: KnowledgeDocument;
  readonly passages: readonly Passage[];
  readonly vectors?: readonly (Float32Array | undefined)[];
};

/** A search index in memory. Its only contents are derived from the database. */
export interface KnowledgeIndex {
  /** A document that is already there is replaced. */
  upsert(documents: readonly IndexedDocument[]): void;
  remove(documentIds: readonly string[]): void;
  readonly size: { readonly documents: number; readonly passages: number };
  /** How many documents are in each language; undefined: no telling. */
  readonly languages: ReadonlyMap<string | undefined, number>;
  search(query: SearchQuery): Retrieval;
}
