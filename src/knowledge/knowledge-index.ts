import type { Passage } from '../domain/passage.ts';
import { documentsOf, fuseRanks } from './fusion.ts';
import type { FoundPassage, KnowledgeIndex, Retrieval, SearchQuery } from './search.ts';
import { createTextSearch, type TextHits } from './text-search.ts';
import { createVectorIndex, type NearPassage } from './vector-index.ts';

const limitDefault = 10;
/** More of one document would leave no room for others. */
const passagesPerDocumentMax = 3;
/** The passages of each ranking that are merged: deep enough that what is tenth in both comes first. */
const fusedMax = 100;

/** An empty index, of words and, where vectors are given, of meanings. */
export function createKnowledgeIndex(): KnowledgeIndex {
  const texts = createTextSearch();
  const vectors = createVectorIndex();
  function remove(documentId: string): void {
    texts.remove(documentId);
    vectors.remove(documentId);
  }
  return {
    upsert(documents) {
      for (const indexed of documents) {
        remove(indexed.document.id);
        texts.add(indexed);
        vectors.add(indexed);
      }
    },
    remove(documentIds) {
      for (const id of documentIds) remove(id);
    },
    get size() {
      return texts.size;
    },
    get languages() {
      return texts.languages;
    },
    search(query) {
      const isWanted = ({ audience }: Passage): boolean => query.audience !== 'public' || audience === 'public';
      const hits = texts.search(query, ({ document }) => query.audience !== 'public' || document.audience === 'public');
      if (query.queryVector === undefined) return byText(hits, query);
      const near = vectors.nearest(query.queryVector, fusedMax, isWanted);
      return near.length === 0 ? byText(hits, query) : byTextAndVector(hits, near, query);
    },
  };
}

function byText({ passages, documents }: TextHits, { limit = limitDefault }: SearchQuery): Retrieval {
  return {
    passages: spread(passages)
      .slice(0, limit)
      .map(({ passage, score, explain }) => ({ passage, score, explain: explain() })),
    documents: documents.slice(0, limit),
  };
}

function byTextAndVector(hits: TextHits, near: readonly NearPassage[], query: SearchQuery): Retrieval {
  const { limit = limitDefault } = query;
  const read = hits.passages.slice(0, fusedMax);
  const byId = new Map([...near, ...read].map(({ passage }) => [passage.id, passage]));
  const textHits = new Map(read.map((hit, rank) => [hit.passage.id, { ...hit, rank: rank + 1 }]));
  const nearHits = new Map(near.map((hit, rank) => [hit.passage.id, { ...hit, rank: rank + 1 }]));
  const fused = [...fuseRanks([[...textHits.keys()], [...nearHits.keys()]])]
    .toSorted(([, one], [, other]) => other - one)
    .flatMap(([id, score]): readonly FoundPassage[] => {
      const passage = byId.get(id);
      const text = textHits.get(id);
      const vector = nearHits.get(id);
      const explain = {
        ...(vector === undefined ? {} : { similarity: vector.similarity, vectorRank: vector.rank }),
        ...(text === undefined ? {} : { text: text.score, textRank: text.rank, ...text.explain() }),
      };
      return passage === undefined ? [] : [{ passage, score, explain }];
    });
  return { passages: spread(fused).slice(0, limit), documents: documentsOf(fused).slice(0, limit) };
}

/** Without the passages that come after the third of their document. */
function spread<Hit extends { readonly passage: Passage }>(hits: readonly Hit[]): readonly Hit[] {
  const counts = new Map<string, number>();
  return hits.filter(({ passage: { documentId } }) => {
    const count = (counts.get(documentId) ?? 0) + 1;
    counts.set(documentId, count);
    return count <= passagesPerDocumentMax;
  });
}
