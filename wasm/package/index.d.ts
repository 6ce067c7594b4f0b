/// <reference lib="esnext.disposable" />
// Motet: a neural codec for music, 44.1 kHz stereo at 0.3 to 12 kbit/s.
//
//   import { Model, encodeFile, decodeFile } from 'motet';
//   import { modelUrl } from 'motet/model';
//   const model = await Model.load(modelUrl);
//   const bytes = await encodeFile(model, [left, right]);   // a whole `.motet` file
//   const { channelData } = await decodeFile(model, bytes);
//
// PCM is planar: one Float32Array per channel (1 or 2), 44.1 kHz, nominal range -1..1. All
// synchronous methods throw MotetError; all promises reject with it, or with the AbortSignal's
// reason. Every argument is checked: one that does not fit is an 'invalid-argument', whose message names
// it, the value and what was wanted.

// Arrays that Blob, AudioBuffer and the like take: `Uint8Array<ArrayBuffer>` to TypeScript 5.7 and
// later, `Uint8Array` to those before, which do not know the longer form.
export type ByteArray = ReturnType<Uint8ArrayConstructor['of']>;
export type FloatArray = ReturnType<Float32ArrayConstructor['of']>;

/** The kind of an error. MotetError.message says in one sentence what was wrong. */
export type MotetErrorCode =
  | 'invalid-argument' // the caller asked for something that does not exist (quality 13, 3 channels)
  | 'not-found' // the address of a model or of motet.wasm answers with nothing
  | 'io' // loading failed on the way
  | 'not-motet' // wrong magic: the bytes are something else
  | 'unsupported-version' // a version that this package does not read
  | 'corrupt' // a checksum, length or structure that does not hold
  | 'truncated' // the bytes end too early
  | 'model-mismatch' // this stream was made with another model
  | 'out-of-memory' // an allocation failed
  | 'no-simd' // this browser has no WebAssembly SIMD
  | 'freed' // the object was freed before
  | 'internal'; // not expected: please report it

/** The error that everything here throws, or rejects with. */
export class MotetError extends Error {
  constructor(code: MotetErrorCode, message: string);
  readonly name: 'MotetError';
  readonly code: MotetErrorCode;
}

/** A place that bytes come from: an address, a response, or the bytes themselves. */
export type ByteSource = string | URL | Response | ArrayBuffer | Uint8Array;

export interface LoadProgress {
  /** Bytes that have arrived. */
  loaded: number;
  /** Bytes in all; undefined when the server does not say. */
  total: number | undefined;
}

export interface LoadOptions {
  /** Called as the bytes of the model arrive. */
  onProgress?: (progress: LoadProgress) => void;
  /** Aborting it stops loading. */
  signal?: AbortSignal;
  /** Where motet.wasm is, if not beside this module. The first load decides for the whole page. */
  wasm?: ByteSource | WebAssembly.Module;
}

/** Whether this browser (or Node) runs WebAssembly with SIMD, which Motet needs. */
export function isSupported(): boolean;

/** What a model is, as counted from its configuration and tensors. */
export interface ModelInfo {
  readonly name: string;
  /** 16 hexadecimal digits: what decoding depends on. Streams name it. */
  readonly identity: string;
  /** Identity of the same model without its entropy model: all that fixed-width streams depend on. */
  readonly codecIdentity: string;
  /** How the file stores most weights. */
  readonly storage: 'f32' | 'f16' | 'int8';
  /** Hz. */
  readonly sampleRate: number;
  /** Samples per channel of one packet: 1024. */
  readonly packetSamples: number;
  /** Steps of the quality ladder: 12. */
  readonly maxQuality: number;
  /** 6. */
  readonly defaultQuality: number;
  /** Trained values of encoder, quantizers and decoder. */
  readonly parameters: number;
  /** Whether it has an entropy model: streams can be, and are by default, entropy-coded. */
  readonly entropyCoding: boolean;
  /** Samples by which decoded packets are later than what was encoded; a stream's are cut off. */
  readonly delaySamples: number;
  /** Delay plus one packet, in milliseconds. */
  readonly latencyMs: number;
  /**
   * Packets after which an encoder, and a decoder, is as if it had heard all that came before: one that
   * begins so many packets early gives the same from there on, bit for bit; a decoder, if besides the
   * number of the packet that it begins with is even.
   */
  readonly encoderPrerollPackets: number;
  readonly decoderPrerollPackets: number;
  /** 10^9 multiply-adds per second of stereo at the default quality. */
  readonly encoderGmacPerSecond: number;
  readonly decoderGmacPerSecond: number;
}

