// What the page asks of a codec, whichever way it is computed: types alone. The registry loads the
// engines; both run in workers.
import type { MusicFeatures } from 'motet';
import type { LiveLatency } from 'motet/worklet';
import type { PcmSource } from '../audio/pcm';
import type { Playback } from '../audio/playback';
import type { Tags } from '../audio/tags';

export type EngineId = 'motet' | 'onnx';

export interface CodecInfo {
  /** Of the model, 16 hexadecimal digits. */
  readonly identity: string;
  readonly sampleRate: number;
  readonly packetSamples: number;
  readonly delaySamples: number;
  readonly maxQuality: number;
  readonly defaultQuality: number;
  /** Files are then smaller than their packets. */
  readonly entropyCoding: boolean;
}

export interface Progress {
  /** 0..1 */
  fraction: number;
  /** Of audio that are done. */
  seconds: number;
  timesRealTime: number;
}

export interface EncodeOptions {
  quality: number;
  /** A whole `.motet` file (default), or its packets alone. */
  framing?: 'stream' | 'packets';
  tags?: Tags;
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

export interface DecodeOptions {
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
  /** Gets the PCM in order; decoding waits for the promise that it returns. */
  onChunk: (channelData: Float32Array<ArrayBuffer>[]) => void | Promise<void>;
  /** With 32-bit floats, so that engines can be compared, instead of what is fastest. */
  exact?: boolean;
}

/** In seconds. */
export interface Part {
  from: number;
  duration: number;
}

/** Of a stream, with as many rows as a screen can show. */
export interface FeaturesSummary extends MusicFeatures {
  /** Clear peaks of the onset strength. */
  readonly hitsPerMinute: number;
}

export interface StreamFacts {
  readonly channels: 1 | 2;
  readonly quality: number;
  /** Per channel. */
  readonly samples: number;
  readonly bytes: number;
  readonly tags: Tags;
  /** Sentences about damage that is concealed. */
  readonly damage: readonly string[];
}

export interface DecodeReport {
  samples: number;
  /** Sentences about damage that was concealed. */
  damage: string[];
  timesRealTime: number;
}

/** Microphone → encoder → decoder → speakers, until it is stopped. */
export interface Live {
  /** Bytes that the encoder handed to the decoder so far. */
  bytes(): number;
  stop(): void;
}

export interface Engine {
  readonly id: EngineId;
  readonly info: CodecInfo;
  packetBytes(quality: number): number;
  /** Everything that encoding and decoding need is loaded and waits in workers. */
  warmUp(): Promise<void>;
  encode(source: PcmSource, options: EncodeOptions): Promise<Uint8Array<ArrayBuffer>>;
  decode(bytes: Uint8Array<ArrayBuffer>, options: DecodeOptions): Promise<DecodeReport>;
  /** Of a part, if only some of its seconds are asked for. */
  features(bytes: Uint8Array<ArrayBuffer>, part?: Part): Promise<FeaturesSummary>;
  inspect(bytes: Uint8Array<ArrayBuffer>): Promise<StreamFacts>;
  playback(context: AudioContext, bytes: Uint8Array<ArrayBuffer>): Promise<Playback>;
  /** Not every engine can work packet by packet. */
  live?(
    context: AudioContext,
    stream: MediaStream,
    quality: number,
    onLatency: (latency: LiveLatency) => void,
    onError: (error: unknown) => void,
  ): Promise<Live>;
  free(): void;
}
