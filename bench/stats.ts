/** Numbers out of samples, and the table that people read. */

/** The nearest-rank percentile: the smallest sample that at least `share` (0 to 1) of them do not exceed. NaN without samples. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const rank = Math.ceil(sorted.length * share);
  return sorted[Math.max(rank, 1) - 1] ?? Number.NaN;
}

/** The middle sample, or the mean of the two in the middle. NaN without samples. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  const lower = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** One figure from one round: what Sidenote took, and what the floor took a moment before or after. */
export type Round = { readonly value: number; readonly floor: number };

type Target =
  | { readonly kind: 'ratio-at-most'; readonly limit: number }
  | { readonly kind: 'ratio-at-least'; readonly limit: number }
  | { readonly kind: 'value-at-most'; readonly limit: number }
  /** Printed only. */
  | { readonly kind: 'none' };

export type Figure = {
  readonly name: string;
  readonly unit: string;
  readonly rounds: readonly Round[];
  readonly target: Target;
};

/** A figure over all its rounds. The ratio is the median of the rounds' ratios, not the ratio of the medians. */
export type Summary = {
  readonly value: number;
  readonly floor: number;
  readonly ratio: number;
  readonly verdict: 'holds' | 'misses' | '-';
};

export function summarize({ rounds, target }: Figure): Summary {
  const value = median(rounds.map((round) => round.value));
  const floor = median(rounds.map((round) => round.floor));
  const ratio = median(rounds.map((round) => round.value / round.floor));
  return { value, floor, ratio, verdict: judge(target, value, ratio) };
}

function judge(target: Target, value: number, ratio: number): Summary['verdict'] {
  switch (target.kind) {
    case 'ratio-at-most':
      return ratio <= target.limit ? 'holds' : 'misses';
    case 'ratio-at-least':
      return ratio >= target.limit ? 'holds' : 'misses';
    case 'value-at-most':
      return value <= target.limit ? 'holds' : 'misses';
    case 'none':
      return '-';
  }
}

function targetText(target: Target, unit: string): string {
  switch (target.kind) {
    case 'ratio-at-most':
      return `<= ${target.limit} x`;
    case 'ratio-at-least':
      return `>= ${target.limit} x`;
    case 'value-at-most':
      return `<= ${target.limit} ${unit}`;
    case 'none':
      return '-';
  }
}

const short = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(2));
const header = ['figure', 'Sidenote', 'floor', 'ratio', 'target', 'verdict'];

/** The figures as a Markdown table, in columns of even width. */
export function renderTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { value, floor, ratio, verdict } = summarize(figure);
    const { name, unit, target } = figure;
    return [
      name,
      `${short(value)} ${unit}`,
      `${short(floor)} ${unit}`,
      ratio.toFixed(2),
      targetText(target, unit),
      verdict,
    ];
  });
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
