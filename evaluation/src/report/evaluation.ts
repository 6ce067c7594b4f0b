// What the page of an evaluation shows: plain data, which the page gets as JSON.
import type { Interval } from '../analysis/bootstrap';
import type { CodeStatistics } from '../analysis/codes';
import type { Metric } from '../analysis/metrics';
import type { SignTest } from '../analysis/sign-test';
import type { Missing } from '../codecs/codec';

export type MetricFacts = Omit<Metric, 'of'>;

export interface CodecResult {
  id: string;
  series: string;
  setting: string;
  note?: string;
  quality?: number;
  /** Of whole files, all clips together. */
  kbps: number;
  /** By metric, in the order of `metrics`. */
  summary: (Interval | null)[];
  /** [metric][clip] */
  values: (number | null)[][];
  /** By band, means over the clips. */
  bandLevels: (number | null)[];
  bandErrors: (number | null)[];
  /** By time from an onset, means over the clips. */
  onsetErrors: (number | null)[];
  /** The most samples that its decoder was late; 0 where all were in time. */
  late: number;
}

/** Two settings on the same clips. */
export interface Pair {
  a: string;
  b: string;
  /** By metric: how much better a is, in the metric's unit; above 0 where a wins. */
  tests: ({ test: SignTest; difference: Interval } | null)[];
}

export interface ClipFacts {
  id: string;
  track: string;
  kind: string;
  seconds: number;
}

export interface ExampleSound {
  label: string;
  /** Empty for the original. */
  codec: string;
  kbps?: number;
  /** In base64. */
  flac: string;
}

export interface Example {
  clip: string;
  title: string;
  why: string;
  sounds: ExampleSound[];
}

export interface EvaluationData {
  form: 'evaluation';
  title: string;
  made: string;
  program: string;
  music: string;
  clips: ClipFacts[];
  metrics: MetricFacts[];
  codecs: CodecResult[];
  missing: Missing[];
  bandsHz: number[];
  onsetMs: number[];
  pairs: Pair[];
  /** Other sounds, on which a few settings were measured. */
  extras: { title: string; says: string; metrics: MetricFacts[]; codecs: CodecResult[] }[];
  codes: { series: string; statistics: CodeStatistics[] }[];
  examples: Example[];
}
