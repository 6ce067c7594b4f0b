// What the page of a dataset shows.
import type { ExampleSound } from '../report/evaluation';

export interface TrackFacts {
  name: string;
  package: string;
  split: string;
  seconds: number;
  /** Of the whole track, where the dataset says it. */
  bandwidthHz: number | null;
  /** Of the minute in the middle: */
  loudnessLufs: number | null;
  /** Side against mid in dB; null for one channel or silence. */
  widthDb: number | null;
  /** Beats per minute; null where nothing recurs. */
  tempo: number | null;
  /** Level of each third of an octave in dB, against the loudest; null where there is nothing. */
  spectrum: (number | null)[];
}

export interface DatasetData {
  form: 'dataset';
  title: string;
  made: string;
  folder: string;
  packages: { name: string; version: string; kind: string; licence: string; weight: number }[];
  tracks: TrackFacts[];
  bandsHz: number[];
  /** Pairs of tracks that are the same, or seem to be. */
  duplicates: { a: string; b: string; how: string }[];
  examples: (ExampleSound & { package: string })[];
}
