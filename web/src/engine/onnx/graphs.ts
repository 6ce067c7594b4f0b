// What the ONNX graphs say about themselves, read at build time.
import entropyUrl from 'virtual:onnx-entropy';
import metadata from 'virtual:onnx-metadata';
import type { CodecInfo } from '../contract';

const LEVELS = ['coarse', 'mid', 'fine'] as const;
type LevelName = (typeof LEVELS)[number];

interface Level {
  lookahead: number[];
}

interface Config {
  encoder: Record<LevelName, Level>;
}

const config = JSON.parse(metadata.config!) as Config;

/** Frames of the fine rate for one of a level. */
const STRIDES: Record<LevelName, number> = { fine: 1, mid: 2, coarse: 4 };

const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);

/** Of a packet of quality 1, 2 and so on. */
const PACKET_BYTES = metadata.packet_bytes!.split(',').map(Number);

export const codecInfo: CodecInfo = {
  identity: metadata.identity!,
  sampleRate: Number(metadata.sample_rate),
  packetSamples: Number(metadata.packet_samples),
  delaySamples: Number(metadata.delay_samples),
  maxQuality: PACKET_BYTES.length,
  defaultQuality: Number(metadata.default_quality),
  entropyCoding: entropyUrl !== undefined,
};

/** Of the model without its entropy model: fixed-width streams of it are the same. */
export const CODEC_IDENTITY = metadata.codec_identity;

/** Bytes of a packet of the highest quality: a row of the graphs. */
export const ROW_BYTES = packetBytes(PACKET_BYTES.length);
/** Stands for a byte that is not there. */
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
  return PACKET_BYTES[quality - 1] ?? 0;
}

export function packetsOf(samples: number): number {
  return Math.ceil((samples + codecInfo.delaySamples) / codecInfo.packetSamples);
}

/** Packets that a graph must be given before the first one that counts, to give the same result. */
export const PREROLL = {
  encoder: Number(metadata.encoder_preroll_packets),
  decoder: Number(metadata.decoder_preroll_packets),
};

/** Rows of features that pass before those of the first sample of a stream. */
export const FEATURE_DELAY_ROWS = Math.floor(
  sum(LEVELS.map((name) => sum(config.encoder[name].lookahead) * STRIDES[name])) / STRIDES.mid,
);
