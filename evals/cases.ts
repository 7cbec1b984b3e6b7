import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Answerability } from '../src/domain/band.ts';
import type { KnowledgeDocument } from '../src/domain/passage.ts';

/** A question of a customer, with what a good answer needs. */
export type QuestionCase = {
  readonly id: string;
  readonly title: string | undefined;
  readonly text: string;
  /** ISO 639-1; undefined: not labelled. */
  readonly language: string | undefined;
  /** undefined: not labelled. */
  readonly answerable: Answerability | undefined;
  /** Ids of the documents that answer. */
  readonly relevant: readonly string[];
};

/** A draft with what the checks must find wrong in it. */
export type DraftCase = {
  readonly id: string;
  readonly language: string;
  /** `document#section`, counted from 0; `[S1]` is the first. */
  readonly passages: readonly string[];
  /** What the conversation says. */
  readonly known: string;
  readonly draft: string;
  /** The details and markers that must be flagged; no others may be. */
  readonly wrong: readonly string[];
};

export type CaseFolder = {
  readonly documents: readonly KnowledgeDocument[];
  readonly questions: readonly QuestionCase[];
  readonly drafts: readonly DraftCase[];
};

const documentOf = (
  fields: Pick<KnowledgeDocument, 'id' | 'title' | 'markdown' | 'url' | 'locale'>,
): KnowledgeDocument => ({
  kind: 'article',
  sourceName: 'evals',
  audience: 'public',
  updatedAt: undefined,
  ...fields,
});

const OwnDocument = z
  .strictObject({
    id: z.string(),
    title: z.string(),
    markdown: z.string(),
    url: z.string().optional(),
    locale: z.string().default('en'),
  })
  .transform(({ url, ...fields }) => documentOf({ ...fields, url }));
const answerable = z.enum(['yes', 'partly', 'no']).optional();
const OwnQuestion = z
  .strictObject({
    id: z.string(),
    title: z.string().optional(),
    text: z.string(),
    language: z.string().optional(),
    answerable,
    relevant: z.array(z.string()).default([]),
  })
  .transform((fields): QuestionCase => ({
    ...fields,
    title: fields.title,
    language: fields.language,
    answerable: fields.answerable,
  }));
const OwnDraft = z.strictObject({
  id: z.string(),
  language: z.string(),
  passages: z.array(z.string()),
  known: z.string().default(''),
  draft: z.string(),
  wrong: z.array(z.string()),
});

/** The public help centre of ../shared/datasets/helpcenter, as far as we measure it. */
const SharedArticle = z
  .object({ slug: z.string(), title: z.string(), body_md: z.string(), url: z.string().optional(), locale: z.string() })
  .transform(({ slug, title, body_md: markdown, url, locale }) =>
    documentOf({ id: slug, title, markdown, url, locale }),
  );
const SharedQuestion = z
  .object({
    id: z.string(),
    title: z.string(),
    text: z.string(),
    label: z.string().optional(),
    relevant: z.array(z.object({ slug: z.string(), grade: z.number().optional() })).default([]),
    answerable_from_articles: z.boolean().optional(),
  })
  .transform(({ id, title, text, label, relevant, answerable_from_articles: isAnswerable }): QuestionCase => {
    const isAnswered = label === 'answered_by_article';
    const answers = relevant.filter(({ grade }) => isAnswered && grade === 2).map(({ slug }) => slug);
    const known = isAnswered ? 'yes' : undefined;
    return {
      id,
      title,
      text,
      language: undefined,
      answerable: isAnswerable === false ? 'no' : known,
      relevant: answers,
    };
  });

/** The parsed lines of a file; none where there is no such file. A wrong line is an error that names it. */
function readLines<Value>(folder: string, name: string, schema: z.ZodType<Value>): readonly Value[] {
  const file = join(folder, name);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line, index) => {
      if (line.trim() === '') return [];
      try {
        return [schema.parse(JSON.parse(line))];
      } catch (error) {
        throw new Error(`Line ${index + 1} of ${file} is no such case: correct or remove it.`, { cause: error });
      }
    });
}

/** Reads a folder of cases: ours (evals/README.md), or one laid out as the shared help-centre data set. */
export const readCases = (folder: string): CaseFolder => ({
  documents: [
    ...readLines(folder, 'documents.jsonl', OwnDocument),
    ...readLines(folder, 'articles.jsonl', SharedArticle),
  ],
  questions: [
    ...readLines(folder, 'questions.jsonl', OwnQuestion),
    ...readLines(folder, 'questions_gold.jsonl', SharedQuestion),
    ...readLines(folder, 'unanswerable.jsonl', SharedQuestion),
  ],
  drafts: readLines(folder, 'drafts.jsonl', OwnDraft),
});
