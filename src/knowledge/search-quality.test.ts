import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { z } from 'zod';
import { readDataset } from '../../test/support/datasets.ts';
import {
  indexOf,
  type JudgedQuestion,
  measureRetrieval,
  rankedDocuments,
  readArticles,
  readQuestions,
  type RetrievalScores,
  showScores,
} from '../../test/support/retrieval.ts';
import type { KnowledgeIndex } from './search.ts';

/** `floors`: what these figures were, less a little, so that a change that loses is seen. */
function hold(t: TestContext, name: string, scores: RetrievalScores, floors: Partial<RetrievalScores>): void {
  t.diagnostic(showScores(name, scores));
  for (const [figure, floor] of Object.entries(floors)) {
    const value = z.number().parse(Reflect.get(scores, figure));
    assert.ok(value >= floor, `${name}: ${figure} ${value.toFixed(3)} is below ${floor}`);
  }
}

const measure = (index: KnowledgeIndex, questions: readonly JudgedQuestion[]): RetrievalScores =>
  measureRetrieval(questions, (query) => rankedDocuments(index, query));

describe('text search, measured on real questions', () => {
  for (const { name, file, floors } of [
    { name: 'judged', file: 'helpcenter/questions_gold.jsonl', floors: { recallAt5: 0.7, ndcgAt10: 0.62 } },
    { name: 'linked', file: 'helpcenter/questions_silver.jsonl', floors: { recallAt5: 0.56, ndcgAt10: 0.47 } },
    { name: 'not in English', file: 'multilingual/crosslingual_kb.jsonl', floors: { recallAt5: 0.31 } },
  ]) {
    test(`finds the articles that answer a help centre’s questions: ${name}`, (t) => {
      const articles = readDataset(t, 'helpcenter/articles.jsonl');
      const questions = readDataset(t, file);
      if (articles === undefined || questions === undefined) return;
      hold(t, name, measure(indexOf(readArticles(articles), 'en'), readQuestions(questions)), floors);
    });
  }

  test('finds the paragraphs of an encyclopedia that answer questions, names shared between languages', (t) => {
    const documents = readDataset(t, 'multilingual/xquad_docs_en.jsonl');
    const lines = readDataset(t, 'multilingual/xquad_queries.jsonl');
    if (documents === undefined || lines === undefined) return;
    const index = indexOf(
      z
        .array(z.object({ id: z.string(), title: z.string(), text: z.string() }))
        .parse(documents)
        .map(({ id, title, text }) => ({ id, title, markdown: text })),
      'en',
    );
    const queries = z.array(z.object({ lang: z.string(), text: z.string(), relevant: z.string() })).parse(lines);
    for (const [language, recallAt5] of [
      ['en', 0.98],
      ['de', 0.65],
      ['es', 0.7],
      ['tr', 0.62],
      ['vi', 0.59],
      ['zh', 0.16],
      ['ru', 0.18],
      ['ar', 0.1],
    ] as const) {
      const asked = queries.filter(({ lang }) => lang === language);
      const questions = asked.map(({ text, relevant }) => ({
        query: { text, language },
        relevant: new Set([relevant]),
      }));
      hold(t, `XQuAD, asked in ${language}`, measure(index, questions), { recallAt5 });
    }
  });

  test('understands a question out of what was said before it', (t) => {
    const lines = readDataset(t, 'unanswerable/mtrag_un.jsonl');
    if (lines === undefined) return;
    const tasks = z.array(Task).parse(lines);
    const contexts = new Map(tasks.flatMap((task) => task.contexts.map((context) => [context.id, context])));
    const index = indexOf(
      [...contexts.values()].map(({ id, title, text }) => ({ id, title: title ?? '', markdown: text })),
      'en',
    );
    const answerable = tasks.filter(({ answerability }) => ['ANSWERABLE', 'PARTIAL'].includes(answerability));
    const ask = (earlierMax: number): RetrievalScores =>
      measure(
        index,
        answerable.map(({ turns, contexts: relevant }) => {
          const [text = '', ...earlier] = turns
            .flatMap((turn) => (turn.role === 'agent' ? [] : [turn.text]))
            .toReversed();
          const query = { text, earlier: earlier.slice(0, earlierMax), language: 'en' };
          return { query, relevant: new Set(relevant.map(({ id }) => id)) };
        }),
      );
    const alone = ask(0);
    hold(t, 'the last message alone', alone, { recallAt5: 0.84 });
    hold(t, 'with earlier ones', ask(3), { recallAt5: Math.max(0.92, alone.recallAt5) });
  });
});

const Task = z.object({
  answerability: z.string(),
  turns: z.array(z.object({ role: z.string(), text: z.string() })),
  contexts: z.array(z.object({ id: z.string(), title: z.string().nullable(), text: z.string() })),
});
