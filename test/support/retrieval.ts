import { z } from 'zod';
import type { KnowledgeDocument } from '../../src/domain/passage.ts';
import { createKnowledgeIndex } from '../../src/knowledge/knowledge-index.ts';
import type { KnowledgeIndex, SearchQuery } from '../../src/knowledge/search.ts';
import { splitDocument } from '../../src/knowledge/split.ts';

/** A question and the documents that answer it, each as good as another. */
export type JudgedQuestion = { readonly query: SearchQuery; readonly relevant: ReadonlySet<string> };

/** Means over all questions, as the data sets' READMEs define them; 0 to 1. */
export type RetrievalScores = {
  readonly questions: number;
  readonly recallAt5: number;
  readonly recallAt10: number;
  readonly mrrAt10: number;
  readonly ndcgAt10: number;
};

const gain = (rank: number): number => 1 / Math.log2(rank + 2);
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);

function scoresOf(ranking: readonly string[], relevant: ReadonlySet<string>): Omit<RetrievalScores, 'questions'> {
  const ranks = ranking.slice(0, 10).flatMap((id, rank) => (relevant.has(id) ? [rank] : []));
  const first = ranks[0];
  const ideal = Array.from({ length: Math.min(relevant.size, 10) }, (_, rank) => gain(rank));
  return {
    recallAt5: ranks.filter((rank) => rank < 5).length / relevant.size,
    recallAt10: ranks.length / relevant.size,
    mrrAt10: first === undefined ? 0 : 1 / (first + 1),
    ndcgAt10: ranks.reduce((sum, rank) => sum + gain(rank), 0) / ideal.reduce((sum, one) => sum + one, 0),
  };
}

/** How well `rank`, from a query to document ids, best first, answers judged questions. */
export function measureRetrieval(
  questions: readonly JudgedQuestion[],
  rank: (query: SearchQuery) => readonly string[],
): RetrievalScores {
  const scores = questions.map(({ query, relevant }) => scoresOf(rank(query), relevant));
  return {
    questions: questions.length,
    recallAt5: mean(scores.map(({ recallAt5 }) => recallAt5)),
    recallAt10: mean(scores.map(({ recallAt10 }) => recallAt10)),
    mrrAt10: mean(scores.map(({ mrrAt10 }) => mrrAt10)),
    ndcgAt10: mean(scores.map(({ ndcgAt10 }) => ndcgAt10)),
  };
}

/** The scores as one line of a table. */
export const showScores = (name: string, scores: RetrievalScores): string =>
  [
    name.padEnd(28),
    `n ${String(scores.questions).padStart(4)}`,
    `recall@5 ${scores.recallAt5.toFixed(3)}`,
    `recall@10 ${scores.recallAt10.toFixed(3)}`,
    `MRR@10 ${scores.mrrAt10.toFixed(3)}`,
    `nDCG@10 ${scores.ndcgAt10.toFixed(3)}`,
  ].join('  ');

/** Document ids, best first. */
export const rankedDocuments = (index: KnowledgeIndex, query: SearchQuery): readonly string[] =>
  index.search(query).documents.map(({ documentId }) => documentId);

type CorpusDocument = Pick<KnowledgeDocument, 'id' | 'title' | 'markdown'>;

/** An index of such documents, all in one language (ISO 639-1). */
export function indexOf(documents: readonly CorpusDocument[], language: string): KnowledgeIndex {
  const index = createKnowledgeIndex();
  index.upsert(
    documents.map(({ id, title, markdown }) => {
      const rest = { kind: 'article', sourceName: 'corpus', url: undefined, audience: 'public' } as const;
      const document = { id, title, markdown, locale: language, updatedAt: undefined, ...rest };
      return { document, passages: splitDocument(document, language) };
    }),
  );
  return index;
}

const Article = z
  .object({ slug: z.string(), title: z.string(), body_md: z.string() })
  .transform(({ slug, title, body_md: markdown }): CorpusDocument => ({ id: slug, title, markdown }));
const Question = z.object({
  title: z.string(),
  text: z.string(),
  lang: z.string().default('en'),
  label: z.string().optional(),
  relevant: z.array(z.object({ slug: z.string(), grade: z.number().optional(), generic: z.boolean().default(false) })),
});

/** `helpcenter/articles.jsonl` */
export const readArticles = (lines: readonly unknown[]): readonly CorpusDocument[] => z.array(Article).parse(lines);

/**
 * The questions of `helpcenter` and of `multilingual/crosslingual_kb.jsonl` that can be measured: judged ones where an
 * article answers, the others where a helper linked one that is no mere procedure.
 */
export function readQuestions(lines: readonly unknown[]): readonly JudgedQuestion[] {
  return z
    .array(Question)
    .parse(lines)
    .filter(({ label }) => label === undefined || label === 'answered_by_article')
    .map(({ title, text, lang, relevant }) => ({
      query: { title, text, language: lang },
      relevant: new Set(
        relevant.filter(({ grade, generic }) => (grade ?? 2) === 2 && !generic).map(({ slug }) => slug),
      ),
    }))
    .filter(({ relevant }) => relevant.size > 0);
}
