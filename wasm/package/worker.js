import { checkBytes } from './decoder.js';
import { checkPcm } from './encoder.js';
import { disposable, internals } from './internals.js';
import { start } from './remote.js';

// A view of a part would take the whole buffer along.
const whole = (array) => (array.byteLength === array.buffer.byteLength ? array : array.slice());

/** What a call sends along: the arrays' buffers, if they are to move. */
function sending(arrays, { signal, transfer = false } = {}) {
  return {
    signal,
    transfer: transfer ? [...new Set(arrays.map((array) => array.buffer))] : [],
  };
}

export class EncoderWorker {
  #remote;

  constructor(token, { remote, quality, channels }) {
    if (token !== internals) throw new TypeError('use EncoderWorker.create()');
    this.#remote = remote;
    this.quality = quality;
    this.channels = channels;
  }

  static async create(model, options = {}) {
    return new EncoderWorker(internals, await start('encoder', model, options));
  }

  async encode(channelData, options) {
    checkPcm(channelData, this.channels);
    const planes = channelData.map(whole);
    return this.#remote.call('encode', [planes], sending(planes, options));
  }

  flush(options) {
    return this.#remote.call('flush', [], sending([], options));
  }

  reset() {
    return this.#remote.call('reset');
  }

  free() {
    this.#remote.free();
  }
}

export class DecoderWorker {
  #remote;
  #header;

  constructor(token, { remote }) {
    if (token !== internals) throw new TypeError('use DecoderWorker.create()');
    this.#remote = remote;
  }

  static async create(model, options = {}) {
    return new DecoderWorker(internals, await start('decoder', model, options));
  }

  get header() {
    return this.#header;
  }

  async decode(bytes, options) {
    const own = whole(checkBytes(bytes));
    return this.#audio('decode', [own], sending([own], options));
  }

  async decodeSome(bytes, samples, options) {
    const own = whole(checkBytes(bytes));
    return this.#audio('decodeSome', [own, samples], sending([own], options));
  }

  flush(options) {
    return this.#audio('flush', [], sending([], options));
  }

  conceal(packets, options) {
    return this.#audio('conceal', [packets], sending([], options));
  }

  async reset() {
    await this.#remote.call('reset');
    this.#header = undefined;
  }

  free() {
    this.#remote.free();
  }

  async #audio(method, args, options) {
    const { audio, header } = await this.#remote.call(method, args, options);
    this.#header = header;
    return audio;
  }
}

disposable(EncoderWorker);
disposable(DecoderWorker);
