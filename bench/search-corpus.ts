import type { KnowledgeDocument } from '../src/domain/passage.ts';
import type { IndexedDocument } from '../src/knowledge/search.ts';
import { splitDocument } from '../src/knowledge/split.ts';
import { createRandom } from '../test/support/random.ts';

/** As in the real help centre that search was measured on, without its stop words. */
const passagesPerDocument = 7;
const wordsPerPassage = 60;
const wordsPerQuestion = 45;
/** Ranks of words by how often they are used; those above the first are the stop words. */
const vocabulary = { first: 60, last: 30_000 };

export type Corpus = { readonly documents: readonly IndexedDocument[]; readonly questions: readonly string[] };

const syllables = 'ka lo mi ren tas vol bar che dun fis gor hel jor nim pla que sut tri wen zor'.split(' ');

/** The word of a rank: frequent ones are short. */
function wordOf(rank: number): string {
  const base = syllables.length;
  const first = syllables[rank % base] ?? '';
  return rank < base ? first : `${wordOf(Math.floor(rank / base) - 1)}${first}`;
}

/** Made-up help-centre documents and questions about them, the same on every run. Words are as frequent as in Zipf's law. */
export function createCorpus(passages: number, questions: number): Corpus {
  const random = createRandom(passages);
  const drawWord = (): string =>
    wordOf(Math.floor(vocabulary.first * (vocabulary.last / vocabulary.first) ** random()));
  const say = (count: number): string => Array.from({ length: count }, drawWord).join(' ');
  const documents = Array.from({ length: Math.ceil(passages / passagesPerDocument) }, (_, number) => {
    const sections = Array.from({ length: passagesPerDocument }, () => `## ${say(4)}\n\n${say(wordsPerPassage)}.`);
    const document: KnowledgeDocument = {
      id: `corpus:${number}`,
      kind: 'article',
      sourceName: 'corpus',
      title: say(5),
      url: undefined,
      locale: 'en',
      audience: 'public',
      markdown: sections.join('\n\n'),
      updatedAt: undefined,
    };
    return { document, passages: splitDocument(document, 'en') };
  });
  return { documents, questions: Array.from({ length: questions }, () => say(wordsPerQuestion)) };
}

/** Vectors of length 1 in random directions, one for each passage. */
export function withVectors({ documents }: Corpus, dimensions: number): readonly IndexedDocument[] {
  const random = createRandom(dimensions);
  return documents.map((indexed) => ({
    ...indexed,
    vectors: indexed.passages.map(() => direction(dimensions, random)),
  }));
}

export function direction(dimensions: number, random: () => number): Float32Array {
  const vector = Float32Array.from({ length: dimensions }, () => random() - 0.5);
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
