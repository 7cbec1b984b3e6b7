import type { FoundPassage, Retrieval } from './search.ts';

/**
 * How little the first place is worth more than the second. 60 is the number of the paper that proposed the method
 * (Cormack, Clarke, Büttcher 2009), and what search engines take.
 */
const rankOffset = 60;

/**
 * Several rankings of the same things as one, by reciprocal rank: what stands high in both is best. Their scores need
 * not be of one kind. From id to score.
 */
export function fuseRanks(rankings: readonly (readonly string[])[]): ReadonlyMap<string, number> {
  const scores = new Map<string, number>();
  for (const ranking of rankings) {
    for (const [rank, id] of ranking.entries()) scores.set(id, (scores.get(id) ?? 0) + 1 / (rankOffset + rank + 1));
  }
  return scores;
}

/** Documents by their best passage. `passages`: best first. */
export function documentsOf(passages: readonly FoundPassage[]): Retrieval['documents'] {
  const best = new Map<string, number>();
  for (const { passage, score } of passages) {
    if (!best.has(passage.documentId)) best.set(passage.documentId, score);
  }
  return [...best].map(([documentId, score]) => ({ documentId, score }));
}

/** The same passages in the order of a reranker's scores, which are given in the passages' order. */
export function rerank(retrieval: Retrieval, scores: readonly number[]): Retrieval {
  const passages = retrieval.passages
    .map(({ passage, score, explain }, position): FoundPassage => {
      const reranked = scores[position] ?? -Infinity;
      return { passage, score: reranked, explain: { ...explain, search: score, reranker: reranked } };
    })
    .toSorted((one, other) => other.score - one.score);
  return { passages, documents: documentsOf(passages) };
}