/** A trained model, read-only and shared by any number of encoders and decoders. */
export class Model {
  private constructor();
  /**
   * Loads motet.wasm (once) and the model. Rejects with 'not-found', 'io', 'not-motet',
   * 'unsupported-version', 'corrupt', 'truncated', 'model-mismatch' (a tensor contradicts the
   * configuration), 'out-of-memory' or 'no-simd'.
   */
  static load(source: ByteSource, options?: LoadOptions): Promise<Model>;
  readonly info: ModelInfo;
  /** Bytes of one packet at a quality (1..maxQuality), before entropy coding. */
  packetBytes(quality: number): number;
  /**
   * Bit rate of the packets of a quality in kbit/s: an upper bound of what they take in an
   * entropy-coded stream. Pages and header add a few bytes.
   */
  bitrate(quality: number): number;
  /** Frees the memory once the last encoder and decoder that use it are freed too. */
  free(): void;
  [Symbol.dispose](): void;
}

/** Title, artist and so on: pairs of text. Keys may repeat in the array form. */
export type Tags =
  | Readonly<Record<string, string>>
  | ReadonlyMap<string, string>
  | ReadonlyArray<readonly [string, string]>;

/**
 * What encoded bytes look like: a whole `.motet` stream (header, checked pages, end), or bare
 * packets of `packetBytes(quality)` bytes for transports of their own.
 */
export type Framing = 'stream' | 'packets';

/**
 * How a stream holds its packets: 'fixed' as they are, a byte for each code; 'entropy' with fewer bits
 * for likely codes (range coding), which is smaller and decodes to the same samples.
 */
export type Coding = 'entropy' | 'fixed';

export interface EncoderOptions {
  /** 1..12; default: the model's (6). */
  quality?: number;
  /** Of the PCM that comes in: 1 or 2 (default). */
  channels?: 1 | 2;
  framing?: Framing;
  /** Default: 'entropy' where the model can. Bare packets are never entropy-coded. */
  coding?: Coding;
  tags?: Tags;
  /**
   * Packets that a page of the stream collects (1..255, default 128): fewer is less delay, and more
   * bytes: each page begins anew, for entropy coding too.
   */
  packetsPerPage?: number;
  /** Length of the whole stream per channel, if known: it is then in the header at once. */
  samples?: number;
}

/** PCM in, bytes out, in chunks of any size: the bytes do not depend on how the PCM was cut. */
export class Encoder {
  /** Throws 'invalid-argument', 'freed' (the model was) or 'out-of-memory'. */
  constructor(model: Model, options?: EncoderOptions);
  /** With the defaults filled in. */
  readonly quality: number;
  readonly channels: 1 | 2;
  /**
   * Takes PCM (arrays of equal length) and returns every byte that is ready, often none. Samples that
   * are not finite count as 0, others are clamped to ±1000.
   */
  encode(channelData: readonly Float32Array[]): ByteArray;
  /** Ends the stream and returns the rest of its bytes. The encoder is then as new. */
  flush(): ByteArray;
  /** Back to the state of a new encoder. */
  reset(): void;
  /** Frees its memory; every later call throws 'freed'. */
  free(): void;
  [Symbol.dispose](): void;
}

/** Damage that was found while decoding; lost packets are concealed. */
export interface DecodeError {
  readonly code: 'corrupt' | 'truncated';
  readonly message: string;
  /** Number of the first lost packet. */
  readonly packet: number;
  /** Number of lost packets; 0 if the damaged bytes belong to no packet. */
  readonly packets: number;
}

