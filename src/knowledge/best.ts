/**
 * The least of the `count` highest scores; the lowest of all where there are fewer, 0 where there are none. Cheaper than to
 * sort what they belong to, of which there may be a hundred thousand.
 */
export function leastOfBest(scores: readonly number[], count: number): number {
  const ascending = Float64Array.from(scores).toSorted();
  return ascending[Math.max(ascending.length - count, 0)] ?? 0;
}
