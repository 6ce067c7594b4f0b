import {
  checkBytes,
  checkConcealed,
  checkDecoding,
  checkModel,
  checkNumber,
  checkSamples,
} from './arguments.js';
import { concat } from './arrays.js';
import { MotetError, check, coreError, invalid } from './errors.js';
import { disposable, internals, seekSteps } from './internals.js';
import { ballast, notLost, whenLost } from './lost.js';
import { checkSource, seekIn } from './seeking.js';

// What the core's readers say; see wasm/src/bindings.cc.
export const Kind = { needInput: 0, header: 1, data: 2, damage: 3, end: 4 };

const BLOCK_PACKETS = 28; // what the core takes in one go
const WEIGHT = 4 * 2 ** 20; // bytes that a decoder has in the core's memory, about
export const CONCEALED_SECONDS = 10; // in a row, unless the caller says something else
const HEADER_STEP = 128; // bytes: a header with few tags, and not much music behind it
const HEADER_READ = 4096; // bytes: a header with some tags, where more than needed does no harm
const HEADER_SIZE_AT = 12; // where a header says its bytes, of which there are at most
const MAX_HEADER = 2 ** 20;
const NO_BYTES = new Uint8Array(0);

/** Bytes of a stream that hold about `packets` packets, at any quality; more where coding saves. */
export function bytesOfPackets(packets, header) {
  return header ? packets * header.packetBytes : HEADER_STEP;
}

/** Collects what one call decodes. */
class Output {
  constructor(sampleRate) {
    this.sampleRate = sampleRate;
    this.parts = [];
    this.samples = 0;
    this.errors = [];
  }

  add(planes) {
    this.samples += planes[0].length;
    planes.forEach((plane, c) => (this.parts[c] ??= []).push(plane));
  }

  audio(channels) {
    const channelData = Array.from({ length: channels }, (_, c) =>
      concat(this.parts[c] ?? [], Float32Array),
    );
    return {
      channelData,
      samplesDecoded: channelData[0].length,
      sampleRate: this.sampleRate,
      errors: this.errors,
    };
  }
}

/** Decodes a `.motet` stream. */
class StreamDecoding {
  #core;
  #decoder;
  #over = false; // the end was met, or a fault
  #fault; // that ended it: every call after it is told again
  #seek; // that goes on
  #seeks = 0; // that were begun
  #strict;
  header;

