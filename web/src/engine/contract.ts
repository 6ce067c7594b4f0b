// What the page asks of a codec, whichever way it is computed. Both engines run in workers.
import type { LiveLatency } from 'motet/worklet';
import { Problem } from '../problem';
import type { FeaturesSummary } from './features';

export type EngineId = 'motet' | 'onnx';

export const ENGINE_NAMES: Record<EngineId, string> = {
  motet: 'Motet',
  onnx: 'ONNX Runtime Web',
};

/** PCM at 44.1 kHz that is read in pieces, so that no second copy of all of it is needed. */
export interface PcmSource {
  readonly channels: 1 | 2;
  /** Per channel. */
  readonly samples: number;
  /** New arrays, one per channel, that the caller may give away. */
  read(from: number, count: number): Float32Array<ArrayBuffer>[];
}

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
  tags?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

export interface DecodeOptions {
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
  /** Gets the PCM in order; decoding waits for the promise that it returns. */
  onChunk: (channelData: Float32Array<ArrayBuffer>[]) => void | Promise<void>;
}

/** In seconds. */
export interface Part {
  from: number;
  duration: number;
}

export interface StreamFacts {
  readonly channels: 1 | 2;
  readonly quality: number;
  /** Per channel. */
  readonly samples: number;
  readonly bytes: number;
  readonly tags: ReadonlyArray<readonly [string, string]>;
}

export interface DecodeReport {
  samples: number;
  /** Sentences about damage that was bridged. */
  damage: string[];
  timesRealTime: number;
}

/** Sound that plays while it is decoded. Events: 'change' of anything below, 'ended'. */
export interface Playback extends EventTarget {
  readonly duration: number;
  /** Seconds. */
  readonly position: number;
  readonly playing: boolean;
  readonly damage: readonly string[];
  play(): Promise<void>;
  pause(): void;
  seek(seconds: number): Promise<void>;
  close(): void;
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

/** `detail` is what the browser said. */
export function notLoaded(id: EngineId, detail: string): Problem {
  const words =
    id === 'onnx'
      ? 'ONNX Runtime could not be loaded. It can be used offline only after it was used once.'
      : 'A part of this page could not be loaded. Are you offline?';
  return new Problem('not-loaded', words, detail);
}

export async function loadEngine(id: EngineId): Promise<Engine> {
  const engine = id === 'motet' ? import('./motet') : import('./onnx');
  const { load } = await engine.catch((error: unknown) => {
    throw notLoaded(id, String(error));
  });
  return load();
}

/** Counts seconds of audio against those of the clock. */
export class Stopwatch {
  readonly #start = performance.now();

  constructor(
    private readonly sampleRate: number,
    private readonly total: number,
  ) {}

  progress(samples: number): Progress {
    const seconds = samples / this.sampleRate;
    const elapsed = (performance.now() - this.#start) / 1000;
    return {
      fraction: this.total === 0 ? 1 : Math.min(1, samples / this.total),
      seconds,
      timesRealTime: elapsed > 0 ? seconds / elapsed : 0,
    };
  }
}

/** User Timing mark: the first samples that came out of a decoder. The benchmark reads it. */
export function markFirstAudio(): void {
  if (performance.getEntriesByName('motet:first-audio').length === 0) {
    performance.mark('motet:first-audio');
  }
}
