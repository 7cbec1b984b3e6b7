import { setTimeout as sleep } from 'node:timers/promises';
import type { Round } from './stats.ts';

/** Reads one figure from each round's two measurements. */
export type Rounds<Measured> = (figure: (measured: Measured) => number) => readonly Round[];

type Measure<Measured> = () => Promise<Measured>;
type Pair<Measured> = { readonly subject: Measured; readonly floor: Measured };

const read =
  <Measured>(pairs: readonly Pair<Measured>[]): Rounds<Measured> =>
  (figure) =>
    pairs.map(({ subject, floor }) => ({ value: figure(subject), floor: figure(floor) }));

/**
 * Measures Sidenote and the floor in short rounds, one right after the other, and who goes first takes turns: a slow
 * moment of the machine then hits both.
 */
export async function alternate<Measured>(
  count: number,
  measureSubject: Measure<Measured>,
  measureFloor: Measure<Measured>,
): Promise<Rounds<Measured>> {
  const pairs: Pair<Measured>[] = [];
  for (let round = 0; round < count; round += 1) {
    const isFloorFirst = round % 2 === 0;
    const first = await (isFloorFirst ? measureFloor() : measureSubject());
    const second = await (isFloorFirst ? measureSubject() : measureFloor());
    pairs.push(isFloorFirst ? { floor: first, subject: second } : { subject: first, floor: second });
  }
  return read(pairs);
}

/** Measures both at the same time, the floor `offsetMs` later: for rates so low that they don't meet. */
export async function together<Measured>(
  count: number,
  measureSubject: Measure<Measured>,
  measureFloor: Measure<Measured>,
  offsetMs: number,
): Promise<Rounds<Measured>> {
  const pairs: Pair<Measured>[] = [];
  for (let round = 0; round < count; round += 1) {
    const [subject, floor] = await Promise.all([measureSubject(), sleep(offsetMs).then(measureFloor)]);
    pairs.push({ subject, floor });
  }
  return read(pairs);
}
