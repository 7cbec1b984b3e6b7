import { leastOfBest } from './best.ts';
import { headingsCount, type Posting, positionOf, textCount, titleCount } from './postings.ts';
import type { Entry, TermIndex } from './term-index.ts';

/*
 * BM25F over passages, their best ones pooled to documents, and BM25 over whole documents beside it. The numbers are
 * round, the optimum is flat, and each was chosen on one half of the training questions and held on the other half
 * and on the judged ones: docs/decisions/0015-own-search-index.md.
 */
const titleWeight = 3;
/** 0: a word counts the same in a long text as in a short one; 1: by its share of the text. */
const lengthShare = 0.5;
/** How soon further occurrences stop to count; slowly here, since passages are short. */
const saturation = 3;
/** What a document's second and third best passages add to the best one. */
const secondShare = 0.5;
const thirdShare = 0.25;
/** Up to this share more for a title whose words are all asked for. */
const titleShare = 0.3;
/** Titles are compared for so many candidates. */
const candidatesMax = 100;

/** A document and what its score is made of: the best of its sections, and the three below. */
export type RankedDocument = {
  readonly entry: Entry;
  readonly score: number;
  /** The scores of its passages, in their order. */
  readonly sections: readonly number[];
  /** What the next best passages add to the best one's score. */
  readonly neighbours: number;
  /** BM25 of the whole document. */
  readonly whole: number;
  /** What the title adds that says what is asked. */
  readonly title: number;
};

type Scores = { readonly passages: Float64Array; readonly documents: Float64Array };

const rarity = (all: number, holding: number): number => Math.log(1 + (all - holding + 0.5) / (holding + 0.5));
const saturated = (count: number): number => ((saturation + 1) * count) / (saturation + count);
const lengthNorm = (length: number, total: number, count: number): number =>
  1 - lengthShare + (total === 0 ? 0 : (lengthShare * length * count) / total);

/** How much a term says in the passage at `position` of its posting. */
function passagePart(index: TermIndex, { slots, counts }: Posting, position: number): number {
  const slot = slots[position] ?? 0;
  const packed = counts[position] ?? 0;
  const { lengths, totals, passages } = index;
  const inTitle = titleCount(packed) / lengthNorm(lengths.title[slot] ?? 0, totals.title, passages);
  const inHeadings = headingsCount(packed) / lengthNorm(lengths.headings[slot] ?? 0, totals.headings, passages);
  const inText = textCount(packed) / lengthNorm(lengths.text[slot] ?? 0, totals.text, passages);
  return saturated(titleWeight * inTitle + inHeadings + inText);
}

/** Adds what one term says, walking its passages document by document. */
function addTerm(index: TermIndex, posting: Posting, weight: number, scores: Scores): void {
  const { slots, counts } = posting;
  const inPassage = weight * rarity(index.passages, slots.length);
  const inDocument = weight * rarity(index.entries.size, posting.documents);
  const words = index.totals.headings + index.totals.text;
  let position = 0;
  while (position < slots.length) {
    const entry = index.entryAt[slots[position] ?? 0];
    if (entry === undefined) return;
    let count = 0;
    for (; position < slots.length && (slots[position] ?? 0) < entry.end; position++) {
      const slot = slots[position] ?? 0;
      scores.passages[slot] = (scores.passages[slot] ?? 0) + inPassage * passagePart(index, posting, position);
      count += headingsCount(counts[position] ?? 0) + textCount(counts[position] ?? 0);
    }
    const whole = saturated(count / lengthNorm(entry.words, words, index.entries.size));
    scores.documents[entry.start] = (scores.documents[entry.start] ?? 0) + inDocument * whole;
  }
}

/** What the best passages of a document add up to. A loop, since it runs for every document of every search. */
function pooled(passages: Float64Array, { start, end }: Entry): number {
  let best = 0;
  let second = 0;
  let third = 0;
  for (let slot = start; slot < end; slot++) {
    const score = passages[slot] ?? 0;
    if (score > best) [best, second, third] = [score, best, second];
    else if (score > second) [second, third] = [score, second];
    else if (score > third) third = score;
  }
  return best + secondShare * second + thirdShare * third;
}

/** The share of a title's meaning that the query says, 0 to 1. */
function titleSaid(index: TermIndex, entry: Entry, terms: ReadonlyMap<string, number>): number {
  let said = 0;
  let all = 0;
  for (const term of entry.titleTerms) {
    const meaning = rarity(index.entries.size, index.postings.get(term)?.documents ?? 0);
    all += meaning;
    if (terms.has(term)) said += meaning;
  }
  return all === 0 ? 0 : said / all;
}

function rankDocument(
  index: TermIndex,
  entry: Entry,
  terms: ReadonlyMap<string, number>,
  scores: Scores,
): RankedDocument {
  const sections = [...scores.passages.subarray(entry.start, entry.end)];
  const whole = scores.documents[entry.start] ?? 0;
  const sum = pooled(scores.passages, entry) + whole;
  const title = sum * titleShare * titleSaid(index, entry, terms);
  return { entry, score: sum + title, sections, neighbours: sum - whole - Math.max(...sections), whole, title };
}

/** The documents that say something of `terms` (term to weight), best first. `isWanted` may leave some out. */
export function rankByText(
  index: TermIndex,
  terms: ReadonlyMap<string, number>,
  isWanted: (entry: Entry) => boolean,
): readonly RankedDocument[] {
  const slots = index.entryAt.length;
  const scores: Scores = { passages: new Float64Array(slots), documents: new Float64Array(slots) };
  for (const [term, weight] of terms) {
    const posting = index.postings.get(term);
    if (posting !== undefined) addTerm(index, posting, weight, scores);
  }
  const found: Entry[] = [];
  const sums: number[] = [];
  for (const entry of index.entries.values()) {
    const sum = pooled(scores.passages, entry) + (scores.documents[entry.start] ?? 0);
    if (sum === 0 || !isWanted(entry)) continue;
    found.push(entry);
    sums.push(sum);
  }
  const least = leastOfBest(sums, candidatesMax);
  return found
    .filter((_entry, position) => (sums[position] ?? 0) >= least)
    .map((entry) => rankDocument(index, entry, terms, scores))
    .toSorted((one, other) => other.score - one.score);
}

/** What each term adds to the score of the passage in `slot`. */
export function termParts(
  index: TermIndex,
  terms: ReadonlyMap<string, number>,
  slot: number,
): readonly { readonly term: string; readonly score: number }[] {
  const parts: { term: string; score: number }[] = [];
  for (const [term, weight] of terms) {
    const posting = index.postings.get(term);
    const position = posting === undefined ? 0 : positionOf(posting.slots, slot);
    if (posting === undefined || posting.slots[position] !== slot) continue;
    const score = weight * rarity(index.passages, posting.slots.length) * passagePart(index, posting, position);
    parts.push({ term, score });
  }
  return parts.toSorted((one, other) => other.score - one.score);
}
