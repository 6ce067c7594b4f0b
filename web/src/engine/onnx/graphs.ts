// What the ONNX graphs say about themselves (read at build time), and how far back they look.
import entropyUrl from 'virtual:onnx-entropy';
import metadata from 'virtual:onnx-metadata';
import type { CodecInfo } from '../contract';

const LEVELS = ['coarse', 'mid', 'fine'] as const;
type LevelName = (typeof LEVELS)[number];

interface Level {
  lookahead: number[];
}

interface Config {
  packet: number;
  analysis: { hop: number };
  encoder: Record<LevelName, Level> & {
    features: { kernel: number; dilation: number };
  };
  decoder: Record<LevelName, Level>;
  quantizer: { per_level: number; context: number };
  block: { kernel: number };
}

const config = JSON.parse(metadata.config!) as Config;

const STRIDES: Record<LevelName, number> = { fine: 1, mid: 2, coarse: 4 };

const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);

/** Codes of a packet that each step of the ladder adds (docs/ARCHITECTURE.md). */
function ladder({ per_level, context }: Config['quantizer']): number[] {
  const steps: number[] = [];
  for (let first = 0; first < per_level; first += context) {
    for (const level of LEVELS) {
      const codes = STRIDES.coarse / STRIDES[level];
      for (let i = first; i < Math.min(first + context, per_level); ++i) steps.push(codes);
    }
  }
  return steps;
}

const LADDER = ladder(config.quantizer);

export const codecInfo: CodecInfo = {
  identity: metadata.identity!,
  sampleRate: Number(metadata.sample_rate),
  packetSamples: Number(metadata.packet_samples),
  delaySamples: Number(metadata.delay_samples),
  maxQuality: LADDER.length,
  defaultQuality: Number(metadata.default_quality),
  entropyCoding: entropyUrl !== undefined,
};

/** Of the model without its entropy model: fixed-width streams of it are the same. */
export const CODEC_IDENTITY = metadata.codec_identity;

/** Codes of a packet of the highest quality: a row of the graphs. */
export const ROW_CODES = packetBytes(LADDER.length);
/** Stands for a code that is not there. */
export const ABSENT = 256;
export const FEATURE_NAMES: readonly string[] = [
  ...['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'].map(
    (key) => `chroma.${key}`,
  ),
  'onset',
  'centroid',
  'spread',
  'flatness',
  'rolloff',
];
export const FEATURE_ROWS_PER_PACKET = 2;

export function packetBytes(quality: number): number {
  return sum(LADDER.slice(0, quality));
}

export function packetsOf(samples: number): number {
  return Math.ceil((samples + codecInfo.delaySamples) / codecInfo.packetSamples);
}

/** Frames of the fine rate that blocks of a level and their delays reach back. */
function reach(level: Level, name: LevelName): number {
  return (
    (level.lookahead.length * (config.block.kernel - 1) + sum(level.lookahead)) * STRIDES[name]
  );
}

const FINE_FRAMES_PER_PACKET = config.packet / config.analysis.hop;

// Upper bounds of the receptive fields: as if every path went through every level. The three extra
// packets are for resampling between levels and the overlap of the transforms.
function packetsBack(levels: Record<LevelName, Level>, extraFrames: number): number {
  const frames = sum(LEVELS.map((name) => reach(levels[name], name))) + extraFrames;
  return Math.ceil(frames / FINE_FRAMES_PER_PACKET) + 3;
}

const { kernel, dilation } = config.encoder.features;

/** Packets that a graph must be given before the first one that counts, to give the same result. */
export const PREROLL = {
  encoder: packetsBack(config.encoder, ((kernel - 1) * dilation + 1) * STRIDES.coarse),
  decoder: packetsBack(config.decoder, 0),
};

/** Rows of features that pass before those of the first sample of a stream. */
export const FEATURE_DELAY_ROWS = Math.floor(
  sum(LEVELS.map((name) => sum(config.encoder[name].lookahead) * STRIDES[name])) / STRIDES.mid,
);