export interface DecodedAudio {
  /** One array per channel; views that belong to the caller. */
  channelData: FloatArray[];
  /** Samples per channel. */
  samplesDecoded: number;
  /** Hz. */
  sampleRate: number;
  /** Damage in the order of the stream; empty if there was none. Lost packets are concealed. */
  errors: DecodeError[];
}

export interface DecodedPart extends DecodedAudio {
  /** Whether the bytes are used up. */
  done: boolean;
}

/** What stands at the beginning of a stream. */
export interface StreamHeader {
  /** Of the stream format (docs/FORMAT.md): 0. */
  readonly version: number;
  /** Hz. */
  readonly sampleRate: number;
  /** Of the PCM that was encoded. */
  readonly channels: 1 | 2;
  /** 1..12. */
  readonly quality: number;
  /** Of one packet, before entropy coding. */
  readonly packetBytes: number;
  readonly coding: Coding;
  /** Per channel; undefined until the end of a stream whose encoder did not know it. */
  readonly samples: number | undefined;
  /**
   * Samples per channel at the beginning, after the codec's delay, that are decoded and dropped: of parts that
   * were cut out of streams (`motet cut`), which begin with packets that only prepare the decoder.
   */
  readonly preSkip: number;
  /** Identity of the model that decodes it: 16 hexadecimal digits. */
  readonly modelIdentity: string;
  readonly tags: ReadonlyArray<readonly [string, string]>;
  /** Of a stream that was joined (`motet cat`) the parts, two or more; otherwise none. */
  readonly parts: readonly StreamPart[];
}

/**
 * One of the streams that a joined stream was made of. Its sound is that of the stream, but for 256
 * samples, in which that before fades out.
 */
export interface StreamPart {
  /** Per channel. */
  readonly samples: number;
  readonly packets: number;
  /** As that of a header. */
  readonly preSkip: number;
}

export interface DecoderOptions {
  framing?: Framing;
  /** Of bare packets; streams say it themselves. Default: the model's. */
  quality?: number;
  /** Of the PCM that comes out, for bare packets; streams say it themselves. Default 2. */
  channels?: 1 | 2;
  /**
   * Seconds of a stream that are lost in a row and concealed: a longer gap is an error, since a few
   * bytes may claim hours. 0 conceals nothing, Infinity whatever is lost. Default 10.
   */
  maxConcealedSeconds?: number;
  /**
   * Damage is an error ('corrupt', or 'truncated' where the end is missing) instead of an entry of `errors`.
   * Default false.
   */
  strict?: boolean;
  /**
   * What the large matrix products are computed with. 'int8' (default): 8-bit integers, where the model
   * file holds them, which is faster. 'f32': the reference, within 1e-4 of the ONNX graphs on every
   * machine. No measure of quality differs; samples differ by something 32 to 50 dB below the sound.
   */
  precision?: 'int8' | 'f32';
}

/**
 * What a seek reads: the bytes of the whole stream, or whoever reads them. `read` gives `bytes` bytes from
 * byte `offset` on, fewer where the stream ends; it is asked for some kilobytes, a few times.
 */
export type SeekSource =
  | Uint8Array
  | ArrayBuffer
  | {
      /** Of the stream, in bytes. */
      readonly size: number;
      read(
        offset: number,
        bytes: number,
      ): Uint8Array | ArrayBuffer | Promise<Uint8Array | ArrayBuffer>;
    };

/**
 * Bytes in, PCM out, in chunks of any size. A stream comes out exactly as long as it went in; bare
 * packets come out `delaySamples` late. After `flush` it has ended: nothing more comes until
 * `reset`, or `seek` in a stream.
 */
