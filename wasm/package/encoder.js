import { checkEncoding, checkModel, checkPcm, checkStream } from './arguments.js';
import { concat } from './arrays.js';
import { MotetError, check } from './errors.js';
import { disposable, internals } from './internals.js';
import { ballast, notLost, whenLost } from './lost.js';
import { writerHandle } from './writer-handle.js';

const BLOCK_FRAMES = 28672; // 28 packets: what the core takes in one go

/** The core's writer of a stream whose options were checked; its fault if it cannot be so. */
export function streamWriter(model, stream) {
  const { core, handle } = model[internals]();
  const { header, packetsPerPage } = checkStream({ ...stream, model });
  return writerHandle(core, handle, header, packetsPerPage);
}

// What an encoder has in the core's memory, about.
const WEIGHT = 4 * 2 ** 20; // bytes

export class Encoder {
  #core;
  #encoder;
  #writer; // of a stream; undefined for bare packets
  #headerDone = false;
  #frames = 0;
  #weight = ballast(WEIGHT);

  constructor(model, options) {
    const { core, handle } = checkModel(model)[internals]();
    const {
      quality = 0,
      channels = 2,
      framing = 'stream',
      ...stream
    } = checkEncoding(options, model);
    this.#core = core;
    this.#encoder = check(core, core.Encoder.create(handle, quality, channels));
    this.channels = channels;
    this.quality = this.#encoder.quality();
    if (framing === 'stream') {
      try {
        this.#writer = streamWriter(model, { ...stream, channels, quality: this.quality });
      } catch (error) {
        this.free();
        throw error;
      }
    }
    const [encoder, writer] = [this.#encoder, this.#writer];
    whenLost(this, 'an Encoder', () => {
      encoder.delete();
      writer?.delete();
    });
  }

  encode(channelData) {
    const encoder = this.#alive();
    const frames = checkPcm(channelData, this.channels);
    const out = this.#header();
    for (let at = 0; at < frames; at += BLOCK_FRAMES) {
      const count = Math.min(BLOCK_FRAMES, frames - at);
      encoder.reserve(count);
      for (let c = 0; c < this.channels; ++c)
        encoder.input(c, count).set(channelData[c].subarray(at, at + count));
      this.#frames += count;
      this.#take(check(this.#core, encoder.encode(count)), out);
    }
    return concat(out);
  }

  flush() {
    const encoder = this.#alive();
    const out = this.#header();
    this.#take(check(this.#core, encoder.flush()), out);
    if (this.#writer) {
      const count = check(this.#core, this.#writer.finish(this.#frames));
      if (count > 0) out.push(this.#writer.bytes().slice());
    }
    this.reset();
    return concat(out);
  }

  reset() {
    this.#alive().reset();
    this.#frames = 0;
    this.#headerDone = false;
    this.#writer?.reset();
  }

  free() {
    notLost(this);
    this.#encoder?.delete();
    this.#writer?.delete();
    this.#encoder = this.#writer = this.#weight = undefined;
  }

  #alive() {
    if (!this.#encoder) throw new MotetError('freed', 'this encoder was freed');
    return this.#encoder;
  }

  #header() {
    if (!this.#writer || this.#headerDone) return [];
    this.#headerDone = true;
    return [this.#writer.headerBytes().slice()];
  }

  // `count` bytes of packets, framed if they are to be.
  #take(count, out) {
    if (count === 0) return;
    const packets = this.#encoder.bytes().slice();
    if (!this.#writer) {
      out.push(packets);
      return;
    }
    this.#writer.input(count).set(packets);
    if (check(this.#core, this.#writer.write()) > 0) out.push(this.#writer.bytes().slice());
  }
}

disposable(Encoder);
