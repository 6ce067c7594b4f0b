// What encoder and decoder have in common: the states, the queue and the errors of WebCodecs' codecs.
import { checkConfig, resolve } from './config.js';

const failure = (name, message) => new DOMException(message, name);

export class Codec extends EventTarget {
  #output;
  #error;
  #state = 'unconfigured';
  #waiting = 0; // calls that the codec has not begun
  #turn = Promise.resolve(); // the call that came last: each waits for the one before
  #run = { flushes: new Set(), remote: undefined }; // until reset() or close()
  #announced = false; // that the queue got shorter
  ondequeue = null;

  constructor(init) {
    super();
    for (const name of ['output', 'error'])
      if (typeof init?.[name] !== 'function')
        throw new TypeError(`${name} is no function, wanted a callback`);
    this.#output = init.output;
    this.#error = init.error;
  }

  get state() {
    return this.#state;
  }

  /** Of calls that wait; its name is the subclass's. */
  get queueSize() {
    return this.#waiting;
  }

  configure(config) {
    const known = checkConfig(config);
    if (this.#state === 'closed') throw failure('InvalidStateError', 'the codec is closed');
    this.#state = 'configured';
    this.configured();
    this.#enqueue(async (run) => {
      const { unsupported, ...settings } = resolve(known);
      if (unsupported) throw failure('NotSupportedError', unsupported);
      run.remote?.free();
      run.remote = undefined;
      const remote = await this.start(known.model, settings);
      if (run === this.#run) run.remote = remote;
      else remote.free();
    });
  }

  /** Does `work(remote)` when its turn comes. */
  enqueue(work) {
    if (this.#state !== 'configured')
      throw failure('InvalidStateError', `the codec is ${this.#state}, wanted configured`);
    ++this.#waiting;
    this.#enqueue(async (run) => {
      --this.#waiting;
      this.#announce();
      await work(run.remote);
    });
  }

  async flush() {
    if (this.#state !== 'configured')
      throw failure('InvalidStateError', `the codec is ${this.#state}, wanted configured`);
    this.configured();
    const { flushes } = this.#run;
    return new Promise((resolve, reject) => {
      flushes.add(reject);
      this.#enqueue(async (run) => {
        await this.finish(run.remote);
        flushes.delete(reject);
        resolve();
      });
    });
  }

  reset() {
    if (this.#state === 'closed') throw failure('InvalidStateError', 'the codec is closed');
    this.#stop(failure('AbortError', 'the codec was reset'));
    this.#state = 'unconfigured';
  }

  close() {
    if (this.#state === 'closed') throw failure('InvalidStateError', 'the codec is closed');
    this.#stop(failure('AbortError', 'the codec was closed'));
    this.#state = 'closed';
  }

  /** Whether results of a call are still wanted: not after reset() or close(). */
  isCurrent(remote) {
    return this.#run.remote === remote;
  }

  emit(...args) {
    try {
      this.#output(...args);
    } catch (error) {
      // A callback's fault is its owner's, not the codec's.
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  #enqueue(job) {
    const run = this.#run;
    this.#turn = this.#turn.then(async () => {
      if (run !== this.#run) return;
      try {
        await job(run);
      } catch (error) {
        if (run === this.#run) this.#fail(error);
      }
    });
  }

  /** A fault closes the codec, and says which. */
  #fail(error) {
    const told =
      error instanceof DOMException
        ? error
        : failure('EncodingError', error?.message ?? `${error}`);
    this.#stop(told);
    this.#state = 'closed';
    this.#error(told);
  }

  #stop(reason) {
    const { flushes, remote } = this.#run;
    this.#run = { flushes: new Set(), remote: undefined };
    remote?.free();
    if (this.#waiting > 0) {
      this.#waiting = 0;
      this.#announce();
    }
    for (const reject of flushes) reject(reason);
  }

  #announce() {
    if (this.#announced) return;
    this.#announced = true;
    setTimeout(() => {
      this.#announced = false;
      const event = new Event('dequeue');
      this.ondequeue?.(event);
      this.dispatchEvent(event);
    });
  }
}
