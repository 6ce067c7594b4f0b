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

  constructor(token, loaded, handle) {
    checkToken(token, 'Model.load()');
    this.#core = loaded.core;
    this.#module = loaded.module;
    this.#handle = handle;
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
    return new Model(internals, loaded, modelHandle(loaded.core, bytes));
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
  }

  [internals]() {
    const handle = this.#handle;
    if (!handle) throw new MotetError('freed', 'this model was freed');
    const module = this.#module;
    return {
      core: this.#core,
      handle,
      /** What a worker needs to load the same. The file's bytes are in the core's memory alone, and are copied here. */
      get forWorker() {
        return { module, bytes: handle.bytes().slice() };
      },
    };
  }

  [streamInternals]() {
    return this[internals]();
  }
}

disposable(Model);
