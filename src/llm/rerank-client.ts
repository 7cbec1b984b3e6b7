import { z } from 'zod';
import type { RerankModel } from './embedding.ts';
import type { JsonServer } from './json-server.ts';
import { ModelError } from './model.ts';

/** One dialect of reranking: where to post, what, and how to read the scores. */
type RerankDialect = {
  readonly path: string;
  body(model: string, query: string, texts: readonly string[]): unknown;
};

/** vLLM, SGLang, llama.cpp and LiteLLM. */
const underVersion: RerankDialect = {
  path: '/v1/rerank',
  body: (model, query, texts) => ({ model, query, documents: texts }),
};

/** Text Embeddings Inference. */
const atRoot: RerankDialect = { path: '/rerank', body: (_, query, texts) => ({ query, texts }) };

const Score = z.object({ index: z.int().nonnegative(), relevance_score: z.number() });
const RootScore = z.object({ index: z.int().nonnegative(), score: z.number() });
const Answer = z.union([
  z.object({ results: z.array(Score) }).transform(({ results }) => results),
  z.array(RootScore).transform((all) => all.map(({ index, score }) => ({ index, relevance_score: score }))),
]);

/** A reranker behind a server of the team's own; `server` is at the root, before `/v1`. */
export function createRerankModel(name: string, server: JsonServer): RerankModel {
  let known: RerankDialect | undefined;

  return {
    name,
    async rerank(query, texts, call) {
      if (texts.length === 0) return [];
      const ask = async (dialect: RerankDialect): Promise<unknown> => {
        const answer = await server.post(dialect.path, dialect.body(name, query, texts), [query, ...texts], call);
        known = dialect;
        return answer;
      };
      const json = await ask(known ?? underVersion).catch((error: unknown) => {
        if (known !== undefined || !(error instanceof ModelError) || error.status !== 404) throw error;
        return ask(atRoot).catch(() => Promise.reject(error)); // the first answer says what is wrong
      });
      return scoresInOrder(json, texts.length, server.host);
    },
  };
}

function scoresInOrder(json: unknown, count: number, host: string): readonly number[] {
  const answer = Answer.safeParse(json);
  const scores = new Map(answer.data?.map((item) => [item.index, item.relevance_score]));
  return Array.from({ length: count }, (_, index) => {
    const score = scores.get(index);
    if (score !== undefined) return score;
    throw new ModelError(
      'broken-answer',
      `The model server ${host} did not answer with one score for each text. Check that its model is a reranker.`,
    );
  });
}
