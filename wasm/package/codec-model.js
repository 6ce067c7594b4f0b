import { checkCallback, checkOptions, checkQuality, checkSignal, checkToken } from './arguments.js';
import { modelHandle } from './core.js';
import { MotetError } from './errors.js';
import { disposable, internals, streamInternals } from './internals.js';
import { checkSource, loadBytes, loadCore } from './load.js';
import { notLost, whenLost } from './lost.js';

export class Model {
  #core;
  #handle;
  #module;
  #bytes;

  constructor(token, loaded, handle, bytes) {
    checkToken(token, 'Model.load()');
    this.#core = loaded.core;
    this.#module = loaded.module;
    this.#handle = handle;
    this.#bytes = bytes;
    this.info = Object.freeze(handle.info());
    whenLost(this, 'a Model', () => handle.delete());
  }

  static async load(source, options) {
    const { wasm, onProgress, signal } = checkOptions(options);
    checkSource('source', source);
    checkCallback('onProgress', onProgress);
    checkSignal(signal);
    const [loaded, bytes] = await Promise.all([
      loadCore(wasm),
      loadBytes(source, { onProgress, signal }),
    ]);
    const handle = modelHandle(loaded.core, bytes);
    // What the caller gave remains the caller's, who may change it.
    const own = bytes === source || bytes.buffer === source ? bytes.slice() : bytes;
    return new Model(internals, loaded, handle, own);
  }

  packetBytes(quality) {
    const { handle } = this[internals]();
    return handle.packetBytes(checkQuality(quality, this, false));
  }

  bitrate(quality) {
    const { sampleRate, packetSamples } = this.info;
    return (this.packetBytes(quality) * 8 * sampleRate) / packetSamples / 1000;
  }

  free() {
    notLost(this);
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

  [streamInternals]() {
    return this[internals]();
  }
}

disposable(Model);