export class Decoder {
  /** Throws 'invalid-argument', 'freed' (the model was) or 'out-of-memory'. */
  constructor(model: Model, options?: DecoderOptions);
  /** Of the stream; undefined until its header has arrived, and for bare packets. */
  readonly header: StreamHeader | undefined;
  /**
   * Takes bytes and returns the samples that are ready. Throws 'not-motet', 'unsupported-version',
   * 'corrupt' (the header, or more lost in a row than is concealed) or 'model-mismatch', and again at
   * every call until reset().
   */
  decode(bytes: Uint8Array | ArrayBuffer): DecodedAudio;
  /**
   * decode() in parts, because a few bytes of a stream may hold minutes of silence: returns when it has
   * about `samples`. Unless it is `done`, call it again, with no bytes, before anything else.
   */
  decodeSome(bytes: Uint8Array | ArrayBuffer, samples: number): DecodedPart;
  /** Says that no more bytes come: the last samples, and an error if the stream ended early. */
  flush(): DecodedAudio;
  /** Bare packets only: conceals `packets` lost ones, 65,536 at most in one call. */
  conceal(packets: number): DecodedAudio;
  /**
   * Goes on with `sample` (per channel, counted from 0), and resolves to the byte of the stream from
   * which on decode() is to be given the bytes. The samples are bit for bit those that come there in
   * the whole stream; a sample beyond its end is the end. Finds the page by bisection over `source`,
   * and reads the header from it where it is not known yet. Nothing else may be called before it has
   * resolved but another seek, which takes its place. Also after the end, but not after an error: reset()
   * first. Rejects with 'invalid-argument' (also for bare packets, and if another seek took its place), with what decode() throws, and with what `source.read`
   * does.
   */
  seek(sample: number, source: SeekSource): Promise<number>;
  /** Back to the state of a new decoder. */
  reset(): void;
  /** Frees its memory; every later call throws 'freed'. */
  free(): void;
  [Symbol.dispose](): void;
}

export interface FileProgress {
  /** 0..1. */
  fraction: number;
  /** Seconds of audio that are done. */
  seconds: number;
  /** Seconds of audio done per second of time. */
  timesRealTime: number;
}

export interface FileOptions {
  /** Called now and then while the work goes on, and at its end. */
  onProgress?: (progress: FileProgress) => void;
  /** Aborting it ends the work. */
  signal?: AbortSignal;
  /**
   * Workers that share the file, each with its own segments: 0 (default) works in this thread and
   * yields to the event loop between chunks. The result is the same bit for bit whatever the number.
   */
  workers?: number;
}

export interface EncodeFileOptions extends FileOptions {
  /** 1..12; default: the model's (6). */
  quality?: number;
  /** Default: 'entropy' where the model can. */
  coding?: Coding;
  tags?: Tags;
  /** Of the PCM, in Hz: any rate but the model's is an error, instead of music at a wrong pitch. */
  sampleRate?: number;
}

/** Encodes PCM (one array per channel, 1 or 2, of equal length) to the bytes of a `.motet` file. */
export function encodeFile(
  model: Model,
  channelData: readonly Float32Array[],
  options?: EncodeFileOptions,
): Promise<ByteArray>;

/**
 * Decodes the bytes of a `.motet` file. Damage inside is concealed and reported in `errors`; rejects as
 * Decoder.decode throws, and with 'truncated' where not even the header is there.
 */
export function decodeFile(
  model: Model,
  bytes: Uint8Array | ArrayBuffer,
  options?: FileOptions & Pick<DecoderOptions, 'maxConcealedSeconds' | 'strict' | 'precision'>,
): Promise<DecodedAudio>;

export interface StreamInfo extends StreamHeader {
  /** Per channel; of a stream that is cut off no more than its packets hold, their delay included. */
  readonly samples: number;
  /** Seconds. */
  readonly duration: number;
  /** Whether the stream is there to its end; one that is cut off is described all the same. */
  readonly complete: boolean;
  /** Of the file. */
  readonly bytes: number;
  /** kbit/s, header and pages included. */
  readonly bitrateKbps: number;
  /** Of 16-bit PCM to this file. */
  readonly ratio: number;
  /** Lost ones included, as far as the bytes go. */
  readonly packets: number;
  readonly lostPackets: number;
}

/**
 * What a `.motet` file says of itself; needs motet.wasm but no model. Rejects with 'not-motet',
 * 'unsupported-version', 'corrupt' or 'truncated' if the header cannot be read.
 */
export function info(
  bytes: Uint8Array | ArrayBuffer,
  options?: Pick<LoadOptions, 'wasm'>,
): Promise<StreamInfo>;

