import type { SearchQuery } from './search.ts';
import type { TermIndex } from './term-index.ts';

/** A subject names the matter in few words; a message tells a story around it. */
const titleWeight = 2;
/** What was said before counts less, and less the longer ago. */
const earlierWeights = [0.4, 0.2, 0.1];
/** A word said four times counts as two: long messages repeat themselves. */
const repetition = 0.5;
const textCharsMax = 10_000;
const termsMax = 200;
const unknownTermsMax = 20;
/** A corrected word may be another one. */
const correctionWeights: readonly number[] = [1, 0.6, 0.3];
const compoundWeight = 0.7;
const compoundPartCharsMin = 4;
/** What joins the parts of a compound: Konto-einstellungen, Rechnung-s-adresse, Familie-n-konto. */
const joints = ['', 's', 'n', 'en', 'es', 'e'];

function addAll(weights: Map<string, number>, terms: readonly string[], weight: number, power: number): void {
  const counts = new Map<string, number>();
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
  for (const [term, count] of counts) weights.set(term, (weights.get(term) ?? 0) + weight * count ** power);
}

/** The two known terms of which a compound is made; nothing where it is none. */
function compoundParts(index: TermIndex, word: string): readonly string[] {
  for (let cut = compoundPartCharsMin; cut <= word.length - compoundPartCharsMin; cut++) {
    const tail = word.slice(cut);
    if (!index.postings.has(tail)) continue;
    for (const joint of joints) {
      const head = word.slice(0, cut);
      if (!head.endsWith(joint) || head.length - joint.length < compoundPartCharsMin) continue;
      const [term] = index.analyse(head.slice(0, head.length - joint.length));
      if (term !== undefined && index.postings.has(term)) return [term, tail];
    }
  }
  return [];
}

/** Terms of the index that a word it doesn't know may mean, each with a weight: a misspelt one, or a compound's parts. */
function meanings(index: TermIndex, word: string): readonly (readonly [term: string, weight: number])[] {
  const similar = index.lexicon.similar(word);
  const nearest = Math.min(...similar.map(({ edits }) => edits));
  const best = similar
    .filter(({ edits }) => edits === nearest)
    .toSorted((one, other) => frequency(index, other.term) - frequency(index, one.term))
    .at(0);
  if (best !== undefined) return [[best.term, correctionWeights[best.edits] ?? 0]];
  return compoundParts(index, word).map((part) => [part, compoundWeight]);
}

const frequency = (index: TermIndex, term: string): number => index.postings.get(term)?.slots.length ?? 0;

/**
 * A query as terms of one language's index, with how much each counts: the newest message, the subject, and what the
 * contact said before. Words that the index doesn't know are looked up by what they may mean.
 */
export function queryTerms(index: TermIndex, query: SearchQuery): ReadonlyMap<string, number> {
  const said = new Map<string, number>();
  const termsOf = (text: string): readonly string[] => index.analyse(text.slice(0, textCharsMax), query.language);
  addAll(said, termsOf(query.text), 1, repetition);
  addAll(said, termsOf(query.title ?? ''), titleWeight, 1);
  for (const [age, weight] of earlierWeights.entries()) {
    addAll(said, termsOf(query.earlier?.[age] ?? ''), weight, repetition);
  }
  const weights = new Map<string, number>();
  let unknown = 0;
  for (const [term, weight] of said) {
    if (index.postings.has(term)) {
      weights.set(term, (weights.get(term) ?? 0) + weight);
    } else if (unknown < unknownTermsMax) {
      unknown += 1;
      for (const [meant, share] of meanings(index, term))
        weights.set(meant, (weights.get(meant) ?? 0) + weight * share);
    }
  }
  const heaviest = [...weights].toSorted(([, one], [, other]) => other - one).slice(0, termsMax);
  return new Map(heaviest);
}
