import { startWorker } from '#platform';
import { MotetError } from './errors.js';
import { checkBytes } from './decoder.js';
import { checkPcm } from './encoder.js';
import { disposable, internals } from './internals.js';

/** A codec in a worker, and the calls that wait for it. */
class Remote {
  #worker;
  #waiting = new Map(); // id -> {resolve, reject}
  #nextId = 0;
  #fault;

  constructor() {
    this.#worker = startWorker(
      (message) => this.#settle(message),
      (message) => this.#fail(new MotetError('internal', `the worker failed: ${message}`)),
    );
  }

  call(method, args = [], { signal, transfer = [] } = {}) {
    return new Promise((resolve, reject) => {
      if (this.#fault) throw this.#fault;
      signal?.throwIfAborted();
      const id = this.#nextId++;
      const abort = () => {
        this.#waiting.get(id)?.reject(signal.reason);
      };
      const done = (settle) => (value) => {
        signal?.removeEventListener('abort', abort);
        settle(value);
      };
      this.#waiting.set(id, { resolve: done(resolve), reject: done(reject) });
      signal?.addEventListener('abort', abort, { once: true });
      this.#worker.post({ id, method, args }, transfer);
    });
  }

  free() {
    this.#fail(new MotetError('freed', 'this worker was freed'));
  }

  #settle({ id, result, error }) {
    const call = this.#waiting.get(id);
    this.#waiting.delete(id);
    this.#worker.settled?.();
    if (error) call?.reject(new MotetError(error.code, error.message));
    else call?.resolve(result);
  }

  #fail(error) {
    if (this.#fault) return;
    this.#fault = error;
    this.#worker.terminate();
    for (const call of this.#waiting.values()) call.reject(error);
    this.#waiting.clear();
  }
}

async function start(kind, model, { signal, ...options }) {
  const { forWorker } = model[internals]();
  const remote = new Remote();
  try {
    return {
      remote,
      ...(await remote.call('create', [kind, forWorker, options], { signal })),
    };
  } catch (error) {
    remote.free();
    throw error;
  }
}

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
