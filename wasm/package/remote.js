// The page's end of a worker.
import { MotetError } from './errors.js';
import { internals } from './internals.js';
import { platform } from './platform.js';

/** A codec in a worker, and the calls that wait for it. */
class Remote {
  #worker;
  #waiting = new Map(); // id -> {resolve, reject}
  #nextId = 0;
  #fault;
  #lost = false;

  constructor() {
    this.#worker = platform.startWorker(
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

  /** Of one that nobody has any more: its last calls may still be awaited. */
  freeWhenIdle() {
    this.#lost = true;
    if (this.#waiting.size === 0) this.free();
  }

  #settle({ id, result, error }) {
    const call = this.#waiting.get(id);
    this.#waiting.delete(id);
    this.#worker.settled?.();
    if (error) call?.reject(new MotetError(error.code, error.message));
    else call?.resolve(result);
    if (this.#lost && this.#waiting.size === 0) this.free();
  }

  #fail(error) {
    if (this.#fault) return;
    this.#fault = error;
    this.#worker.terminate();
    for (const call of this.#waiting.values()) call.reject(error);
    this.#waiting.clear();
  }
}

/** A codec of `kind` (worker-thread.js), and what it says of itself. */
export async function start(kind, model, { signal, ...options }) {
  const { forWorker } = model[internals]();
  const remote = new Remote();
  try {
    return {
      remote,
      ...(await remote.call('create', [kind, forWorker, options], {
        signal,
        transfer: [forWorker.bytes.buffer],
      })),
    };
  } catch (error) {
    remote.free();
    throw error;
  }
}
