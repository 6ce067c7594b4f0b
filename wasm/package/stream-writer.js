import {
  checkBytes,
  checkConcealed,
  checkOptions,
  checkSamples,
  checkStream,
  checkToken,
} from './arguments.js';
import { concat } from './arrays.js';
import { MotetError, check } from './errors.js';
import { disposable, internals, streamInternals } from './internals.js';
import { loadCore } from './load.js';
import { ballast, notLost, whenLost } from './lost.js';
import { writerHandle } from './writer-handle.js';

// What it has in the core's memory, about.
const WEIGHT = 256 * 1024; // bytes

export class StreamWriter {
  #core;
  #writer;
  #headerDone = false;
  #weight = ballast(WEIGHT);

  constructor(token, core, writer) {
    checkToken(token, 'StreamWriter.create()');
    this.#core = core;
    this.#writer = writer;
    whenLost(this, 'a StreamWriter', () => writer.delete());
  }

  static async create(options) {
    const { model, wasm } = checkOptions(options);
    const { header, packetsPerPage } = checkStream(options);
    const { core, handle = null } = model?.[streamInternals]() ?? (await loadCore(wasm));
    return new StreamWriter(internals, core, writerHandle(core, handle, header, packetsPerPage));
  }

  get header() {
    return Object.freeze(this.#alive().header());
  }

  headerBytes() {
    return this.#alive().headerBytes().slice();
  }

  write(packets) {
    const bytes = checkBytes(packets, 'packets');
    return this.#take((writer) => {
      writer.input(bytes.length).set(bytes);
      return writer.write();
    });
  }

  skip(packets) {
    checkConcealed(packets);
    return this.#take((writer) => writer.skip(packets));
  }

  finish(samples) {
    checkSamples(samples);
    return this.#take((writer) => writer.finish(samples));
  }

  reset() {
    this.#alive().reset();
    this.#headerDone = false;
  }

  free() {
    notLost(this);
    this.#writer?.delete();
    this.#writer = this.#weight = undefined;
  }

  #alive() {
    if (!this.#writer) throw new MotetError('freed', 'this writer was freed');
    return this.#writer;
  }

  /** The bytes that `make` makes, and before the first of all those of the header. */
  #take(make) {
    const writer = this.#alive();
    const header = this.#headerDone ? [] : [this.headerBytes()];
    const count = check(this.#core, make(writer));
    this.#headerDone = true;
    return concat(count > 0 ? [...header, writer.bytes().slice()] : header);
  }
}

disposable(StreamWriter);
