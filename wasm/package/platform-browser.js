// The browsers' half of platform.js, and that of all that is no Node: workers of the web, fetch.
import { assetUrl } from './asset-url.js';
import { MotetError } from './errors.js';

export function resolveAddress(address) {
  return new URL(address, globalThis.document?.baseURI ?? globalThis.location?.href);
}

/** The bytes at a file: address, which fetch does not do; undefined for any other. */
export function readFile(url) {
  if (url.protocol !== 'file:' || typeof XMLHttpRequest !== 'function') return undefined;
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('GET', url);
    request.responseType = 'arraybuffer';
    request.onload = () => resolve(new Uint8Array(request.response));
    request.onerror = () => reject(new Error('there is no such file, or pages may not read files'));
    request.send();
  });
}

/** A worker of this package. Failures to start come to `onError` like all others. */
export function startWorker(onMessage, onError) {
  if (typeof Worker !== 'function') throw new MotetError('internal', 'there are no workers here');
  const options = { type: 'module' };
  // Bundlers must find this expression as it stands here.
  const start = () =>
    new Worker(new URL('./worker-browser.js', import.meta.url), { type: 'module' });
  const moved = assetUrl('worker-browser.js', undefined);
  const worker = moved ? new Worker(moved, options) : start();
  worker.onmessage = (event) => onMessage(event.data);
  worker.onerror = (event) => onError(event.message || 'the worker could not be started');
  worker.onmessageerror = () => onError('a message could not be read');
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    terminate: () => worker.terminate(),
  };
}

/** Lets the page draw and answer. */
export function nextTurn() {
  return new Promise((resolve) => {
    if (typeof MessageChannel !== 'function') {
      setTimeout(resolve); // browsers would make it 4 ms
      return;
    }
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      resolve();
    };
    channel.port2.postMessage(undefined);
  });
}
