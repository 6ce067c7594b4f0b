/// <reference lib="esnext.disposable" />
// Sound in real time, in browsers: inference runs in workers, the audio thread only moves samples.
import type { DecodeError, Model, MotetError, SeekSource, StreamHeader } from './index.js';

export interface StreamPlayerOptions {
  /**
   * Seconds that are decoded ahead, more than 0; write() waits when they are full. What is decoded in
   * one go comes on top: three quarters of a second at most. Default 4.
   */
  bufferSeconds?: number;
  /**
   * Seconds that must be there before sound starts, at most bufferSeconds. Default 0.2, or
   * bufferSeconds if that is less.
   */
  startSeconds?: number;
  /**
   * Seconds at the beginning of the stream that are decoded but do not sound: for one that was cut
   * where a page begins, and is to sound from a later place on. Default 0.
   */
  skipSeconds?: number;
}

/**
 * Plays a `.motet` stream while its bytes arrive. The AudioContext should run at 44.1 kHz
 * (`new AudioContext({ sampleRate: 44100 })`); another rate is an error.
 *
 *   const player = await StreamPlayer.create(context, model);
 *   player.node.connect(context.destination);
 *   for await (const chunk of response.body) await player.write(chunk);
 *   await player.end();
 *
 * Calls take effect in the order in which they were made, whether their promises are awaited or not:
 * `socket.onmessage = ({ data }) => void player.write(data)` plays in order too.
 *
 * Events: 'header' (the stream's header is known), 'underrun' (bytes came too late), 'error'
 * (damage that was concealed, or a failure: `event.detail` is a DecodeError or MotetError), 'ended'.
 */
export class StreamPlayer extends EventTarget {
  private constructor();
  /** Rejects with 'invalid-argument' (also for a context of another sample rate) or 'internal'. */
  static create(
    context: BaseAudioContext,
    model: Model,
    options?: StreamPlayerOptions,
  ): Promise<StreamPlayer>;
  /** Two channels; connect it to what it is to sound through. */
  readonly node: AudioWorkletNode;
  readonly header: StreamHeader | undefined;
  /** Where the stream sounds, in seconds. */
  readonly currentTime: number;
  /** Seconds that are decoded and not yet played. */
  readonly buffered: number;
  /** How often sound stopped because bytes came too late. */
  readonly underruns: number;
  /** Damage so far. */
  readonly errors: readonly DecodeError[];
  /**
   * Goes on at another second, at any time before end(): what waits or sounds ends at once, and writes that
   * wait for room resolve. Resolves to the byte of the stream from which on write() is to be given the
   * bytes. Rejects as Decoder.seek() does; after 'invalid-argument' and errors of `source.read` one
   * may seek again, others end the player.
   */
  seek(seconds: number, source: SeekSource): Promise<number>;
  /** Resolves when there is room for more; the bytes must not change before. */
  write(bytes: Uint8Array | ArrayBuffer): Promise<void>;
  /**
   * Says that no more bytes come; resolves when the last sample was played. The decoder is freed by
   * then; `header`, `currentTime` and the like remain.
   */
  end(): Promise<void>;
  /** Sound stops where it is until resume(). */
  pause(): void;
  resume(): void;
  /** Stops at once and frees the decoder; calls that wait reject. */
  close(): void;
  /** The same as close(). */
  free(): void;
  [Symbol.dispose](): void;
}

export interface LiveLatency {
  /** Of the codec itself: packet and lookahead. */
  algorithmicMs: number;
  /** Samples that wait in the buffers of this loop, encode and decode time included. */
  bufferMs: number;
  /** Of the context's output, as the browser reports it. */
  outputMs: number;
  /** The sum of the three. */
  totalMs: number;
}

export interface LiveLoopOptions {
  /** The microphone: of navigator.mediaDevices.getUserMedia({ audio: … }). */
  stream: MediaStream;
  /** 1..12; default: the model's (6). */
  quality?: number;
  /** Called with each block that is handed to the speakers, some tens of times a second. */
  onLatency?: (latency: LiveLatency) => void;
  /**
   * The loop failed and has stopped. Without it the failure is an unhandled rejection, which the
   * browser reports.
   */
  onError?: (error: MotetError) => void;
}

/** Microphone → encoder → packets → decoder → speakers, live. */
export class LiveLoop {
  private constructor();
  /** Rejects with 'invalid-argument' (also for a context of another sample rate) or 'internal'. */
  static start(context: AudioContext, model: Model, options: LiveLoopOptions): Promise<LiveLoop>;
  /** Not connected yet: connect it to context.destination or a recorder. */
  readonly node: AudioWorkletNode;
  /** Now. */
  readonly latency: LiveLatency;
  /** Bytes of packets that passed from encoder to decoder. */
  readonly bytes: number;
  /** How often sound stopped because a packet came too late. */
  readonly underruns: number;
  /** Ends the loop and its workers; the microphone's stream stays the caller's to stop. */
  stop(): void;
  /** The same as stop(). */
  free(): void;
  [Symbol.dispose](): void;
}
