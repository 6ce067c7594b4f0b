// Tracks that are in a dataset twice, or seem to be: then a test set holds what training has heard.

export interface Outline {
  name: string;
  seconds: number;
  hash?: string;
  /** Level in dB at equal distances through the track. */
  levels: readonly number[];
}

/** Lengths within half a percent, and levels that go alike. */
const LIKE = 0.985;

export function duplicatesOf(tracks: readonly Outline[]): { a: string; b: string; how: string }[] {
  const found: { a: string; b: string; how: string }[] = [];
  const sorted = [...tracks].sort((a, b) => a.seconds - b.seconds);
  sorted.forEach((a, i) => {
    for (let k = i + 1; k < sorted.length && sorted[k]!.seconds <= a.seconds * 1.005; ++k) {
      const b = sorted[k]!;
      if (a.hash !== undefined && a.hash === b.hash) {
        found.push({ a: a.name, b: b.name, how: 'the same samples' });
        continue;
      }
      const likeness = correlation(a.levels, b.levels);
      if (likeness >= LIKE)
        found.push({ a: a.name, b: b.name, how: `levels alike (${likeness.toFixed(3)})` });
    }
  });
  return found;
}

export function correlation(x: readonly number[], y: readonly number[]): number {
  const n = Math.min(x.length, y.length);
  const mean = (values: readonly number[]): number =>
    values.slice(0, n).reduce((sum, value) => sum + value, 0) / n;
  const [mx, my] = [mean(x), mean(y)];
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (let i = 0; i < n; ++i) {
    xy += (x[i]! - mx) * (y[i]! - my);
    xx += (x[i]! - mx) ** 2;
    yy += (y[i]! - my) ** 2;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}
