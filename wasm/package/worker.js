import {
  checkBytes,
  checkConcealed,
  checkDecoding,
  checkEncoding,
  checkFlag,
  checkModel,
  checkNumber,
  checkOptions,
  checkPcm,
  checkSamples,
  checkSignal,
  checkToken,
  isArrayBuffer,
} from './arguments.js';
import { invalid } from './errors.js';
import { disposable, internals } from './internals.js';
import { notLost, whenLost } from './lost.js';
import { start } from './remote.js';
import { checkSource, seekIn } from './seeking.js';

// A view of a part would take the whole buffer along, and shared memory cannot move.
const whole = (array) =>
  array.byteLength === array.buffer.byteLength && isArrayBuffer(array.buffer)
    ? array
    : array.slice();

/** What a call sends along: the arrays' buffers, if they are to move. */
function sending(arrays, options) {
  const { signal, transfer } = checkOptions(options);
  checkFlag('transfer', transfer);
  return {
    signal: checkSignal(signal),
    transfer: transfer ? [...new Set(arrays.map((array) => array.buffer))] : [],
  };
}

/** Calls of which none may be left out: after one that was aborted they are refused until `renew`. */
class Sequence {
  #isBroken = false;

  async run(signal, call) {
    const wasAborted = signal?.aborted;
    try {
      this.#check();
      const result = await call();
      this.#check();
      return result;
    } catch (error) {
      if (signal?.aborted && !wasAborted) this.#isBroken = true;
      throw error;
    }
  }

  renew() {
    this.#isBroken = false;
  }

  #check() {
    if (this.#isBroken)
      throw invalid('a call before was aborted, and its part is missing: call reset()');
  }
}

export class EncoderWorker {
  #remote;
  #sequence = new Sequence();

  constructor(token, started) {
    checkToken(token, 'EncoderWorker.create()');
    const { remote, quality, channels } = started;
    this.#remote = remote;
    whenLost(this, 'an EncoderWorker', () => remote.freeWhenIdle());
    this.quality = quality;
    this.channels = channels;
  }

  static async create(model, options) {
    const checked = checkEncoding(options, checkModel(model));
    const signal = checkSignal(options?.signal);
    return new EncoderWorker(internals, await start('encoder', model, { ...checked, signal }));
  }

  async encode(channelData, options) {
    checkPcm(channelData, this.channels);
    const planes = channelData.map(whole);
    return this.#call('encode', [planes], sending(planes, options));
  }

  async flush(options) {
    return this.#call('flush', [], sending([], options));
  }

  async reset() {
    await this.#remote.call('reset');
    this.#sequence.renew();
  }

  #call(method, args, options) {
    return this.#sequence.run(options.signal, () => this.#remote.call(method, args, options));
  }

  free() {
    notLost(this);
    this.#remote.free();
  }
}

export class DecoderWorker {
  #remote;
  #header;
  #sequence = new Sequence();

  constructor(token, started) {
    checkToken(token, 'DecoderWorker.create()');
    const { remote } = started;
    this.#remote = remote;
    whenLost(this, 'a DecoderWorker', () => remote.freeWhenIdle());
  }

  static async create(model, options) {
    const checked = checkDecoding(options, checkModel(model));
    const signal = checkSignal(options?.signal);
    return new DecoderWorker(internals, await start('decoder', model, { ...checked, signal }));
  }

  get header() {
    return this.#header;
  }

  async decode(bytes, options) {
    const own = whole(checkBytes(bytes));
    return this.#audio('decode', [own], sending([own], options));
  }

  async decodeSome(bytes, samples, options) {
    checkNumber('samples', samples, 0, true);
    const own = whole(checkBytes(bytes));
    return this.#audio('decodeSome', [own, samples], sending([own], options));
  }

  async flush(options) {
    return this.#audio('flush', [], sending([], options));
  }

  async conceal(packets, options) {
    checkConcealed(packets);
    return this.#audio('conceal', [packets], sending([], options));
  }

  async seek(sample, source, options) {
    checkSamples(sample, false, 'sample');
    const checked = checkSource(source);
    const sent = sending([], options);
    const step = async (method, args) => {
      const { header, ...wanted } = await this.#remote.call(method, args, sent);
      this.#header = header;
      return wanted;
    };
    const offset = await seekIn(
      checked,
      (size) => step('beginSeek', [sample, size]),
      (bytes, number) => step('goOnSeeking', [whole(bytes), number]),
    );
    this.#sequence.renew();
    return offset;
  }

  async reset() {
    await this.#remote.call('reset');
    this.#header = undefined;
    this.#sequence.renew();
  }

  free() {
    notLost(this);
    this.#remote.free();
  }

  async #audio(method, args, options) {
    const { audio, header } = await this.#sequence.run(options.signal, () =>
      this.#remote.call(method, args, options),
    );
    this.#header = header;
    return audio;
  }
}

disposable(EncoderWorker);
disposable(DecoderWorker);
