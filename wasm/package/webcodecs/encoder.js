import { EncoderWorker } from '../worker.js';
import { planesOf } from './audio-data.js';
import { Codec } from './codec.js';
import { codecString, supportOf } from './config.js';
import { chunkOf } from './encoded-chunk.js';

const MICROSECONDS = 1e6;

export class MotetAudioEncoder extends Codec {
  #settings; // { model, channels, quality, packetBytes }
  #told = false; // the configuration of a decoder, with the first chunk
  #begin; // timestamp of the first frame since the last flush, in microseconds
  #frames = 0; // that came since
  #packets = 0; // that went out since

  static isConfigSupported(config) {
    return supportOf(config);
  }

  get encodeQueueSize() {
    return this.queueSize;
  }

  encode(data) {
    const audio = planesOf(data);
    this.enqueue((remote) => this.#encode(remote, audio));
  }

  /** @internal */
  configured() {}

  /** @internal */
  async start(model, { quality, channels }) {
    const remote = await EncoderWorker.create(model, { framing: 'packets', quality, channels });
    this.#settings = { model, quality, channels, packetBytes: model.packetBytes(quality) };
    this.#told = false;
    this.#begin = undefined;
    return remote;
  }

  /** @internal */
  async finish(remote) {
    const packets = await remote.flush();
    if (!this.isCurrent(remote)) return;
    this.#emit(packets);
    this.#begin = undefined;
  }

  async #encode(remote, { planes, sampleRate, timestamp, numberOfFrames }) {
    const { model, channels } = this.#settings;
    if (sampleRate !== model.info.sampleRate || planes.length !== channels)
      throw new DOMException(
        `the audio has ${planes.length} channels of ${sampleRate} Hz, the encoder was configured for ${channels} of ${model.info.sampleRate} Hz`,
        'EncodingError',
      );
    if (this.#begin === undefined) {
      this.#begin = timestamp;
      this.#frames = this.#packets = 0;
    }
    this.#frames += numberOfFrames;
    const packets = await remote.encode(planes, { transfer: true });
    if (this.isCurrent(remote)) this.#emit(packets);
  }

  /** A chunk for each packet. Those that only carry the codec's delay last no time. */
  #emit(packets) {
    const { model, packetBytes } = this.#settings;
    const { packetSamples, sampleRate } = model.info;
    const time = (frames) => (frames / sampleRate) * MICROSECONDS;
    for (let at = 0; at < packets.length; at += packetBytes) {
      const from = this.#packets++ * packetSamples;
      const frames = Math.max(0, Math.min(packetSamples, this.#frames - from));
      const data = packets.slice(at, at + packetBytes);
      this.emit(chunkOf(data, this.#begin + time(from), time(frames)), this.#metadata());
    }
  }

  #metadata() {
    if (this.#told) return {};
    this.#told = true;
    const { model, channels, quality } = this.#settings;
    return {
      decoderConfig: {
        codec: codecString(model, quality),
        sampleRate: model.info.sampleRate,
        numberOfChannels: channels,
      },
    };
  }
}
