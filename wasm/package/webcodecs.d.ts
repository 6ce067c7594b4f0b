// Encoder and decoder with the shape of WebCodecs' AudioEncoder and AudioDecoder: states, queues, events and
// errors are theirs (https://www.w3.org/TR/webcodecs/). They work in workers, also in Node.
//
//   const decoder = new MotetAudioDecoder({ output: (audio) => play(audio), error: console.error });
//   const encoder = new MotetAudioEncoder({
//     output(chunk, { decoderConfig }) {
//       if (decoderConfig) decoder.configure({ ...decoderConfig, model });
//       decoder.decode(chunk);
//     },
//     error: console.error,
//   });
//   encoder.configure({ codec: 'motet', sampleRate: 44100, numberOfChannels: 2, bitrate: 5000, model });
//   encoder.encode(audioData);
//   await encoder.flush();
import type { ByteArray, FloatArray, Model } from './index.js';

/** What encode() reads of an AudioData: those of the browser, MotetAudioData, and others of the shape. */
export interface AudioDataLike {
  readonly format: string | null;
  /** Hz. */
  readonly sampleRate: number;
  readonly numberOfFrames: number;
  readonly numberOfChannels: number;
  /** Microseconds. */
  readonly timestamp: number;
  copyTo(destination: FloatArray, options: { planeIndex: number; format: 'f32-planar' }): void;
}

/** What decode() reads of an EncodedAudioChunk. */
export interface EncodedAudioChunkLike {
  readonly type: 'key' | 'delta';
  /** Microseconds. */
  readonly timestamp: number;
  /** Microseconds; null: as long as its packets. */
  readonly duration: number | null;
  readonly byteLength: number;
  copyTo(destination: ByteArray): void;
}

export interface MotetCodecConfig {
  /**
   * 'motet', or as an encoder tells it to decoders: 'motet.', the codecIdentity of the model, '.', the
   * quality with two digits.
   */
  codec: string;
  /** Hz: the model's. */
  sampleRate: number;
  /** 1 or 2. */
  numberOfChannels: number;
  model: Model;
  /** 1..12; default: what `codec` says, or the best within `bitrate`, or the model's. */
  quality?: number;
}

export interface MotetEncoderConfig extends MotetCodecConfig {
  /** Bits per second of the packets, at most. */
  bitrate?: number;
}

export interface MotetChunkMetadata {
  /** With the first chunk after configure(): what a decoder is to be told, besides its model. */
  decoderConfig?: { codec: string; sampleRate: number; numberOfChannels: number };
}

export type MotetCodecState = 'unconfigured' | 'configured' | 'closed';

/**
 * AudioData in, chunks of one packet (23 ms) out. A chunk is an EncodedAudioChunk where the browser has
 * them, else a MotetEncodedAudioChunk; all are of type 'key'. Their durations together are those of
 * the audio: the last ones, which carry the codec's delay, last no time.
 *
 * Events: 'dequeue', when encodeQueueSize got smaller.
 */
export class MotetAudioEncoder extends EventTarget {
  constructor(init: {
    output: (chunk: EncodedAudioChunkLike, metadata: MotetChunkMetadata) => void;
    /** A fault has closed the encoder: NotSupportedError of configure(), else EncodingError. */
    error: (error: DOMException) => void;
  });
  static isConfigSupported(
    config: MotetEncoderConfig,
  ): Promise<{ supported: boolean; config: MotetEncoderConfig }>;
  readonly state: MotetCodecState;
  /** Calls of encode() that the encoder has not begun. */
  readonly encodeQueueSize: number;
  ondequeue: ((event: Event) => void) | null;
  /** TypeError for what is no configuration; one that is not supported is told to `error`. */
  configure(config: MotetEncoderConfig): void;
  /**
   * Takes a copy: the caller may close the data. InvalidStateError unless it is configured, TypeError for
   * data that was closed. Data of another rate or number of channels is an EncodingError.
   */
  encode(data: AudioDataLike): void;
  /** Resolves when all chunks are out; what is encoded afterwards begins anew. */
  flush(): Promise<void>;
  /** Forgets everything, the configuration too; flush() calls that wait reject with AbortError. */
  reset(): void;
  close(): void;
}

/**
 * Chunks in, AudioData out (MotetAudioData where the browser has none), with the timestamps of the audio
 * that was encoded, and as long as the chunks last.
 *
 * What is lost is concealed: packets that are missing between the timestamps of two chunks, up to ten
 * seconds, and a chunk of no bytes, which stands for as many as its duration has. Other jumps begin
 * anew.
 *
 * Events: 'dequeue', when decodeQueueSize got smaller.
 */
export class MotetAudioDecoder extends EventTarget {
  constructor(init: {
    output: (data: AudioDataLike & { readonly duration: number; close(): void }) => void;
    /** A fault has closed the decoder: NotSupportedError of configure(), else EncodingError. */
    error: (error: DOMException) => void;
  });
  static isConfigSupported(
    config: MotetCodecConfig,
  ): Promise<{ supported: boolean; config: MotetCodecConfig }>;
  readonly state: MotetCodecState;
  /** Calls of decode() that the decoder has not begun. */
  readonly decodeQueueSize: number;
  ondequeue: ((event: Event) => void) | null;
  /** TypeError for what is no configuration; one that is not supported is told to `error`. */
  configure(config: MotetCodecConfig): void;
  /**
   * InvalidStateError unless it is configured; DataError for a 'delta' chunk after configure() or
   * flush(). Bytes that are no whole packets are an EncodingError.
   */
  decode(chunk: EncodedAudioChunkLike): void;
  /** Resolves when all audio is out; what is decoded afterwards begins anew. */
  flush(): Promise<void>;
  /** Forgets everything, the configuration too; flush() calls that wait reject with AbortError. */
  reset(): void;
  close(): void;
}

/** AudioData for where there is none: float samples. */
export class MotetAudioData implements AudioDataLike {
  constructor(init: {
    format: 'f32-planar' | 'f32';
    sampleRate: number;
    numberOfFrames: number;
    numberOfChannels: number;
    timestamp: number;
    data: ArrayBuffer | ArrayBufferView;
  });
  readonly format: 'f32-planar' | null;
  readonly sampleRate: number;
  readonly numberOfFrames: number;
  readonly numberOfChannels: number;
  readonly timestamp: number;
  /** Microseconds. */
  readonly duration: number;
  allocationSize(options: {
    planeIndex: number;
    frameOffset?: number;
    frameCount?: number;
    format?: 'f32-planar';
  }): number;
  copyTo(
    destination: ArrayBuffer | ArrayBufferView,
    options: {
      planeIndex: number;
      frameOffset?: number;
      frameCount?: number;
      format?: 'f32-planar';
    },
  ): void;
  clone(): MotetAudioData;
  close(): void;
}

/** EncodedAudioChunk for where there is none. */
export class MotetEncodedAudioChunk implements EncodedAudioChunkLike {
  constructor(init: {
    type: 'key' | 'delta';
    timestamp: number;
    duration?: number;
    data: ArrayBuffer | ArrayBufferView;
  });
  readonly type: 'key' | 'delta';
  readonly timestamp: number;
  readonly duration: number | null;
  readonly byteLength: number;
  copyTo(destination: ArrayBuffer | ArrayBufferView): void;
}