export interface MusicFeatures {
  /** 'chroma.C' … 'chroma.B', 'onset', 'centroid', 'spread', 'flatness', 'rolloff'. */
  readonly names: readonly string[];
  /** Rows per second: 86.13. */
  readonly rowsPerSecond: number;
  readonly rows: number;
  /**
   * rows × names.length values in 0..1, row by row: zeros where packets are lost. Two rows are read
   * from each packet, and they stand where it stands in the stream: a row describes the sound that
   * is decoded the encoder's share of the delay earlier (with the shipped model one row, 11.6 ms).
   */
  readonly values: FloatArray;
}

/**
 * Reads the music features from the codes of a `.motet` file, without decoding its sound. Of a
 * stream that is cut off there are rows as far as its packets go. More than ten seconds that are lost
 * in a row are an error, unless the options ask for more; any damage is, if they are strict.
 */
export function readFeatures(
  model: Model,
  bytes: Uint8Array | ArrayBuffer,
  options?: Pick<DecoderOptions, 'maxConcealedSeconds' | 'strict'>,
): Promise<MusicFeatures>;

// --- Streams and their packets -----------------------------------------------------------------------
//
// Below encoders and decoders: what a stream holds, and streams from packets, for whoever has packets from
// elsewhere (a network, another implementation of the codec) or wants to send them on. No sound is
// coded.

/**
 * The entropy model of a model, without its networks: all that streams ask for. motet-export writes
 * such a file beside its ONNX graphs (`entropy.tensors`).
 */
export class EntropyModel {
  private constructor();
  /** Loads motet.wasm (once) and the file. A whole model file is an error: see Model. */
  static load(source: ByteSource, options?: LoadOptions): Promise<EntropyModel>;
  /** Of the model that it belongs to. */
  readonly info: Omit<
    ModelInfo,
    'storage' | 'parameters' | 'encoderGmacPerSecond' | 'decoderGmacPerSecond'
  >;
  /** Bytes of one packet at a quality (1..maxQuality), before entropy coding. */
  packetBytes(quality: number): number;
  /** Frees the memory once the last reader and writer that use it are freed too. */
  free(): void;
  [Symbol.dispose](): void;
}

export interface StreamReaderOptions {
  /** Reads packets that are entropy-coded, which are only counted without it. */
  model?: Model | EntropyModel;
  /** Where motet.wasm is, if there is no model and it is not beside this module. */
  wasm?: LoadOptions['wasm'];
}

/** What a reader meets, in the order of the stream. */
export type StreamEvent =
  | { readonly type: 'header'; readonly header: StreamHeader }
  | {
      /** `packets` packets from number `packet` on, counted from the beginning of the stream. */
      readonly type: 'packets';
      readonly packet: number;
      readonly packets: number;
      /**
       * They themselves, `header.packetBytes` each, a byte for every code, whatever the coding;
       * undefined if they are entropy-coded and the reader has no model.
       */
      readonly data: ByteArray | undefined;
      /** Byte of the stream at which their page begins. */
      readonly offset: number;
    }
  | {
      /** So many packets from number `packet` on are lost: their pages are damaged or not there. */
      readonly type: 'lost';
      readonly packet: number;
      readonly packets: number;
    }
  | {
      readonly type: 'end';
      /** Of the stream, with those that are lost. */
      readonly packets: number;
      /** Per channel: the length of the sound. */
      readonly samples: number;
    };

/**
 * Bytes of a `.motet` stream in, header, tags, packets and damage out, in chunks of any size: the events
 * do not depend on how the bytes were cut.
 */
export class StreamReader {
  private constructor();
  /** Without a model, it loads motet.wasm (once). */
  static create(options?: StreamReaderOptions): Promise<StreamReader>;
  /** Undefined until it was met; at the end with the length that the end says. */
  readonly header: StreamHeader | undefined;
  /**
   * Takes bytes and returns all that they say. A fault ('not-motet', 'unsupported-version', 'corrupt',
   * 'model-mismatch', 'truncated') is thrown after what came before it was returned, which may be by
   * the next call, and again by every call until reset(). What follows the end is not looked at.
   */
  read(bytes: Uint8Array | ArrayBuffer): StreamEvent[];
  /** Says that no more bytes come: returns what is left, or throws 'truncated'. */
  end(): StreamEvent[];
  /** Back to the state of a new reader. */
  reset(): void;
  free(): void;
  [Symbol.dispose](): void;
}

