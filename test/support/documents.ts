import type { KnowledgeDocument } from '../../src/domain/passage.ts';
import { splitDocument } from '../../src/knowledge/split.ts';
import type { SplitDocument, StoredItem } from '../../src/store/documents.ts';

/** An article of the source `help-center`; what is not given does not matter to the test. */
export const document = (changes: Partial<KnowledgeDocument> = {}): KnowledgeDocument => ({
  id: 'help-center:3001/en',
  kind: 'article',
  sourceName: 'help-center',
  title: 'Repairing a leak',
  url: 'https://help.example/en/articles/3001',
  locale: 'en',
  audience: 'public',
  markdown: 'Dry the skin.\n\n## Glue {#glue}\n\nLet it cure for 12 hours.',
  updatedAt: 1_758_000_000,
  ...changes,
});

/** As a sync stores it. The hash is the text itself: any change of the text is a change. */
export const split = (changes: Partial<KnowledgeDocument> = {}): SplitDocument => {
  const one = document(changes);
  return { document: one, passages: splitDocument(one, 'en'), contentHash: one.title + one.markdown };
};

/** An item with these documents. */
export const item = (documents: readonly SplitDocument[], changes: Partial<StoredItem> = {}): StoredItem => ({
  sourceName: 'help-center',
  itemId: '3001',
  validator: undefined,
  documents,
  ...changes,
});
