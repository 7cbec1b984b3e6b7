/** A range that holds the true value in 95 of 100 such samples. */
export type Interval = { readonly low: number; readonly high: number };

const z95 = 1.959964;
const resamples = 2000;

/** Wilson's interval for a share of yes among `count` answers; honest also at 0, at 1 and for few. */
export function wilsonInterval(yes: number, count: number): Interval {
  if (count === 0) return { low: 0, high: 1 };
  const share = yes / count;
  const z2 = z95 * z95;
  const centre = (share + z2 / (2 * count)) / (1 + z2 / count);
  const half = (z95 / (1 + z2 / count)) * Math.sqrt((share * (1 - share)) / count + z2 / (4 * count * count));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** Numbers from 0 to 1 that look random and are the same in each run (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);

/** The interval of a mean by drawing the sample again and again from itself; the same values give the same interval. */
export function bootstrapInterval(values: readonly number[]): Interval {
  if (values.length === 0) return { low: 0, high: 1 };
  const random = createRandom(values.length);
  const means = Array.from({ length: resamples }, () =>
    mean(values.map(() => values[Math.floor(random() * values.length)] ?? 0)),
  ).toSorted((a, b) => a - b);
  const at = (share: number): number => means[Math.floor(share * (resamples - 1))] ?? 0;
  return { low: at(0.025), high: at(0.975) };
}
