import { queryTerms } from './query-terms.ts';
import type { FoundPassage, IndexedDocument, KnowledgeIndex, Retrieval, SearchQuery } from './search.ts';
import { type Entry, TermIndex } from './term-index.ts';
import { type RankedDocument, rankByText, termParts } from './text-ranking.ts';

const limitDefault = 10;
/** More of one document would leave no room for others. */
const passagesPerDocumentMax = 3;
/** The words named in an explanation. */
const wordsExplained = 5;

type Found = {
  readonly index: TermIndex;
  readonly terms: ReadonlyMap<string, number>;
  readonly ranked: RankedDocument;
};

/** The best passages of a document; each has the document's other points as well. */
function passagesOf({ ranked }: Found): readonly { readonly position: number; readonly score: number }[] {
  const best = Math.max(...ranked.sections);
  return ranked.sections
    .map((section, position) => ({ position, section, score: section + ranked.score - best }))
    .filter(({ section }) => section > 0)
    .toSorted((one, other) => other.score - one.score)
    .slice(0, passagesPerDocumentMax);
}

function explain({ index, terms, ranked }: Found, position: number): FoundPassage['explain'] {
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

/** An empty index: one part for each language, all of them searched for every query. */
export function createKnowledgeIndex(): KnowledgeIndex {
  const indexes = new Map<string | undefined, TermIndex>();
  const indexOf = new Map<string, TermIndex>();

  function remove(documentId: string): void {
    indexOf.get(documentId)?.remove(documentId);
    indexOf.delete(documentId);
  }

  function add(indexed: IndexedDocument): void {
    const language = indexed.passages[0]?.language;
    const index = indexes.get(language) ?? new TermIndex(language);
    indexes.set(language, index);
    index.add(indexed);
    indexOf.set(indexed.document.id, index);
  }

  return {
    upsert(documents) {
      for (const indexed of documents) {
        remove(indexed.document.id);
        add(indexed);
      }
    },
    remove(documentIds) {
      for (const id of documentIds) remove(id);
    },
    get size() {
      const passages = [...indexes.values()].reduce((sum, index) => sum + index.passages, 0);
      return { documents: indexOf.size, passages };
    },
    search: (query) => searchTexts([...indexes.values()], query),
  };
}

function searchTexts(indexes: readonly TermIndex[], query: SearchQuery): Retrieval {
  const limit = query.limit ?? limitDefault;
  const isWanted = ({ document }: Entry): boolean => query.audience !== 'public' || document.audience === 'public';
  const found = indexes
    .flatMap((index): readonly Found[] => {
      const terms = queryTerms(index, query);
      return rankByText(index, terms, isWanted).map((ranked) => ({ index, terms, ranked }));
    })
    .toSorted((one, other) => other.ranked.score - one.ranked.score)
    .slice(0, limit);
  const passages = found
    .flatMap((document) => passagesOf(document).map((passage) => ({ document, ...passage })))
    .toSorted((one, other) => other.score - one.score)
    .slice(0, limit)
    .flatMap(({ document, position, score }): readonly FoundPassage[] => {
      const passage = document.ranked.entry.passages[position];
      return passage === undefined ? [] : [{ passage, score, explain: explain(document, position) }];
    });
  return {
    passages,
    documents: found.map(({ ranked }) => ({ documentId: ranked.entry.document.id, score: ranked.score })),
  };
}
