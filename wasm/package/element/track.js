// A `.motet` stream on a server: what it says of itself, and its bytes.
import { MotetError } from '../errors.js';
import { loadCore } from '../load.js';
import { pageAt, samplesOf, setLength } from '../pages.js';
import { outlineOf } from '../outline.js';
import { RangedFile } from './ranged-file.js';

const FIRST_BYTES = 4096; // of the file: a header with some tags, and a few seconds of music
const END_PAGE = 22; // bytes

export class Track {
  #file;
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
      if (pageAt(end, 0)?.isLast) {
        samples = samplesOf(end);
        // With it a seek need not try halves: over a slow line each read is a second.
        setLength(await this.#file.read(0, bytes, signal), samples);
      }
    }
    this.samples = samples;
    this.header = header; // last: who sees it may ask for the rest
  }

  /** Its bytes for a seek: StreamPlayer.seek(). */
  source(signal) {
    return {
      size: this.#file.size,
      read: (offset, bytes) => this.#file.read(offset, offset + bytes, signal),
    };
  }

  /** Its bytes from one on, in pieces as they arrive. */
  from(offset, signal) {
    return this.#file.from(offset, signal);
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
