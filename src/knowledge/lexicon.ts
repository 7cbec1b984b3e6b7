/** The terms of an index, to find those that a misspelt or a compound word may mean. */
export type Lexicon = {
  add(term: string): void;
  remove(term: string): void;
  /** Terms one edit away, two where the word is long. Words of fewer than five letters and with digits have none. */
  similar(word: string): readonly { readonly term: string; readonly edits: number }[];
};

/** Shorter words have too many neighbours: `port` is not `post`. */
const misspeltCharsMin = 5;
const twoEditsCharsMin = 8;
const edit = { none: 0, one: 1, two: 2 } as const;

const bucketOf = (term: string, length: number): string => `${term.slice(0, 1)}${length}`;

/** An empty lexicon. Terms stand in buckets of first letter and length, since people rarely miss the first letter. */
export function createLexicon(): Lexicon {
  const buckets = new Map<string, Set<string>>();
  return {
    add(term) {
      const key = bucketOf(term, term.length);
      const bucket = buckets.get(key) ?? new Set<string>();
      if (bucket.size === 0) buckets.set(key, bucket);
      bucket.add(term);
    },
    remove(term) {
      const key = bucketOf(term, term.length);
      const bucket = buckets.get(key);
      bucket?.delete(term);
      if (bucket?.size === 0) buckets.delete(key);
    },
    similar(word) {
      if (word.length < misspeltCharsMin || /\d/.test(word)) return [];
      const editsMax = word.length < twoEditsCharsMin ? edit.one : edit.two;
      const found: { term: string; edits: number }[] = [];
      for (let length = word.length - editsMax; length <= word.length + editsMax; length++) {
        for (const term of buckets.get(bucketOf(word, length)) ?? []) {
          const edits = editsBetween(word, term, editsMax);
          if (edits <= editsMax) found.push({ term, edits });
        }
      }
      return found;
    },
  };
}

/**
 * How many letters must be inserted, left out, replaced or swapped with their neighbour to make one word of the other
 * (optimal string alignment); above `editsMax` some number above it.
 */
function editsBetween(one: string, other: string, editsMax: number): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    let best = row;
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1];
      const isSwapped =
        row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      const edits = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (beforePrevious[column - 2] ?? 0) + 1 : Infinity,
      );
      current.push(edits);
      best = Math.min(best, edits);
    }
    if (best > editsMax) return best;
    beforePrevious = previous;
    previous = current;
  }
  return previous[other.length] ?? 0;
}
