// The music features of a stream, made small: an hour has 300,000 rows, a screen some hundred columns.
import type { MusicFeatures } from 'motet';
import type { FeaturesSummary, Part } from './contract';

/** Two minutes stay as they are. */
const MAX_ROWS = 16384;

/** The rows of a part, or all, joined so that no more than MAX_ROWS are left. */
export function summarize(features: MusicFeatures, part?: Part): FeaturesSummary {
  const first = Math.round((part?.from ?? 0) * features.rowsPerSecond);
  const wanted = part === undefined ? Infinity : Math.round(part.duration * features.rowsPerSecond);
  const rows = Math.max(0, Math.min(wanted, features.rows - first));
  const width = features.names.length;
  const onset = features.names.indexOf('onset');
  const values = features.values.subarray(first * width, (first + rows) * width);
  const minutes = rows / features.rowsPerSecond / 60;
  const hits = countHits(values, rows, width, onset);
  const joined = Math.max(1, Math.ceil(rows / MAX_ROWS));
  const left = Math.ceil(rows / joined);
  const means = new Float32Array(left * width);
  for (let row = 0; row < rows; ++row) {
    const to = Math.floor(row / joined);
    const count = Math.min(joined, rows - to * joined);
    for (let i = 0; i < width; ++i) {
      const value = values[row * width + i]!;
      const at = to * width + i;
      // Onsets are short: a mean would hide them.
      if (i === onset) means[at] = Math.max(means[at]!, value);
      else means[at]! += value / count;
    }
  }
  return {
    names: features.names,
    rowsPerSecond: features.rowsPerSecond / joined,
    rows: left,
    values: means,
    hitsPerMinute: minutes > 0 ? hits / minutes : 0,
  };
}

/** So many times the mean the highest onset is at least where there are any: in silence all are alike. */
const STANDS_OUT = 5;

/** A hit is a peak that reaches at least halfway from the mean to the highest of all. */
function countHits(values: Float32Array, rows: number, width: number, onset: number): number {
  const at = (row: number): number => values[row * width + onset]!;
  let highest = 0;
  let sum = 0;
  for (let row = 0; row < rows; ++row) {
    highest = Math.max(highest, at(row));
    sum += at(row);
  }
  const mean = sum / Math.max(1, rows);
  if (highest < STANDS_OUT * mean) return 0;
  const floor = (mean + highest) / 2;
  let hits = 0;
  for (let row = 1; row + 1 < rows; ++row) {
    if (at(row) > at(row - 1) && at(row) >= at(row + 1) && at(row) > floor) ++hits;
  }
  return hits;
}
