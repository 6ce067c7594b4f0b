// A file on a server, read in ranges: no more of it travels than is needed, and nothing twice.
import { MotetError } from '../errors.js';

export class RangedFile {
  #bytes = new Uint8Array(0);
  #ranges = []; // [begin, end) of what is there, in order, with gaps between
  #url;
  size; // known from the first answer on

  constructor(url) {
    this.#url = url;
  }

  /** What is there, as [begin, end) in bytes. */
  get ranges() {
    return this.#ranges;
  }

  /** Bytes [begin, end), or as many as the file has. */
  async read(begin, end, signal) {
    if (!this.#has(begin, end)) for await (const _ of this.#fetch(begin, end, signal));
    return this.#bytes.subarray(begin, Math.min(end, this.size));
  }

  /** The last bytes. */
  async readEnd(count, signal) {
    return this.read(Math.max(0, this.size - count), this.size, signal);
  }

  /** All bytes from `begin` on, in pieces, as they arrive. */
  async *from(begin, signal) {
    let at = begin;
    const here = this.#ranges.find(([from, to]) => from <= at && at < to);
    if (here) {
      yield this.#bytes.subarray(at, here[1]);
      at = here[1];
    }
    if (this.size === undefined || at < this.size) yield* this.#fetch(at, undefined, signal);
  }

  #has(begin, end) {
    const stop = Math.min(end, this.size ?? Infinity);
    return begin >= stop || this.#ranges.some(([from, to]) => from <= begin && stop <= to);
  }

  async *#fetch(begin, end, signal) {
    let response;
    try {
      response = await fetch(this.#url, {
        headers: { range: `bytes=${begin}-${end === undefined ? '' : end - 1}` },
        signal,
      });
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw new MotetError('io', `${this.#url}: ${error.message}`);
    }
    if (!response.ok)
      throw new MotetError(
        response.status === 404 ? 'not-found' : 'io',
        `${this.#url}: the server answers ${response.status} ${response.statusText}`.trim(),
      );
    // A server without ranges sends all of it.
    let at = response.status === 206 ? begin : 0;
    const total = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
    if (total) this.size = Number(total[1]);
    const reader = response.body.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        this.#keep(at, value);
        const from = Math.max(begin, at);
        at += value.length;
        if (at > from) yield this.#bytes.subarray(from, at);
      }
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw new MotetError('io', `${this.#url}: loading stopped: ${error.message}`);
    } finally {
      void reader.cancel().catch(() => {});
    }
    if (response.status !== 206 || this.size === undefined) this.size = at;
  }

  #keep(at, piece) {
    const end = at + piece.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, Math.min(this.size ?? end, 2 * end)));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(piece, at);
    const apart = this.#ranges.filter(([from, to]) => to < at || from > end);
    const joined = this.#ranges.filter(([from, to]) => to >= at && from <= end);
    apart.push([
      Math.min(at, ...joined.map(([from]) => from)),
      Math.max(end, ...joined.map(([, to]) => to)),
    ]);
    this.#ranges = apart.sort(([a], [b]) => a - b);
  }
}
