// Intervals by the bootstrap (Efron: "Bootstrap methods", 1979).
import { random } from './random';

export interface Interval {
  mean: number;
  /** Of 95 %. */
  low: number;
  high: number;
  /** Values that there were. */
  count: number;
}

/**
 * The mean of values and its 95 % interval: percentiles of the means of `draws` samples, drawn with
 * replacement, the same ones in every run. Values that are not there do not count; undefined if none
 * is there.
 */
export function bootstrap(
  values: readonly (number | null | undefined)[],
  draws = 2000,
): Interval | undefined {
  const there = values.filter((value) => value !== null && value !== undefined);
  const count = there.length;
  if (!count) return undefined;
  const mean = there.reduce((sum, value) => sum + value, 0) / count;
  const next = random(count);
  const means = new Float64Array(draws);
  for (let draw = 0; draw < draws; ++draw) {
    let sum = 0;
    for (let i = 0; i < count; ++i) sum += there[Math.floor(next() * count)]!;
    means[draw] = sum / count;
  }
  means.sort();
  return { mean, low: quantile(means, 0.025), high: quantile(means, 0.975), count };
}

/** Of sorted values, between neighbours in proportion. */
export function quantile(sorted: ArrayLike<number>, part: number): number {
  const place = part * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
}
