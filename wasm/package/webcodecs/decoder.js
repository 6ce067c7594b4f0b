import { CONCEALED_SECONDS } from '../decoder.js';
import { DecoderWorker } from '../worker.js';
import { audioDataOf } from './audio-data.js';
import { Codec } from './codec.js';
import { supportOf } from './config.js';
import { bytesOf } from './encoded-chunk.js';

const MICROSECONDS = 1e6;

export class MotetAudioDecoder extends Codec {
  #settings; // { info, packetBytes }
  #keyRequired = true;
  #begin; // timestamp of the first packet since a beginning, in microseconds
  #packets = 0; // since then, concealed ones included
  #frames = 0; // that they last
  #made = 0; // frames that were made of them
  #emitted = 0; // frames of these that went out

  static isConfigSupported(config) {
    return supportOf(config);
  }

  get decodeQueueSize() {
    return this.queueSize;
  }

  decode(chunk) {
    const bytes = bytesOf(chunk);
    const { type, timestamp, duration } = chunk;
    if (this.state === 'configured' && this.#keyRequired && type !== 'key')
      throw new DOMException('the first chunk is no key chunk', 'DataError');
    this.enqueue((remote) => this.#decode(remote, bytes, timestamp, duration));
    this.#keyRequired = false;
  }

  /** @internal */
  configured() {
    this.#keyRequired = true;
  }

  /** @internal */
  async start(model, { quality, channels }) {
    const remote = await DecoderWorker.create(model, { framing: 'packets', quality, channels });
    this.#settings = { info: model.info, packetBytes: model.packetBytes(quality) };
    this.#begin = undefined;
    return remote;
  }

  /** @internal */
  async finish(remote) {
    await this.#beginAt(remote, undefined);
  }

  async #decode(remote, bytes, timestamp, duration) {
    const { info, packetBytes } = this.#settings;
    const { packetSamples, sampleRate } = info;
    if (bytes.length % packetBytes !== 0)
      throw new DOMException(
        `the chunk has ${bytes.length} bytes, which are no whole packets of ${packetBytes}`,
        'EncodingError',
      );
    const lasting = (time) => Math.round((time * sampleRate) / MICROSECONDS); // frames
    const gap = this.#gapBefore(timestamp);
    if (gap === undefined) await this.#beginAt(remote, timestamp);
    else if (gap > 0) await this.#conceal(remote, gap);
    const whole = bytes.length / packetBytes;
    const frames = duration === null ? whole * packetSamples : lasting(duration);
    if (whole === 0) {
      await this.#conceal(remote, Math.max(1, Math.round(frames / packetSamples)));
      return;
    }
    this.#packets += whole;
    this.#frames += Math.min(frames, whole * packetSamples);
    this.#emit(remote, await remote.decode(bytes, { transfer: true }));
  }

  /** Packets that are missing before a chunk; undefined if it does not follow what came before. */
  #gapBefore(timestamp) {
    if (this.#begin === undefined) return undefined;
    const { packetSamples, sampleRate } = this.#settings.info;
    const seconds = (timestamp - this.#begin) / MICROSECONDS;
    const gap = Math.round((seconds * sampleRate) / packetSamples) - this.#packets;
    const most = (CONCEALED_SECONDS * sampleRate) / packetSamples;
    return gap < 0 || gap > most ? undefined : gap;
  }

  async #conceal(remote, packets) {
    this.#packets += packets;
    this.#frames += packets * this.#settings.info.packetSamples;
    this.#emit(remote, await remote.conceal(packets));
  }

  async #beginAt(remote, timestamp) {
    if (this.#begin !== undefined) await remote.reset();
    this.#begin = timestamp;
    this.#packets = this.#frames = this.#made = this.#emitted = 0;
  }

  /** Without the codec's delay, and no longer than the chunks last. */
  #emit(remote, { channelData, samplesDecoded }) {
    if (!this.isCurrent(remote)) return;
    const { delaySamples, sampleRate } = this.#settings.info;
    const begin = Math.max(0, this.#emitted + delaySamples - this.#made); // in what came now
    this.#made += samplesDecoded;
    const end = Math.min(samplesDecoded, begin + this.#frames - this.#emitted);
    if (end <= begin) return;
    const planes = channelData.map((plane) => plane.subarray(begin, end));
    const timestamp = this.#begin + (this.#emitted / sampleRate) * MICROSECONDS;
    this.#emitted += end - begin;
    this.emit(audioDataOf(planes, sampleRate, Math.round(timestamp)));
  }
}
