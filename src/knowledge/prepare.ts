import { createHash } from 'node:crypto';
import type { KnowledgeDocument } from '../domain/passage.ts';
import type { SourceSettings } from '../domain/source-settings.ts';
import type { SplitDocument } from '../store/documents.ts';
import type { ReadDocument } from './source.ts';
import { splitDocument } from './split.ts';

/** Raise it when HTML becomes other Markdown, or Markdown other passages: the next sync then makes them anew. */
const formatRevision = 1;

const hash = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** Changes when the same item would be read into something else than before. */
export const readingFingerprint = (settings: SourceSettings): string => hash([formatRevision, settings]).slice(0, 16);

/** `pt` of `pt-BR`. */
const languageOf = (locale: string): string => locale.toLowerCase().split(/[-_]/)[0] ?? locale;

/** Tells the language of a text as ISO 639-1, or undefined when it can't. */
export type DetectLanguage = (text: string) => Promise<string | undefined>;

/** A document as it is stored: with its id, its passages in their language and the hash of all of it. */
export async function prepareDocument(
  sourceName: string,
  { externalId, ...read }: ReadDocument,
  detectLanguage: DetectLanguage,
): Promise<SplitDocument> {
  const document: KnowledgeDocument = { id: `${sourceName}:${externalId}`, sourceName, ...read };
  const language = read.locale === undefined ? await detectLanguage(read.markdown) : languageOf(read.locale);
  return {
    document,
    passages: splitDocument(document, language),
    contentHash: hash([formatRevision, language ?? null, document]),
  };
}
