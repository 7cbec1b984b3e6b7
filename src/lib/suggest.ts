/** How many letters must be put in, taken out, changed or swapped with the next to make one word of the other. */
function distance(from: string, to: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const isSame = from[i - 1] === to[j - 1];
      const isSwap = from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const steps = [(next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + (isSame ? 0 : 1)];
      next.push(Math.min(...steps, isSwap ? (before[j - 2] ?? 0) + 1 : Infinity));
    }
    before = row;
    row = next;
  }
  return row[to.length] ?? 0;
}

/** The word that was probably meant: at most one letter in three is wrong. */
export function suggest(word: string, among: readonly string[]): string | undefined {
  const wrongMax = Math.max(1, Math.floor(word.length / 3));
  const ranked = among
    .map((candidate) => ({ candidate, wrong: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ wrong }) => wrong <= wrongMax)
    .toSorted((a, b) => a.wrong - b.wrong);
  return ranked[0]?.candidate;
}
