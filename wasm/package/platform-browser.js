// What differs between browsers and Node: workers, and files. This is the browsers' half.

// Vite's development server bundles dependencies into a folder of its own and leaves the files
// beside them where they were.
const inViteCache = /\/\.vite\/deps[^/]*\//.test(import.meta.url);

/** Address of a file of this package, given the address that the bundler made of it. */
export function assetUrl(name, url) {
  return inViteCache ? new URL(`../../motet/${name}`, import.meta.url) : url;
}

export function resolveAddress(address) {
  return new URL(address, globalThis.document?.baseURI ?? globalThis.location?.href);
}

export function readFile() {
  return undefined; // fetch does it
}

/** A worker of this package. Failures to start come to `onError` like all others. */
export function startWorker(onMessage, onError) {
  const moved = inViteCache && new URL('../../motet/worker-browser.js', import.meta.url);
  const worker = moved
    ? new Worker(moved, { type: 'module' })
    : new Worker(new URL('./worker-browser.js', import.meta.url), {
        type: 'module',
      });
  worker.onmessage = (event) => onMessage(event.data);
  worker.onerror = (event) => onError(event.message || 'the worker could not be started');
  worker.onmessageerror = () => onError('a message could not be read');
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    terminate: () => worker.terminate(),
  };
}

/** Lets the page draw and answer. */
export function breathe() {
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      resolve();
    };
    channel.port2.postMessage(undefined);
  });
}
