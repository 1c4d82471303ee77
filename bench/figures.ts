/** Arithmetic over rounds. A ratio is taken within a pair of neighbouring rounds, so that noise affects both sides. */

/** The quantile by nearest rank. `sorted` is in ascending order; `share` is from 0 to 1. */
export function quantile(sorted: readonly number[], share: number): number {
  const rank = Math.ceil(share * sorted.length) - 1;
  return sorted[Math.min(Math.max(rank, 0), sorted.length - 1)] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  if (sorted.length === 0) return Number.NaN;
  if (!Number.isInteger(half)) return sorted[Math.floor(half)] ?? Number.NaN;
  return ((sorted[half - 1] ?? Number.NaN) + (sorted[half] ?? Number.NaN)) / 2;
}

export type Spread = { median: number; min: number; max: number };

export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

export type Pair<Round> = { ours: Round; bare: Round };

/** The spread of ours ÷ bare over all pairs of rounds. */
export function ratios<Round>(pairs: readonly Pair<Round>[], of: (round: Round) => number): Spread {
  return spreadOf(pairs.map(({ ours, bare }) => of(ours) / of(bare)));
}

/** Three significant digits, which is the precision of the measurement. */
export const rounded = (value: number): number => Number(value.toPrecision(3));

export const spreadText = ({ median: middle, min, max }: Spread): string =>
  `${rounded(middle)} (${rounded(min)}–${rounded(max)})`;

/** At-least-once delivery may repeat some calls. This share of repeated calls is tolerated. */
const REPEATED_SHARE = 0.01;

/** The routes that one side called more often than the other, beyond REPEATED_SHARE; empty when there are none. */
export function differingCalls(ours: Record<string, number>, bare: Record<string, number>): string[] {
  const routes = [...new Set([...Object.keys(ours), ...Object.keys(bare)])].sort();
  return routes
    .filter((route) => {
      const [most, least] = [
        Math.max(ours[route] ?? 0, bare[route] ?? 0),
        Math.min(ours[route] ?? 0, bare[route] ?? 0),
      ];
      return most - least > REPEATED_SHARE * most;
    })
    .map((route) => `${route}: ours ${ours[route] ?? 0}, bare ${bare[route] ?? 0}`);
}