/** What the header of a new stream says; whatever the model knows may be left out. */
export interface StreamWriterOptions {
  /** Wanted for 'entropy'; without one, quality, sampleRate, packetBytes and modelIdentity are. */
  model?: Model | EntropyModel;
  /** 1..12; default: the model's. */
  quality?: number;
  /** Of the sound: 1 or 2 (default). */
  channels?: 1 | 2;
  /** Default: 'entropy' where the model can. */
  coding?: Coding;
  /** Length per channel, if known. */
  samples?: number;
  /** Samples per channel at the beginning that are dropped: see StreamHeader. Default 0. */
  preSkip?: number;
  /** Of a joined stream, whose parts make `samples` and the packets that are written. Default: none. */
  parts?: readonly StreamPart[];
  tags?: Tags;
  /** 1..255, default 128: see EncoderOptions. */
  packetsPerPage?: number;
  /** Hz: 1 to 1,000,000. */
  sampleRate?: number;
  /** Of one packet, before entropy coding: 1 to 255. */
  packetBytes?: number;
  /** 16 hexadecimal digits in lower case; default: the model's identity, of 'fixed' its codecIdentity. */
  modelIdentity?: string;
  /** Where motet.wasm is, if there is no model and it is not beside this module. */
  wasm?: LoadOptions['wasm'];
}

/**
 * Packets in, bytes of a `.motet` stream out. What a reader met is options, too: `{ ...reader.header,
 * model }`.
 */
export class StreamWriter {
  private constructor();
  /** Without a model, it loads motet.wasm (once). 'model-mismatch' if model and header differ. */
  static create(options: StreamWriterOptions): Promise<StreamWriter>;
  /** As it was asked for, with what the model said; after finish() with the length. */
  readonly header: StreamHeader;
  /**
   * The bytes that open the stream, which the first call of the others returns as well. After finish()
   * they hold the length, for files whose beginning can be written once more.
   */
  headerBytes(): ByteArray;
  /** Takes whole packets, one after another, and returns every byte that is ready. */
  write(packets: Uint8Array | ArrayBuffer): ByteArray;
  /**
   * Counts packets that are lost, 65,536 at most in a row: who reads the stream meets them as such. Ends
   * the page before them.
   */
  skip(packets: number): ByteArray;
  /**
   * Ends the stream, whose length is so many samples per channel, and returns the rest of its bytes. Decoders
   * take no stream whose packets do not make its length: n packets hold n · 1024 samples, less the model's
   * `delaySamples` and the header's `preSkip`, and up to 1023 fewer may be said.
   */
  finish(samples: number): ByteArray;
  /** Back to the state of a new writer. */
  reset(): void;
  free(): void;
  [Symbol.dispose](): void;
}

/** Whether bytes begin as a `.motet` stream does; they may be the first eight. */
export function isMotet(bytes: Uint8Array | ArrayBuffer): boolean;

/** Where a part lies in its stream: its first packet and sample. */
export interface StreamPlace {
  readonly packet: number;
  /** Infinity for a stream that is not joined. */
  readonly packets: number;
  readonly sample: number;
  /** Per channel; undefined if the header knows no length. */
  readonly samples: number | undefined;
  readonly preSkip: number;
}

/** The parts of a stream with this header, in their order; one that is not joined is a part of its own. */
export function streamParts(
  header: Pick<StreamHeader, 'parts' | 'samples' | 'preSkip'>,
): StreamPlace[];

/**
 * A stream from the page on that holds a second, as a stream of its own, and the second at which that
 * begins: seeking, without decoding what comes before. What is lost stays lost. Decoded, it is bit for
 * bit what the whole stream is once the decoder has heard `decoderPrerollPackets` of it.
 */
export function streamFrom(
  bytes: Uint8Array | ArrayBuffer,
  seconds: number,
  options?: Pick<LoadOptions, 'wasm'>,
): Promise<{ bytes: ByteArray; seconds: number }>;