  constructor(core, model, maxConcealedSeconds, strict, isF32) {
    this.#core = core;
    this.#decoder = check(
      core,
      core.StreamDecoder.create(model, maxConcealedSeconds, strict, isF32),
    );
    this.#strict = strict;
  }

  get channels() {
    return this.header?.channels ?? 2;
  }

  reset() {
    check(this.#core, this.#decoder.reset());
    this.#over = false;
    this.#fault = undefined;
    this.header = undefined;
  }

  free() {
    this.#decoder?.delete();
    this.#decoder = undefined;
  }

  /** False if it stopped because the output has `limit` samples: push() of nothing goes on. */
  push(bytes, output, limit) {
    if (this.#isOver()) return true;
    if (bytes.length > 0) this.#decoder.input(bytes.length).set(bytes);
    return this.#drain(output, limit);
  }

  end(output) {
    if (this.#isOver()) return;
    this.#decoder.finish();
    this.#drain(output, Infinity);
  }

  /**
   * Begins to seek in a stream of `size` bytes: those that it wants to see for it, or none, and the byte at
   * which the stream is to go on.
   */
  beginSeek(sample, size) {
    this.#isOver();
    if (!this.header) this.reset(); // it is read from the beginning
    const number = ++this.#seeks;
    this.#seek = { number, sample, size, headerBytes: 0, headerSize: 0, searches: false };
    return this.#wanted();
  }

  /** Takes the bytes that were wanted by the seek of this number. */
  goOnSeeking(bytes, number) {
    if (this.#seek?.number !== number) throw invalid('another seek took the place of this one');
    const decoder = this.#decoder;
    if (this.#seek.searches) {
      decoder.searchInput(bytes.length).set(bytes);
      decoder.take();
    } else {
      const unheard = new Output();
      if (this.#seek.headerBytes === 0 && bytes.length >= HEADER_SIZE_AT + 4) {
        const fields = new DataView(bytes.buffer, bytes.byteOffset);
        this.#seek.headerSize = Math.min(fields.getUint32(HEADER_SIZE_AT, true), MAX_HEADER);
      }
      if (bytes.length > 0) this.push(bytes, unheard, 1);
      else this.end(unheard);
      this.#seek.headerBytes += bytes.length;
    }
    return this.#wanted();
  }

  #wanted() {
    const { number, sample, size, headerBytes, headerSize, searches } = this.#seek;
    if (!this.header)
      return {
        number,
        offset: headerBytes,
        bytes: Math.max(HEADER_READ, headerSize - headerBytes),
      };
    const decoder = this.#decoder;
    if (!searches) check(this.#core, decoder.search(sample, size));
    this.#seek.searches = true;
    const bytes = decoder.wantedBytes();
    if (bytes > 0) return { number, offset: decoder.wantedOffset(), bytes };
    check(this.#core, decoder.seek(sample));
    this.#seek = undefined;
    this.#over = false;
    return { offset: decoder.found(), bytes: 0 };
  }

  /** Throws if a fault was the end. */
  #isOver() {
    if (this.#fault) throw new MotetError(this.#fault.code, this.#fault.message);
    return this.#over;
  }

  #drain(output, limit) {
    const decoder = this.#decoder;
    while (output.samples < limit) {
      const kind = decoder.next();
      switch (kind) {
        case Kind.needInput:
          return true;
        case Kind.header:
          this.header = Object.freeze(decoder.header());
          break;
        case Kind.data:
          output.add(Array.from({ length: this.channels }, (_, c) => decoder.pcm(c).slice()));
          break;
        case Kind.damage:
          output.errors.push({
            code: 'corrupt',
            message: decoder.damage(),
            packet: decoder.firstPacket(),
            packets: decoder.packets(),
          });
          break;
        case Kind.end:
          this.#over = true;
          this.header = Object.freeze(decoder.header());
          return true;
        default: {
          this.#over = true;
          const error = coreError(this.#core);
          // Ending early is damage to a stream whose beginning was decoded, and an error otherwise.
          if (error.code !== 'truncated' || !this.header || this.#strict) {
            this.#fault = error;
            throw error;
          }
          output.errors.push({
            code: 'truncated',
            message: error.message,
            packet: 0,
            packets: 0,
          });
          return true;
        }
      }
    }
    return false;
  }
}

/** Decodes bare packets, cut anywhere. */
class PacketDecoding {
  #core;
  #decoder;
  #rest = NO_BYTES; // of a packet that is not complete
  #strict;
  header = undefined;

  constructor(core, model, quality, channels, strict, isF32) {
    this.#core = core;
    this.#strict = strict;
    this.channels = channels;
    this.#decoder = check(core, core.Decoder.create(model, quality, channels, isF32));
  }

  reset() {
    this.#decoder.reset();
    this.#rest = NO_BYTES;
  }

  free() {
    this.#decoder?.delete();
    this.#decoder = undefined;
  }

  push(chunk, output) {
    const packet = this.#decoder.packetBytes();
    const bytes = this.#rest.length > 0 ? concat([this.#rest, chunk]) : chunk;
    const whole = bytes.length - (bytes.length % packet);
    for (let at = 0; at < whole; at += BLOCK_PACKETS * packet) {
      const part = bytes.subarray(at, Math.min(at + BLOCK_PACKETS * packet, whole));
      this.#decoder.input(part.length).set(part);
      this.#collect(this.#decoder.decode(), output);
    }
    this.#rest = bytes.slice(whole);
    return true;
  }

  conceal(packets, output) {
    for (let left = packets; left > 0; left -= BLOCK_PACKETS)
      this.#collect(this.#decoder.conceal(Math.min(left, BLOCK_PACKETS)), output);
  }

  end(output) {
    const left = this.#rest.length;
    if (left === 0) return;
    this.#rest = NO_BYTES;
    const message = `the packets end in the middle of one, after ${left} of its ${this.#decoder.packetBytes()} bytes`;
    if (this.#strict) throw new MotetError('truncated', message);
    output.errors.push({ code: 'truncated', message, packet: 0, packets: 0 });
  }

  #collect(made, output) {
    const frames = check(this.#core, made);
    output.add(
      Array.from({ length: this.channels }, (_, c) => this.#decoder.pcm(c, frames).slice()),
    );
  }
}

export class Decoder {
  #decoding;
  #sampleRate;
  #weight = ballast(WEIGHT);

  constructor(model, options) {
    const { core, handle } = checkModel(model)[internals]();
    const {
      quality = 0,
      channels = 2,
      framing,
      maxConcealedSeconds = CONCEALED_SECONDS,
      strict = false,
      precision,
    } = checkDecoding(options, model);
    const isF32 = precision === 'f32';
    const decoding =
      framing === 'packets'
        ? new PacketDecoding(core, handle, quality, channels, strict, isF32)
        : new StreamDecoding(core, handle, maxConcealedSeconds, strict, isF32);
    this.#decoding = decoding;
    this.#sampleRate = model.info.sampleRate;
    whenLost(this, 'a Decoder', () => decoding.free());
  }

  get header() {
    return this.#decoding?.header;
  }

  decode(bytes) {
    const checked = checkBytes(bytes);
    return this.#run((decoding, output) => decoding.push(checked, output, Infinity));
  }

  decodeSome(bytes, samples) {
    const checked = checkBytes(bytes);
    checkNumber('samples', samples, 0, true);
    let done;
    const audio = this.#run((decoding, output) => {
      done = decoding.push(checked, output, samples);
    });
    return { ...audio, done };
  }

  flush() {
    return this.#run((decoding, output) => decoding.end(output));
  }

  conceal(packets) {
    return this.#run((decoding, output) => {
      if (!decoding.conceal) throw invalid('streams conceal what is lost by themselves');
      decoding.conceal(checkConcealed(packets), output);
    });
  }

  async seek(sample, source) {
    checkSamples(sample, false, 'sample');
    const steps = this[seekSteps]();
    return seekIn(
      checkSource(source),
      (size) => steps.beginSeek(sample, size),
      (bytes, number) => steps.goOnSeeking(bytes, number),
    );
  }

  [seekSteps]() {
    const decoding = this.#alive();
    if (!decoding.beginSeek) throw invalid('bare packets have no pages to seek in');
    return decoding;
  }

  reset() {
    this.#alive().reset();
  }

  free() {
    notLost(this);
    this.#decoding?.free();
    this.#decoding = this.#weight = undefined;
  }

  #alive() {
    if (!this.#decoding) throw new MotetError('freed', 'this decoder was freed');
    return this.#decoding;
  }

  #run(work) {
    const decoding = this.#alive();
    const output = new Output(this.#sampleRate);
    work(decoding, output);
    return output.audio(decoding.channels);
  }
}

disposable(Decoder);
