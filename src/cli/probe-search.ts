import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { KnowledgeDocument, SourceKind } from '../domain/passage.ts';
import { htmlToMarkdown } from '../knowledge/html-to-markdown.ts';
import { createKnowledgeIndex } from '../knowledge/knowledge-index.ts';
import { splitDocument } from '../knowledge/split.ts';
import { detectLanguage } from '../lib/language.ts';
import { whyUnusable } from './arguments.ts';
import { UsageError } from './command.ts';

const corpusKind: SourceKind = 'file';

const CorpusLine = z
  .object({ id: z.union([z.string(), z.number()]).transform(String), title: z.string().nullish() })
  .and(z.object({ url: z.string().nullish(), locale: z.string().nullish() }))
  .and(
    z.union([z.object({ body_md: z.string() }), z.object({ body_html: z.string() }), z.object({ text: z.string() })]),
  );
const SearchInput = z.object({
  id: z.union([z.string(), z.number()]),
  title: z.string().nullish(),
  text: z.string(),
  /** The contact's setting; what the text itself is in goes before it. */
  locale: z.string().nullish(),
});

const languageOf = (locale: string | null | undefined): string | undefined =>
  locale?.toLowerCase().split(/[-_]/)[0] || undefined;

function markdownOf(line: z.infer<typeof CorpusLine>): string {
  if ('body_md' in line) return line.body_md;
  return 'body_html' in line ? htmlToMarkdown(line.body_html) : line.text;
}

function toDocument(line: z.infer<typeof CorpusLine>): KnowledgeDocument {
  return {
    id: line.id,
    kind: corpusKind,
    sourceName: 'corpus',
    title: line.title ?? '',
    url: line.url ?? undefined,
    locale: line.locale ?? undefined,
    audience: 'public',
    markdown: markdownOf(line),
    updatedAt: undefined,
  };
}

/** @throws UsageError that names the line */
function parseCorpus(text: string): readonly KnowledgeDocument[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      const json: unknown = JSON.parse(line);
      return [toDocument(CorpusLine.parse(json))];
    } catch (error) {
      throw new UsageError(`Line ${index + 1} of the corpus is no document: ${whyUnusable(error)}.`, { cause: error });
    }
  });
}

/** Puts a corpus of JSON lines into an index, and answers inputs from it. @throws UsageError */
export async function probeSearch(corpusFile: string | undefined): Promise<(input: unknown) => unknown> {
  if (corpusFile === undefined) throw new UsageError('Give the documents to search in: --corpus FILE.');
  const index = createKnowledgeIndex();
  for (const document of parseCorpus(await readFile(corpusFile, 'utf8'))) {
    const language = languageOf(document.locale) ?? (await detectLanguage(document.markdown));
    index.upsert([{ document, passages: splitDocument(document, language) }]);
  }
  return async (input) => {
    const { id, title, text, locale } = SearchInput.parse(input);
    const language = (await detectLanguage(`${title ?? ''}\n${text}`)) ?? languageOf(locale);
    const found = index.search({
      text,
      ...(title == null ? {} : { title }),
      ...(language === undefined ? {} : { language }),
      limit: 10,
    });
    return { id, hits: found.documents.map(({ documentId, score }) => ({ document: documentId, score })) };
  };
}
