// What a run of the evaluation found, in few numbers: the file that is committed, and from which the
// tables of README and model card are made.
import type { EvaluationData } from '../report/evaluation';

export interface Results {
  made: string;
  program: string;
  clips: number;
  tracks: number;
  seconds: number;
  codecs: ResultsRow[];
  missing: EvaluationData['missing'];
}

export interface ResultsRow {
  series: string;
  setting: string;
  quality?: number;
  kbps: number;
  /** By metric: mean, and 95 % of the bootstrap over clips. */
  metrics: Record<string, { mean: number; low: number; high: number }>;
}

const rounded = (value: number): number => Number(value.toPrecision(5));

export function resultsOf(data: EvaluationData): Results {
  return {
    made: data.made.slice(0, 10),
    program: data.program,
    clips: data.clips.length,
    tracks: new Set(data.clips.map(({ track }) => track)).size,
    seconds: Math.max(...data.clips.map(({ seconds }) => seconds)),
    codecs: data.codecs.map(({ series, setting, quality, kbps, summary }) => ({
      series,
      setting,
      ...(quality === undefined ? {} : { quality }),
      kbps: rounded(kbps),
      metrics: Object.fromEntries(
        data.metrics.flatMap(({ key }, i) => {
          const own = summary[i];
          if (!own) return [];
          const { mean, low, high } = own;
          return [[key, { mean: rounded(mean), low: rounded(low), high: rounded(high) }]];
        }),
      ),
    })),
    missing: data.missing,
  };
}

/** A column of a table. */
interface Column {
  head: string;
  metric: string;
  digits: number;
}

const WIDE: readonly Column[] = [
  { head: 'mel', metric: 'mel', digits: 3 },
  { head: 'mel of mid/side', metric: 'mel_mid_side', digits: 3 },
  { head: 'STFT', metric: 'stft', digits: 3 },
  { head: 'SI-SDR dB', metric: 'si_sdr', digits: 2 },
  { head: 'loudness LU', metric: 'loudness', digits: 2 },
  { head: 'coherence error', metric: 'coherence_error', digits: 3 },
  { head: 'bandwidth', metric: 'bandwidth', digits: 2 },
  { head: 'tonal coherence', metric: 'coherence', digits: 3 },
  { head: 'onsets F', metric: 'onsets', digits: 3 },
  { head: 'ViSQOL', metric: 'visqol', digits: 2 },
  { head: 'Zimtohrli', metric: 'zimtohrli', digits: 2 },
];
const NARROW = WIDE.filter(({ metric }) => ['mel', 'si_sdr', 'onsets'].includes(metric));

/** All settings, and the metrics that there are. */
export const markdownTable = (results: Results): string => table(results.codecs, WIDE, 2);

/** Those that a reader of the README wants to see. */
export function shortTable(results: Results): string {
  const wanted = results.codecs.filter(
    ({ series, setting, quality }) =>
      [3, 6, 12].includes(quality ?? 0) ||
      (series === 'Opus' && ['8 kbit/s', '12 kbit/s', '16 kbit/s'].includes(setting)),
  );
  return table(wanted, NARROW, 1);
}

function table(
  rows: readonly ResultsRow[],
  columns: readonly Column[],
  rateDigits: number,
): string {
  const there = columns.filter(({ metric }) => rows.some((row) => row.metrics[metric]));
  const lines = [
    `| | kbit/s | ${there.map(({ head }) => head).join(' | ')} |`,
    `|---|---:|${there.map(() => '---:').join('|')}|`,
  ];
  for (const row of rows) {
    const cells = there.map(({ metric, digits }) => {
      const value = row.metrics[metric]?.mean;
      return value === undefined ? 'n/a' : signed(value.toFixed(digits));
    });
    const name =
      row.quality === undefined
        ? `${row.series}, set to ${row.setting}`
        : `${row.series} ${row.setting}`;
    lines.push(`| ${name} | ${row.kbps.toFixed(rateDigits)} | ${cells.join(' | ')} |`);
  }
  return lines.join('\n');
}

/** With a minus sign, as in the other tables. */
const signed = (text: string): string => text.replace(/^-(?=.*[1-9])/, '−').replace(/^-/, '');
