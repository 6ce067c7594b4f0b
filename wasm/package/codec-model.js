import { modelHandle } from './core.js';
import { MotetError, invalid } from './errors.js';
import { disposable, internals } from './internals.js';
import { loadBytes, loadCore } from './load.js';

export class Model {
  #core;
  #handle;
  #module;
  #bytes;

  constructor(token, { core, module }, handle, bytes) {
    if (token !== internals) throw new TypeError('use Model.load()');
    this.#core = core;
    this.#module = module;
    this.#handle = handle;
    this.#bytes = bytes;
    this.info = Object.freeze(handle.info());
  }

  static async load(source, options = {}) {
    const [loaded, bytes] = await Promise.all([loadCore(options.wasm), loadBytes(source, options)]);
    const handle = modelHandle(loaded.core, bytes);
    // What the caller gave remains the caller's, who may change it.
    const own = bytes === source || bytes.buffer === source ? bytes.slice() : bytes;
    return new Model(internals, loaded, handle, own);
  }

  packetBytes(quality) {
    const bytes = this[internals]().handle.packetBytes(quality);
    if (bytes === 0) throw invalid(`quality is ${quality}, wanted 1 to ${this.info.maxQuality}`);
    return bytes;
  }

  bitrate(quality) {
    const { sampleRate, packetSamples } = this.info;
    return (this.packetBytes(quality) * 8 * sampleRate) / packetSamples / 1000;
  }

  free() {
    this.#handle?.delete();
    this.#handle = undefined;
    this.#bytes = undefined;
  }

  [internals]() {
    if (!this.#handle) throw new MotetError('freed', 'this model was freed');
    return {
      core: this.#core,
      handle: this.#handle,
      /** What a worker needs to load the same. */
      forWorker: { module: this.#module, bytes: this.#bytes },
    };
  }
}

disposable(Model);
