/**
 * What search in memory takes, by words and with vectors, against the least that a program without an index would do:
 * read the words of all passages for each question, or multiply one flat matrix.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createKnowledgeIndex } from '../src/knowledge/knowledge-index.ts';
import type { KnowledgeIndex } from '../src/knowledge/search.ts';
import { wordsOf } from '../src/knowledge/words.ts';
import { createRandom } from '../test/support/random.ts';
import { type Corpus, createCorpus, direction, withVectors } from './search-corpus.ts';
import { type Figure, percentile, type Round } from './stats.ts';

const questionsAsked = 200;
const floorQuestions = 5;
/** Of a middling embedding model. */
const dimensions = 768;
const bytesPerMb = 1024 * 1024;

export function benchSearch(): readonly Figure[] {
  return [
    ...textFigures(10_000, { buildMsMax: 5000, searchMsMax: 5 }),
    ...textFigures(100_000, undefined),
    vectorFigure(10_000),
  ];
}

function textFigures(
  passages: number,
  targets: { readonly buildMsMax: number; readonly searchMsMax: number } | undefined,
): readonly Figure[] {
  const corpus = createCorpus(passages, questionsAsked);
  const before = usedMb();
  const index = createKnowledgeIndex();
  const buildMs = timed(() => index.upsert(corpus.documents));
  const indexMb = usedMb() - before;
  const times = searchTimes(index, corpus);
  const scanMs = scanTimes(corpus);
  const readMs = timed(() => readWords(corpus));
  const textMb = corpus.documents.reduce((sum, { document }) => sum + document.markdown.length, 0) / bytesPerMb;
  const name = `${passages.toLocaleString('en')} passages`;
  const atMost = (limit: number | undefined): Figure['target'] =>
    limit === undefined ? { kind: 'none' } : { kind: 'value-at-most', limit };
  const figure = (what: string, unit: string, round: Round, target = atMost(undefined)): Figure => ({
    name: `${name}, ${what}`,
    unit,
    rounds: [round],
    target,
  });
  return [
    figure('build', 'ms', { value: buildMs, floor: readMs }, atMost(targets?.buildMsMax)),
    figure('memory beside the text', 'MB', { value: indexMb, floor: textMb }),
    figure('search p50', 'ms', { value: percentile(times, 0.5), floor: scanMs }, atMost(targets?.searchMsMax)),
    figure('search p99', 'ms', { value: percentile(times, 0.99), floor: scanMs }),
  ];
}

function vectorFigure(passages: number): Figure {
  const corpus = createCorpus(passages, questionsAsked);
  const index = createKnowledgeIndex();
  index.upsert(withVectors(corpus, dimensions));
  const random = createRandom(1);
  const queries = corpus.questions.map((text) => ({ text, queryVector: direction(dimensions, random) }));
  const times = queries.map((query) => timed(() => index.search(query)));
  const matrix = new Float32Array(index.size.passages * dimensions).fill(0.5);
  const [first = new Float32Array(dimensions)] = queries.map(({ queryVector }) => queryVector);
  const floor = timed(() => multiply(matrix, first));
  return {
    name: `${passages.toLocaleString('en')} passages with vectors of ${dimensions}, search p50`,
    unit: 'ms',
    rounds: [{ value: percentile(times, 0.5), floor }],
    target: { kind: 'none' },
  };
}

const searchTimes = (index: KnowledgeIndex, { questions }: Corpus): readonly number[] =>
  questions.map((text) => timed(() => index.search({ text, language: 'en' })));

/** Counts in how many places of each passage a question's words stand, and keeps the best passage. */
function scanTimes({ documents, questions }: Corpus): number {
  const texts = documents.flatMap(({ passages }) => passages.map(({ text }) => text.toLowerCase()));
  const times = questions.slice(0, floorQuestions).map((question) => {
    const words = [...new Set(wordsOf(question))];
    return timed(() => Math.max(...texts.map((text) => words.filter((word) => text.includes(word)).length).slice(-1)));
  });
  return percentile(times, 0.5);
}

const readWords = ({ documents }: Corpus): number =>
  documents.reduce((sum, { document }) => sum + wordsOf(document.markdown).length, 0);

function multiply(matrix: Float32Array, vector: Float32Array): number {
  let best = 0;
  for (let start = 0; start < matrix.length; start += vector.length) {
    let sum = 0;
    for (let at = 0; at < vector.length; at++) sum += (matrix[start + at] ?? 0) * (vector[at] ?? 0);
    best = Math.max(best, sum);
  }
  return best;
}

/** In ms. */
function timed(work: () => unknown): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}

const isCollector = (value: unknown): value is () => void => typeof value === 'function';

/** What is in use after everything unused was collected. */
function usedMb(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (isCollector(collect)) collect();
  return process.memoryUsage().heapUsed / bytesPerMb;
}
