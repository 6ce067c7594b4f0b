// From measurements to what the page shows.
import { bootstrap } from '../analysis/bootstrap';
import { goodness, METRICS } from '../analysis/metrics';
import { signTest } from '../analysis/sign-test';
import type { Codec } from '../codecs/codec';
import type { Clip } from '../measure/clips';
import type { Measurement } from '../measure/measurement';
import type { CodecResult, EvaluationData, Pair } from './evaluation';

type Measured = Pick<
  EvaluationData,
  'clips' | 'metrics' | 'codecs' | 'bandsHz' | 'onsetMs' | 'pairs'
>;

/** `measurements[codec][clip]`, all of them there. */
export function summarize(
  clips: readonly Clip[],
  codecs: readonly Codec[],
  measurements: readonly (readonly Measurement[])[],
): Measured {
  const metrics = METRICS.filter((metric) =>
    measurements.some((row) => row.some((measurement) => metric.of(measurement) !== null)),
  );
  const results = codecs.map((codec, i): CodecResult => {
    const row = measurements[i]!;
    const bytes = row.reduce((sum, { bytes: own }) => sum + own, 0);
    const seconds = row.reduce((sum, { comparison }) => sum + comparison.seconds, 0);
    const values = metrics.map((metric) => row.map((measurement) => metric.of(measurement)));
    return {
      id: codec.id,
      series: codec.series,
      setting: codec.setting,
      ...(codec.note ? { note: codec.note } : {}),
      ...(codec.motet ? { quality: codec.motet.quality } : {}),
      kbps: (bytes * 8) / seconds / 1000,
      values,
      summary: values.map((own) => bootstrap(own) ?? null),
      bandLevels: meanRow(row.map(({ comparison }) => comparison.bands.level_db)),
      bandErrors: meanRow(row.map(({ comparison }) => comparison.bands.error_db)),
      onsetErrors: meanRow(row.map(({ comparison }) => comparison.transients.error_db)),
      late: row.reduce((most, { late }) => (Math.abs(late) > Math.abs(most) ? late : most), 0),
    };
  });
  const first = measurements[0]![0]!.comparison;
  return {
    clips: clips.map(({ id, track, kind, seconds }) => ({ id, track, kind, seconds })),
    metrics: metrics.map(({ of: _, ...facts }) => facts),
    codecs: results,
    bandsHz: first.bands.centres_hz,
    onsetMs: first.transients.error_db.map(
      (_, i) => first.transients.first_ms + i * first.transients.step_ms,
    ),
    pairs: pairsOf(results, metrics),
  };
}

/** Of two models the same qualities; and Motet beside the cheapest other that is above its rate. */
function pairsOf(codecs: readonly CodecResult[], metrics: Measured['metrics']): Pair[] {
  const pairs: [CodecResult, CodecResult][] = [];
  const motets = codecs.filter(({ quality }) => quality !== undefined);
  const series = [...new Set(motets.map((codec) => codec.series))];
  for (const codec of motets) {
    for (const other of series.slice(series.indexOf(codec.series) + 1)) {
      const twin = motets.find((m) => m.series === other && m.quality === codec.quality);
      if (twin) pairs.push([codec, twin]);
    }
  }
  for (const codec of motets.filter(({ quality }) => [3, 6, 12].includes(quality!))) {
    const dearer = codecs
      .filter(({ quality, kbps }) => quality === undefined && kbps >= codec.kbps)
      .sort((a, b) => a.kbps - b.kbps);
    for (const other of dearer.slice(0, 3)) pairs.push([codec, other]);
  }
  return pairs.map(([a, b]) => ({
    a: a.id,
    b: b.id,
    tests: metrics.map(({ better }, m) => {
      const differences: number[] = [];
      a.values[m]!.forEach((value, clip) => {
        const other = b.values[m]![clip];
        if (value === null || other === null || other === undefined) return;
        differences.push(goodness(better, value) - goodness(better, other));
      });
      const difference = bootstrap(differences);
      return difference ? { test: signTest(differences), difference } : null;
    }),
  }));
}

/** Element by element, of those that are there. */
export function meanRow(rows: readonly (readonly (number | null)[])[]): (number | null)[] {
  return (rows[0] ?? []).map((_, i) => {
    const there = rows
      .map((row) => row[i])
      .filter((value) => value !== null && value !== undefined);
    return there.length ? there.reduce((sum, value) => sum + value, 0) / there.length : null;
  });
}

/** One row for each clip, codec and metric; the rate counts as one. */
export function csvOf(
  clips: readonly Clip[],
  codecs: readonly Codec[],
  measurements: readonly (readonly Measurement[])[],
): string {
  const quote = (text: string): string =>
    /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const lines = ['clip,track,kind,codec,series,setting,metric,value'];
  codecs.forEach((codec, i) => {
    clips.forEach((clip, k) => {
      const measurement = measurements[i]![k]!;
      const head = [clip.id, clip.track, clip.kind, codec.id, codec.series, codec.setting]
        .map(quote)
        .join(',');
      const kbps = (measurement.bytes * 8) / measurement.comparison.seconds / 1000;
      lines.push(`${head},kbps,${kbps.toFixed(4)}`);
      for (const metric of METRICS) {
        const value = metric.of(measurement);
        if (value !== null) lines.push(`${head},${metric.key},${Number(value.toPrecision(8))}`);
      }
    });
  });
  return `${lines.join('\n')}\n`;
}
