import { checkCallback, checkOptions, checkQuality, checkSignal, checkToken } from './arguments.js';
import { modelHandle } from './core.js';
import { MotetError } from './errors.js';
import { disposable, internals, streamInternals } from './internals.js';
import { checkSource, loadBytes, loadCore } from './load.js';
import { notLost, whenLost } from './lost.js';

/** As much of a model's info as is true without its networks. */
function factsOf({ storage, parameters, encoderGmacPerSecond, decoderGmacPerSecond, ...facts }) {
  return Object.freeze(facts);
}

export class EntropyModel {
  #core;
  #handle;

  constructor(token, core, handle) {
    checkToken(token, 'EntropyModel.load()');
    this.#core = core;
    this.#handle = handle;
    this.info = factsOf(handle.info());
    whenLost(this, 'an EntropyModel', () => handle.delete());
  }

  static async load(source, options) {
    const { wasm, onProgress, signal } = checkOptions(options);
    checkSource('source', source);
    checkCallback('onProgress', onProgress);
    checkSignal(signal);
    const [{ core }, bytes] = await Promise.all([
      loadCore(wasm),
      loadBytes(source, { onProgress, signal }),
    ]);
    return new EntropyModel(internals, core, modelHandle(core, bytes, 'entropyModelFromBytes'));
  }

  packetBytes(quality) {
    const { handle } = this[streamInternals]();
    return handle.packetBytes(checkQuality(quality, this, false));
  }

  free() {
    notLost(this);
    this.#handle?.delete();
    this.#handle = undefined;
  }

  [streamInternals]() {
    if (!this.#handle) throw new MotetError('freed', 'this entropy model was freed');
    return { core: this.#core, handle: this.#handle };
  }
}

disposable(EntropyModel);
