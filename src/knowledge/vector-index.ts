import type { Passage } from '../domain/passage.ts';
import { leastOfBest } from './best.ts';
import type { IndexedDocument } from './search.ts';

export type NearPassage = { readonly passage: Passage; /** Cosine, -1 to 1. */ readonly similarity: number };

type Embedded = { readonly passage: Passage; readonly vector: Float32Array };

/** The embeddings of passages. Each search compares all of them: exact, and some ms for ten thousand. */
export type VectorIndex = {
  add(indexed: IndexedDocument): void;
  remove(documentId: string): void;
  /** The passages nearest to `query`, best first. Vectors of another length belong to another model and are passed over. */
  nearest(query: Float32Array, limit: number, isWanted: (passage: Passage) => boolean): readonly NearPassage[];
};

/** Of two vectors of length 1 and as many numbers: the cosine of their angle. Four sums, which the processor adds at once. */
function product(one: Float32Array, other: Float32Array): number {
  let first = 0;
  let second = 0;
  let third = 0;
  let fourth = 0;
  const size = one.length;
  for (let at = 0; at < size; at += 4) {
    first += (one[at] ?? 0) * (other[at] ?? 0);
    second += (one[at + 1] ?? 0) * (other[at + 1] ?? 0);
    third += (one[at + 2] ?? 0) * (other[at + 2] ?? 0);
    fourth += (one[at + 3] ?? 0) * (other[at + 3] ?? 0);
  }
  return first + second + third + fourth;
}

/** An empty index. */
export function createVectorIndex(): VectorIndex {
  const byDocument = new Map<string, readonly Embedded[]>();
  return {
    add({ document, passages, vectors }) {
      const embedded = passages.flatMap((passage, position) => {
        const vector = vectors?.[position];
        return vector === undefined ? [] : [{ passage, vector }];
      });
      if (embedded.length > 0) byDocument.set(document.id, embedded);
    },
    remove(documentId) {
      byDocument.delete(documentId);
    },
    nearest(query, limit, isWanted) {
      const candidates: Passage[] = [];
      const similarities: number[] = [];
      for (const embedded of byDocument.values()) {
        for (const { passage, vector } of embedded) {
          if (vector.length !== query.length || !isWanted(passage)) continue;
          candidates.push(passage);
          similarities.push(product(vector, query));
        }
      }
      const least = leastOfBest(similarities, limit);
      return candidates
        .map((passage, position) => ({ passage, similarity: similarities[position] ?? 0 }))
        .filter(({ similarity }) => similarity >= least)
        .toSorted((one, other) => other.similarity - one.similarity)
        .slice(0, limit);
    },
  };
}
