import { checkCitations, type CitationFlag } from '../src/domain/citations/check-citations.ts';
import type { Passage } from '../src/domain/passage.ts';
import { createKnowledgeIndex } from '../src/knowledge/knowledge-index.ts';
import type { KnowledgeIndex } from '../src/knowledge/search.ts';
import { splitDocument } from '../src/knowledge/split.ts';
import { detectLanguage, isSameLanguage } from '../src/lib/language.ts';
import type { CaseFolder, DraftCase } from './cases.ts';
import type { Figure } from './figures.ts';

type Values = ReadonlyMap<string, number>;

const figure = (name: string, better: Figure['better'], values: Values): Figure => ({
  name,
  better,
  values: Object.fromEntries(values),
});

const passagesOf = (folder: CaseFolder): ReadonlyMap<string, readonly Passage[]> =>
  new Map(folder.documents.map((document) => [document.id, splitDocument(document, document.locale?.slice(0, 2))]));

/** A search index over the folder's documents, as the server builds it. */
export function indexFolder(folder: CaseFolder): KnowledgeIndex {
  const passages = passagesOf(folder);
  const index = createKnowledgeIndex();
  index.upsert(folder.documents.map((document) => ({ document, passages: passages.get(document.id) ?? [] })));
  return index;
}

const gain = (rank: number): number => 1 / Math.log2(rank + 2);

/** Recall@5 and nDCG@10 by documents, over the questions of which it is known what answers them. */
export function measureRetrieval(folder: CaseFolder): readonly Figure[] {
  const index = indexFolder(folder);
  const recall = new Map<string, number>();
  const ndcg = new Map<string, number>();
  for (const { id, title, text, language, relevant } of folder.questions) {
    if (relevant.length === 0) continue;
    const query = { text, ...(title === undefined ? {} : { title }), ...(language === undefined ? {} : { language }) };
    const found = index.search(query).documents.map(({ documentId }) => documentId);
    const ranks = found.slice(0, 10).flatMap((document, rank) => (relevant.includes(document) ? [rank] : []));
    const ideal = relevant.slice(0, 10).reduce((sum, _, rank) => sum + gain(rank), 0);
    recall.set(id, ranks.filter((rank) => rank < 5).length / relevant.length);
    ndcg.set(id, ranks.reduce((sum, rank) => sum + gain(rank), 0) / ideal);
  }
  return [figure('retrieval recall@5', 'higher', recall), figure('retrieval nDCG@10', 'higher', ndcg)];
}

/** Whether the language of a question is told right; one that is not told at all counts as wrong. */
export async function measureLanguage(folder: CaseFolder): Promise<Figure> {
  const right = new Map<string, number>();
  for (const { id, text, language } of folder.questions) {
    if (language === undefined) continue;
    const detected = await detectLanguage(text);
    right.set(id, detected !== undefined && isSameLanguage(detected, language) ? 1 : 0);
  }
  return figure('language told right', 'higher', right);
}

const flagText = (flag: CitationFlag): string => (flag.kind === 'unknown-marker' ? flag.marker : flag.detail.text);

function flagsOf(draft: DraftCase, passages: ReadonlyMap<string, readonly Passage[]>): readonly string[] {
  const cited = draft.passages.map((reference) => {
    const [document = '', section = '0'] = reference.split('#');
    const passage = passages.get(document)?.[Number(section)];
    if (passage === undefined) throw new Error(`The draft ${draft.id} names ${reference}, which is in no document.`);
    return passage;
  });
  const { draft: text, known, language } = draft;
  const sentences = checkCitations({ draft: text, passages: cited, known: [known], language });
  return sentences.flatMap(({ flags }) => flags.map(flagText));
}

/** How many wrong details the citation check catches, and how many right drafts it speaks against. */
export function measureCitations(folder: CaseFolder): readonly Figure[] {
  const passages = passagesOf(folder);
  const caught = new Map<string, number>();
  const falseAlarms = new Map<string, number>();
  for (const draft of folder.drafts) {
    const flags = flagsOf(draft, passages);
    for (const wrong of draft.wrong) caught.set(`${draft.id} ${wrong}`, flags.includes(wrong) ? 1 : 0);
    falseAlarms.set(draft.id, flags.some((flag) => !draft.wrong.includes(flag)) ? 1 : 0);
  }
  return [
    figure('citations: wrong details caught', 'higher', caught),
    figure('citations: false alarms', 'lower', falseAlarms),
  ];
}
