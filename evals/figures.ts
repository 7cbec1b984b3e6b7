import { z } from 'zod';
import { bootstrapInterval, type Interval, mean, wilsonInterval } from './intervals.ts';

/** One measure over all its cases. Each case has a value from 0 to 1, by its id. */
export type Figure = {
  readonly name: string;
  readonly better: 'higher' | 'lower';
  readonly values: Readonly<Record<string, number>>;
};

/** What `--save` writes and `--compare` reads. */
export const SavedRun = z.object({
  figures: z.array(
    z.object({ name: z.string(), better: z.enum(['higher', 'lower']), values: z.record(z.string(), z.number()) }),
  ),
});
export type SavedRun = z.infer<typeof SavedRun>;

/** How a figure stands beside the saved one, over the cases that both have. */
type Comparison = {
  readonly cases: number;
  /** Now less before. */
  readonly change: number;
  readonly interval: Interval;
  /** `same`: the interval holds 0, so the change may be chance. */
  readonly verdict: 'better' | 'worse' | 'same';
};

export type Summary = {
  readonly name: string;
  readonly better: Figure['better'];
  readonly cases: number;
  readonly value: number;
  readonly interval: Interval;
  readonly comparison: Comparison | undefined;
};

function intervalOf(values: readonly number[]): Interval {
  const isYesOrNo = values.every((value) => value === 0 || value === 1);
  return isYesOrNo
    ? wilsonInterval(values.filter((value) => value === 1).length, values.length)
    : bootstrapInterval(values);
}

/** Case by case, so that a change shows which the spread between cases would hide. */
function compare(figure: Figure, saved: Figure): Comparison {
  const ids = Object.keys(figure.values).filter((id) => saved.values[id] !== undefined);
  const changes = ids.map((id) => (figure.values[id] ?? 0) - (saved.values[id] ?? 0));
  const change = mean(changes);
  const interval = ids.length === 0 ? { low: 0, high: 0 } : bootstrapInterval(changes);
  const isChance = interval.low <= 0 && interval.high >= 0;
  const isGood = figure.better === 'higher' ? change > 0 : change < 0;
  const verdict = isGood ? 'better' : 'worse';
  return { cases: ids.length, change, interval, verdict: isChance ? 'same' : verdict };
}

/** Each figure with its interval and, where there is a saved run, how it has changed. */
export const summarise = (figures: readonly Figure[], saved: SavedRun | undefined): readonly Summary[] =>
  figures.map((figure) => {
    const values = Object.values(figure.values);
    const before = saved?.figures.find(({ name }) => name === figure.name);
    return {
      name: figure.name,
      better: figure.better,
      cases: values.length,
      value: mean(values),
      interval: intervalOf(values),
      comparison: before && compare(figure, before),
    };
  });

const number = (value: number): string => value.toFixed(3);
const signed = (value: number): string => (value < 0 ? '' : '+') + number(value);
const range = ({ low, high }: Interval, show: (value: number) => string): string => `${show(low)} to ${show(high)}`;

/** The table that people read. */
export function renderSummaries(summaries: readonly Summary[]): string {
  const rows = summaries.map(({ name, better, cases, value, interval, comparison }) => [
    name,
    String(cases),
    number(value),
    range(interval, number),
    better,
    ...(comparison === undefined
      ? ['', '', '']
      : [signed(comparison.change), range(comparison.interval, signed), comparison.verdict]),
  ]);
  const isCompared = summaries.some(({ comparison }) => comparison !== undefined);
  const columns = ['figure', 'cases', 'value', '95 % interval', 'better'];
  const table = [isCompared ? [...columns, 'change', '95 % interval', ''] : columns, ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
