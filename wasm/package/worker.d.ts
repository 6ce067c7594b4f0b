/// <reference lib="esnext.disposable" />
// The same codec in a worker: every method of Encoder and Decoder, asynchronous.
import type {
  ByteArray,
  DecodedAudio,
  DecodedPart,
  DecoderOptions,
  EncoderOptions,
  Model,
  SeekSource,
  StreamHeader,
} from './index.js';

export interface CallOptions {
  /** Aborting drops what the call was to do: calls after it are refused ('invalid-argument') until reset(). */
  signal?: AbortSignal;
  /**
   * Hand the arrays' buffers over to the worker instead of copying them; they are empty here
   * afterwards (views of a part of a buffer are copied nevertheless). Default false.
   */
  transfer?: boolean;
}

/** Encoder in a worker of its own: see Encoder. Calls are answered in order; errors reject. */
export class EncoderWorker {
  private constructor();
  static create(
    model: Model,
    options?: EncoderOptions & { signal?: AbortSignal },
  ): Promise<EncoderWorker>;
  readonly quality: number;
  readonly channels: 1 | 2;
  encode(channelData: readonly Float32Array[], options?: CallOptions): Promise<ByteArray>;
  flush(options?: CallOptions): Promise<ByteArray>;
  reset(): Promise<void>;
  /** Ends the worker; calls that wait reject. */
  free(): void;
  [Symbol.dispose](): void;
}

/** Decoder in a worker of its own: see Decoder. Calls are answered in order; errors reject. */
export class DecoderWorker {
  private constructor();
  static create(
    model: Model,
    options?: DecoderOptions & { signal?: AbortSignal },
  ): Promise<DecoderWorker>;
  /** Of the stream; undefined until its header has arrived, and for bare packets. */
  readonly header: StreamHeader | undefined;
  decode(bytes: Uint8Array | ArrayBuffer, options?: CallOptions): Promise<DecodedAudio>;
  decodeSome(
    bytes: Uint8Array | ArrayBuffer,
    samples: number,
    options?: CallOptions,
  ): Promise<DecodedPart>;
  flush(options?: CallOptions): Promise<DecodedAudio>;
  conceal(packets: number, options?: CallOptions): Promise<DecodedAudio>;
  seek(sample: number, source: SeekSource, options?: CallOptions): Promise<number>;
  reset(): Promise<void>;
  free(): void;
  [Symbol.dispose](): void;
}
