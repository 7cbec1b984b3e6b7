import type { FoundPassage, IndexedDocument, KnowledgeIndex, Retrieval, SearchQuery } from './search.ts';
import type { Passage } from '../domain/passage.ts';

const limitDefault = 10;

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

type Entry = { readonly passage: Passage; readonly counts: ReadonlyMap<string, number>; readonly length: number };

function entryOf(passage: Passage): Entry {
  const words = wordsOf(`${passage.title} ${passage.headingPath.join(' ')} ${passage.text}`);
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return { passage, counts, length: words.length };
}

/** The best passage of each document stands for it. */
function bestPerDocument(passages: readonly FoundPassage[]): Retrieval['documents'] {
  const best = new Map<string, number>();
  for (const { passage, score } of passages) {
    best.set(passage.documentId, Math.max(score, best.get(passage.documentId) ?? 0));
  }
  return [...best].map(([documentId, score]) => ({ documentId, score }));
}

/** An empty index. */
export function createKnowledgeIndex(): KnowledgeIndex {
  const entries = new Map<string, readonly Entry[]>();
  const all = (): readonly Entry[] => [...entries.values()].flat();
  return {
    upsert(documents: readonly IndexedDocument[]): void {
      for (const { document, passages } of documents) entries.set(document.id, passages.map(entryOf));
    },
    remove(documentIds: readonly string[]): void {
      for (const id of documentIds) entries.delete(id);
    },
    get size() {
      return { documents: entries.size, passages: all().length };
    },
    search(query: SearchQuery): Retrieval {
      const limit = query.limit ?? limitDefault;
      const candidates = all().filter(({ passage }) => query.audience !== 'public' || passage.audience === 'public');
      const meanLength = candidates.reduce((sum, { length }) => sum + length, 0) / Math.max(candidates.length, 1);
      const words = new Set(wordsOf(`${query.title ?? ''} ${query.text}`));
      const scores = new Map<Entry, number>();
      for (const word of words) {
        const holding = candidates.filter(({ counts }) => counts.has(word));
        const rarity = Math.log(1 + (candidates.length - holding.length + 0.5) / (holding.length + 0.5));
        for (const entry of holding) {
          const count = entry.counts.get(word) ?? 0;
          const part = (rarity * count * 2.2) / (count + 1.2 * (0.25 + (0.75 * entry.length) / meanLength));
          scores.set(entry, (scores.get(entry) ?? 0) + part);
        }
      }
      const passages = [...scores]
        .map(([{ passage }, score]) => ({ passage, score, explain: { text: score } }))
        .toSorted((one, other) => other.score - one.score);
      return { passages: passages.slice(0, limit), documents: bestPerDocument(passages).slice(0, limit) };
    },
  };
}
