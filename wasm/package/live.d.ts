/// <reference lib="esnext.disposable" />
// Live sound over a network, coded in the audio thread itself: no worker, and no message between sound and
// packet. Send each packet with its number; the decoder plays them in order, in time, and conceals those
// that are missing.
//
//   const encoder = await LiveEncoder.create(context, model, {
//     quality: 5,
//     onPacket: (packet, number) => send(packet, number),
//   });
//   source.connect(encoder.node);
//
//   const decoder = await LiveDecoder.create(context, model, { quality: 5 });
//   decoder.node.connect(context.destination);
//   receive((packet, number) => decoder.write(packet, number));
//
// The AudioContext must run at 44.1 kHz (`new AudioContext({ sampleRate: 44100 })`). A packet takes the audio
// thread a fraction of a millisecond on a computer, of the 2.9 ms that it has; where that is too slow,
// MotetAudioEncoder and MotetAudioDecoder (motet/webcodecs) work in workers.
import type { ByteArray, Model, MotetError } from './index.js';
import type { LiveLatency } from './worklet.js';

export interface LiveEncoderOptions {
  /** 1..12; default: the model's. */
  quality?: number;
  /** 2 (default), or 1, which mixes both sides. */
  channels?: 1 | 2;
  /**
   * Gets every packet of `model.packetBytes(quality)` bytes, 43 times a second, with its number from 0 on
   * and the second of the context at which its first sample was heard.
   */
  onPacket: (packet: ByteArray, number: number, time: number) => void;
  /** The encoder failed and is closed. Without it the failure is an unhandled rejection. */
  onError?: (error: MotetError) => void;
}

export class LiveEncoder {
  private constructor();
  static create(
    context: BaseAudioContext,
    model: Model,
    options: LiveEncoderOptions,
  ): Promise<LiveEncoder>;
  /** Connect sound to it. */
  readonly node: AudioWorkletNode;
  /** Of the packets so far. */
  readonly bytes: number;
  readonly closed: boolean;
  close(): void;
  /** The same as close(). */
  free(): void;
  [Symbol.dispose](): void;
}

export interface LiveDecoderOptions {
  /** Of the packets; default: the model's. */
  quality?: number;
  channels?: 1 | 2;
  /**
   * How much waits when sound begins, 0 to 2000: so much later than others may a packet come. Rounded up
   * to whole packets of 23 ms. Default 70.
   */
  bufferMs?: number;
  /** The decoder failed and is closed. Without it the failure is an unhandled rejection. */
  onError?: (error: MotetError) => void;
}

export class LiveDecoder {
  private constructor();
  static create(
    context: BaseAudioContext,
    model: Model,
    options?: LiveDecoderOptions,
  ): Promise<LiveDecoder>;
  /** Two channels; connect it to what it is to sound through. */
  readonly node: AudioWorkletNode;
  /** Takes a packet, in any order; numbers count from anywhere, upwards by one. */
  write(packet: Uint8Array | ArrayBuffer, number: number): void;
  /** Packets so far: that came; that did not come in time and were concealed; that came too late. */
  readonly received: number;
  readonly concealed: number;
  readonly late: number;
  /** Packets that were left out, so that sound is not later than the network makes it. */
  readonly skipped: number;
  /** How often sound had to wait for packets after it had begun. */
  readonly restarts: number;
  /**
   * A packet that sounds, or has just sounded, and the second of the context at which it began to: what
   * it carries was heard by the encoder `algorithmicMs` less one packet before.
   */
  readonly sounding: { number: number; time: number } | undefined;
  /** Of this side: the network comes on top. */
  readonly latency: LiveLatency;
  readonly closed: boolean;
  close(): void;
  /** The same as close(). */
  free(): void;
  [Symbol.dispose](): void;
}
