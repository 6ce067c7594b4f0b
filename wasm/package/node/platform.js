// Node's half of ../platform.js: worker threads, and files.
import { readFile as read } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

export function resolveAddress(address) {
  // A drive letter is no scheme.
  return /^[a-z][a-z0-9+.-]+:/i.test(address) ? new URL(address) : pathToFileURL(address);
}

/** The bytes at a file: address; undefined for any other, which fetch can do. */
export function readFile(url) {
  return url.protocol === 'file:' ? read(url) : undefined;
}

export function startWorker(onMessage, onError) {
  const worker = new Worker(new URL('./thread.js', import.meta.url));
  worker.on('message', onMessage);
  worker.on('error', (error) => onError(error.message));
  worker.on('messageerror', () => onError('a message could not be read'));
  worker.unref(); // alone it keeps no program from ending
  let open = 0;
  return {
    // A program does end, though, only when it has its answers.
    post: (message, transfer) => {
      if (open++ === 0) worker.ref();
      worker.postMessage(message, transfer);
    },
    settled: () => {
      if (--open === 0) worker.unref();
    },
    terminate: () => void worker.terminate(),
  };
}

export function nextTurn() {
  return new Promise((resolve) => setImmediate(resolve));
}
