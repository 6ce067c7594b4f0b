import { checkBytes, checkOptions, checkStreamModel, checkToken } from './arguments.js';
import { Kind } from './decoder.js';
import { MotetError, coreError } from './errors.js';
import { disposable, internals, streamInternals } from './internals.js';
import { loadCore } from './load.js';
import { ballast, notLost, whenLost } from './lost.js';

// What it has in the core's memory, about.
const WEIGHT = 256 * 1024; // bytes

export class StreamReader {
  #core;
  #reader;
  #hasModel;
  #fault; // that ended it: every call after it is told again
  #over = false;
  #header;
  #weight = ballast(WEIGHT);

  constructor(token, core, reader, hasModel) {
    checkToken(token, 'StreamReader.create()');
    this.#core = core;
    this.#reader = reader;
    this.#hasModel = hasModel;
    whenLost(this, 'a StreamReader', () => reader.delete());
  }

  static async create(options) {
    const { model, wasm } = checkOptions(options);
    checkStreamModel(model);
    const { core, handle = null } = model?.[streamInternals]() ?? (await loadCore(wasm));
    return new StreamReader(internals, core, core.StreamReader.create(handle), handle !== null);
  }

  get header() {
    return this.#header;
  }

  read(source) {
    const bytes = checkBytes(source);
    const reader = this.#alive();
    if (!this.#isOver() && bytes.length > 0) reader.input(bytes.length).set(bytes);
    return this.#events();
  }

  end() {
    this.#alive().finish();
    return this.#isOver() ? [] : this.#events();
  }

  reset() {
    this.#alive().reset();
    this.#over = false;
    this.#fault = this.#header = undefined;
  }

  free() {
    notLost(this);
    this.#reader?.delete();
    this.#reader = this.#weight = undefined;
  }

  #alive() {
    if (!this.#reader) throw new MotetError('freed', 'this reader was freed');
    return this.#reader;
  }

  /** Throws if a fault was the end. */
  #isOver() {
    if (this.#fault) throw new MotetError(this.#fault.code, this.#fault.message);
    return this.#over;
  }

  #events() {
    const reader = this.#reader;
    const events = [];
    while (!this.#over) {
      const kind = reader.next();
      if (kind === Kind.needInput) break;
      if (kind < 0) {
        this.#fault = coreError(this.#core);
        this.#over = true;
        // What came before it is told first: the next call throws it.
        if (events.length === 0) this.#isOver();
      } else events.push(this.#event(kind, reader));
    }
    return events;
  }

  #event(kind, reader) {
    const [packet, packets] = [reader.firstPacket(), reader.count()];
    switch (kind) {
      case Kind.header:
        this.#header = Object.freeze(reader.header());
        return { type: 'header', header: this.#header };
      case Kind.data: {
        const isRead = this.#header.coding === 'fixed' || this.#hasModel;
        const data = isRead ? reader.packets().slice() : undefined;
        return { type: 'packets', packet, packets, data, offset: reader.offset() };
      }
      case Kind.damage:
        return { type: 'lost', packet, packets };
      default:
        this.#over = true;
        this.#header = Object.freeze(reader.header());
        return { type: 'end', packets: packet, samples: this.#header.samples };
    }
  }
}

disposable(StreamReader);
