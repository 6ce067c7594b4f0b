import { MotetError, check, invalid } from './errors.js';
import { concat } from './arrays.js';
import { disposable, internals } from './internals.js';

export const PACKETS_PER_PAGE = 128; // unless the caller says something else
const BLOCK_FRAMES = 32768; // 32 packets: what the core takes in one go

/** Tags in either form, as pairs. */
function tagPairs(tags = []) {
  const pairs = Array.isArray(tags) ? tags : Object.entries(tags);
  for (const pair of pairs) {
    if (pair?.length !== 2 || typeof pair[0] !== 'string' || typeof pair[1] !== 'string')
      throw invalid('tags are pairs of text');
  }
  return pairs;
}

function checkCoding(coding) {
  if (coding !== undefined && coding !== 'entropy' && coding !== 'fixed')
    throw invalid(`coding is '${coding}', wanted 'entropy' or 'fixed'`);
  return coding;
}

/** The core's writer of a stream; its fault if the stream cannot be as described. */
export function streamWriter(model, stream) {
  const { core, handle } = model[internals]();
  const { quality, channels, samples, tags, packetsPerPage = PACKETS_PER_PAGE } = stream;
  const coding = checkCoding(stream.coding) ?? (model.info.entropyCoding ? 'entropy' : 'fixed');
  return check(
    core,
    core.StreamWriter.create(
      handle,
      quality,
      channels,
      samples ?? -1,
      tagPairs(tags),
      packetsPerPage,
      coding === 'entropy',
    ),
  );
}

/** The number of frames of PCM for `channels` channels. */
export function checkPcm(channelData, channels) {
  if (!Array.isArray(channelData) || channelData.length !== channels)
    throw invalid(`there are ${channelData?.length} channels of PCM, wanted ${channels}`);
  for (const plane of channelData) {
    if (!(plane instanceof Float32Array))
      throw invalid('PCM comes as one Float32Array per channel');
    if (plane.length !== channelData[0].length)
      throw invalid(
        `channels of ${channelData[0].length} and ${plane.length} samples, wanted equal lengths`,
      );
  }
  return channelData[0].length;
}

export function checkFraming(framing = 'stream') {
  if (framing !== 'stream' && framing !== 'packets')
    throw invalid(`framing is '${framing}', wanted 'stream' or 'packets'`);
  return framing;
}

export class Encoder {
  #core;
  #encoder;
  #writer; // of a stream; undefined for bare packets
  #headerDone = false;
  #frames = 0;

  constructor(model, options = {}) {
    const { core, handle } = model[internals]();
    const { quality = 0, channels = 2, samples, tags, packetsPerPage, coding } = options;
    const framing = checkFraming(options.framing);
    if (checkCoding(coding) === 'entropy' && framing === 'packets')
      throw invalid("bare packets are not entropy-coded: coding 'entropy' needs framing 'stream'");
    this.#core = core;
    this.#encoder = check(core, core.Encoder.create(handle, quality, channels));
    this.channels = channels;
    this.quality = this.#encoder.quality();
    if (framing === 'stream') {
      const stream = { quality: this.quality, channels, samples, tags, packetsPerPage, coding };
      try {
        this.#writer = streamWriter(model, stream);
      } catch (error) {
        this.free();
        throw error;
      }
    }
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
    this.#encoder?.delete();
    this.#writer?.delete();
    this.#encoder = this.#writer = undefined;
  }

  #alive() {
    if (!this.#encoder) throw new MotetError('freed', 'this encoder was freed');
    return this.#encoder;
  }

  #header() {
    if (!this.#writer || this.#headerDone) return [];
    this.#headerDone = true;
    return [this.#writer.header().slice()];
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
