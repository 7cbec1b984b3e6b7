import { type EmbeddingModel, embeddingStyle, type EmbeddingStyle, type RerankModel } from '../llm/embedding.ts';
import { ModelError } from '../llm/model.ts';
import type { Database } from '../store/database.ts';
import {
  listUnembedded,
  listVectors,
  saveVectors,
  type UnembeddedPassage,
  type VectorSpace,
} from '../store/vectors.ts';
import type { IndexedDocument, Retrieval, SearchQuery } from './search.ts';

/** The team's own models that help to search; without them it is by words alone. */
export type RetrievalModels = {
  readonly embeddings: EmbeddingModel | undefined;
  readonly reranker: RerankModel | undefined;
};

export const noModels: RetrievalModels = { embeddings: undefined, reranker: undefined };

const spaceOf = ({ name: model }: EmbeddingModel, style: EmbeddingStyle): VectorSpace => ({
  model,
  revision: '', // no server tells one; a new model under an old name needs a new name
  prefix: style.name,
});

/** Few enough that what was embedded is kept soon, enough for a server to work on at once. */
const batchSize = 64;

const headline = ({ title, headingPath }: UnembeddedPassage): string => [title, ...headingPath].join(' > ');

/**
 * Embeds every passage that has no vector of this model yet; returns how many. What was done before an error is
 * kept. @throws ModelError, DatabaseAway
 */
export async function embedMissing(db: Database, model: EmbeddingModel, signal: AbortSignal): Promise<number> {
  const style = embeddingStyle(model.name);
  const space = spaceOf(model, style);
  for (let embedded = 0; ;) {
    const passages = await listUnembedded(db, space, batchSize);
    if (passages.length === 0) return embedded;
    const texts = passages.map((passage) => style.document(passage.text, headline(passage)));
    const vectors = await model.embed(texts, { signal, lane: 'background' });
    const pairs = passages.flatMap(({ id }, index): [string, Float32Array][] => {
      const vector = vectors[index];
      return vector === undefined ? [] : [[id, vector]];
    });
    await saveVectors(db, space, new Map(pairs));
    embedded += passages.length;
  }
}

/** The documents with their passages' vectors, as far as there are any. */
export async function withVectors(
  db: Database,
  model: EmbeddingModel | undefined,
  documents: readonly IndexedDocument[],
): Promise<readonly IndexedDocument[]> {
  if (model === undefined || documents.length === 0) return documents;
  const ids = documents.flatMap(({ passages }) => passages.map(({ id }) => id));
  const known = await listVectors(db, spaceOf(model, embeddingStyle(model.name)), ids);
  // A vector without numbers stands for none: the index passes it over.
  return documents.map((one) => ({
    ...one,
    vectors: one.passages.map(({ id }) => known.get(id) ?? new Float32Array()),
  }));
}

/** The query with its vector. @throws ModelError */
export async function embedQuery(model: EmbeddingModel, query: SearchQuery, signal: AbortSignal): Promise<SearchQuery> {
  const style = embeddingStyle(model.name);
  // The newest message may be "and the second one?": what was written before says of what.
  const said = [query.title, query.text, query.earlier?.[0]].filter((text) => text !== undefined && text !== '');
  const [queryVector] = await model.embed([style.query(said.join('\n'))], { signal, lane: 'draft' });
  return queryVector === undefined ? query : { ...query, queryVector };
}

/** The same passages in the order that the reranker gives them. @throws ModelError */
export async function rerank(
  model: RerankModel,
  { text }: SearchQuery,
  { passages, documents }: Retrieval,
  signal: AbortSignal,
): Promise<Retrieval> {
  if (passages.length < 2) return { passages, documents };
  const texts = passages.map(({ passage }) => [passage.title, ...passage.headingPath, passage.text].join('\n'));
  const scores = await model.rerank(text, texts, { signal, lane: 'draft' });
  const scored = passages.map((found, index) => {
    const score = scores[index];
    if (score === undefined)
      throw new ModelError('broken-answer', 'The reranker gave fewer scores than there were texts.');
    return { ...found, score, explain: { ...found.explain, searchScore: found.score, rerank: score } };
  });
  return { passages: scored.toSorted((one, other) => other.score - one.score), documents };
}
