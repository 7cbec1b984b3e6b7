import type { Passage } from '../domain/passage.ts';
import { queryTerms } from './query-terms.ts';
import type { IndexedDocument, SearchQuery } from './search.ts';
import { type Entry, TermIndex } from './term-index.ts';
import { type RankedDocument, rankByText, termParts } from './text-ranking.ts';

/** A passage found by its words. `explain` is worked out when asked for: few of the found are shown. */
type TextHit = {
  readonly passage: Passage;
  readonly score: number;
  readonly explain: () => Readonly<Record<string, number>>;
};

/** Both best first. Each document's best passage has the document's score. */
export type TextHits = {
  readonly passages: readonly TextHit[];
  readonly documents: readonly { readonly documentId: string; readonly score: number }[];
};

/** Search by words: an index for each language, all of them asked by every query. */
export type TextSearch = {
  add(indexed: IndexedDocument): void;
  remove(documentId: string): void;
  readonly size: { readonly documents: number; readonly passages: number };
  /** How many documents are in each language. */
  readonly languages: ReadonlyMap<string | undefined, number>;
  search(query: SearchQuery, isWanted: (entry: Entry) => boolean): TextHits;
};

/** The words named in an explanation. */
const wordsExplained = 5;

type Found = {
  readonly index: TermIndex;
  readonly terms: ReadonlyMap<string, number>;
  readonly ranked: RankedDocument;
};

/** The passages of a document that say something of the query; each has the document's other points as well. */
function hitsOf(found: Found): readonly TextHit[] {
  const { entry, sections, score } = found.ranked;
  const documentPart = score - Math.max(...sections);
  return entry.passages.flatMap((passage, position) => {
    const section = sections[position] ?? 0;
    return section > 0 ? [{ passage, score: section + documentPart, explain: () => explain(found, position) }] : [];
  });
}

function explain({ index, terms, ranked }: Found, position: number): Readonly<Record<string, number>> {
  const { entry, sections, neighbours, whole, title } = ranked;
  const words = termParts(index, terms, entry.start + position).slice(0, wordsExplained);
  return {
    section: sections[position] ?? 0,
    neighbours,
    document: whole,
    title,
    ...Object.fromEntries(words.map(({ term, score }) => [`word ${term}`, score])),
  };
}

/** An empty index. */
export function createTextSearch(): TextSearch {
  const indexes = new Map<string | undefined, TermIndex>();
  const indexOf = new Map<string, TermIndex>();
  return {
    add(indexed) {
      const language = indexed.passages[0]?.language;
      const index = indexes.get(language) ?? new TermIndex(language);
      indexes.set(language, index);
      index.add(indexed);
      indexOf.set(indexed.document.id, index);
    },
    remove(documentId) {
      indexOf.get(documentId)?.remove(documentId);
      indexOf.delete(documentId);
    },
    get size() {
      const passages = [...indexes.values()].reduce((sum, index) => sum + index.passages, 0);
      return { documents: indexOf.size, passages };
    },
    get languages() {
      return new Map([...indexes].map(([language, { entries }]) => [language, entries.size]));
    },
    search(query, isWanted) {
      const found = [...indexes.values()].flatMap((index): readonly Found[] => {
        const terms = queryTerms(index, query);
        return rankByText(index, terms, isWanted).map((ranked) => ({ index, terms, ranked }));
      });
      return {
        passages: found.flatMap(hitsOf).toSorted((one, other) => other.score - one.score),
        documents: found
          .map(({ ranked }) => ({ documentId: ranked.entry.document.id, score: ranked.score }))
          .toSorted((one, other) => other.score - one.score),
      };
    },
  };
}
