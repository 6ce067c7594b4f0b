// A `.motet` stream on a server: what it says of itself, and its pages from any second on.
import { concat } from '../arrays.js';
import { MotetError } from '../errors.js';
import { loadCore } from '../load.js';
import { pageAt, renumber, samplesOf, setSamples, withLength } from '../pages.js';
import { outlineOf } from '../outline.js';
import { RangedFile } from './ranged-file.js';

const FIRST_BYTES = 4096; // of the file: a header with some tags, and a few seconds of music
const END_PAGE = 22; // bytes
const WINDOW = 8192; // bytes: in so many there is the beginning of a page, and mostly all of it
const NEAR = 200; // packets: if the page wanted is no further away, decode up to it

export class Track {
  #file;
  #headerBytes;
  header;
  samples; // undefined where not even the end says it

  constructor(url) {
    this.#file = new RangedFile(url);
  }

  get duration() {
    return this.samples === undefined ? Infinity : this.samples / this.header.sampleRate;
  }

  /** What is there of it, in parts of the whole. */
  get loaded() {
    const { ranges, size } = this.#file;
    return ranges.map(([begin, end]) => [begin / size, end / size]);
  }

  async open(signal) {
    const { core } = await loadCore();
    let first = await this.#file.read(0, FIRST_BYTES, signal);
    const bytes =
      first.length < 16 ? 0 : new DataView(first.buffer, first.byteOffset).getUint32(12, true);
    const isStream = first[0] === 0x4d && first[1] === 0x6f;
    if (isStream && bytes > first.length) first = await this.#file.read(0, bytes, signal);
    const { header, error } = outlineOf(core, first);
    if (!header) throw error;
    let { samples } = header;
    if (samples === undefined) {
      const end = await this.#file.readEnd(END_PAGE, signal);
      if (pageAt(end, 0)?.isLast) samples = samplesOf(end);
    }
    this.#headerBytes = bytes;
    this.samples = samples;
    this.header = header; // last: who sees it may ask for the rest
  }

  /**
   * The stream from a second on, in pieces as they arrive, as a stream of its own; the second at which
   * that begins comes first. It begins `preroll` packets before, so that the decoder has heard enough.
   */
  async *from(seconds, { packetSamples, delaySamples, preroll }, signal) {
    const { sampleRate, preSkip } = this.header;
    const packet = Math.floor((preSkip + seconds * sampleRate) / packetSamples) - preroll;
    const found = await this.#find(packet, packetSamples, delaySamples, signal);
    // Within what is skipped at the beginning there is nothing to begin with.
    const isLater = found.first * packetSamples >= preSkip && found.first > 0;
    const { at, first } = isLater ? found : { at: this.#headerBytes, first: 0 };
    const before = first > 0 ? first * packetSamples - preSkip : 0;
    yield before / sampleRate;
    const header = await this.#file.read(0, this.#headerBytes, signal);
    yield first > 0 ? withLength(header) : header;
    let rest = new Uint8Array(0);
    for await (const piece of this.#file.from(at, signal)) {
      if (first === 0) {
        yield piece.slice();
        continue;
      }
      const bytes = concat([rest, piece]);
      let used = 0;
      for (let place = 0; place + 14 <= bytes.length;) {
        const page = pageAt(bytes, place);
        if (page) {
          const own = bytes.slice(page.begin, page.end);
          if (page.isLast) setSamples(own, samplesOf(own) - before);
          yield renumber(own, -first);
          place = used = page.end;
        } else if (bytes.length - place < WINDOW * 8)
          break; // it may be complete with the next piece
        else ++place;
      }
      rest = bytes.slice(used);
    }
  }

  /** A page at or before a packet, by its byte and the number of its first packet. */
  async #find(packet, packetSamples, delaySamples, signal) {
    let low = { at: this.#headerBytes, first: 0 };
    if (packet < NEAR || this.samples === undefined) return low;
    let high = {
      at: this.#file.size,
      first: Math.ceil((this.header.preSkip + this.samples + delaySamples) / packetSamples),
    };
    for (let step = 0; step < 32 && packet - low.first > NEAR; ++step) {
      const share = (packet - low.first) / Math.max(1, high.first - low.first);
      const guess = Math.floor(low.at + Math.min(1, share) * (high.at - low.at) - WINDOW / 4);
      const at = Math.max(low.at + 1, guess);
      if (at >= high.at) break;
      const bytes = await this.#file.read(at, at + WINDOW, signal);
      let page;
      for (let i = 0; i < bytes.length && !page; ++i) page = pageAt(bytes, i);
      if (page && !page.isLast && page.first <= packet)
        low = { at: at + page.begin, first: page.first };
      else high = { at, first: page && !page.isLast ? page.first : high.first };
    }
    return low;
  }
}

/** The tags that a page or a media session shows: the first of each name. */
export function tagsOf(header) {
  const tags = {};
  for (const [key, value] of header.tags) tags[key.toLowerCase()] ??= value;
  return tags;
}

export function asMotetError(error) {
  return error instanceof MotetError ? error : new MotetError('internal', String(error));
}
