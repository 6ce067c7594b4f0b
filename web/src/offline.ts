// The page's side of the service worker.
import { ON_DEMAND_CACHE } from './offline-cache';

/** Says when the page works offline, and offers a new version when there is one. */
export async function startOffline(
  onReady: () => void,
  onUpdate: (apply: () => void) => void,
): Promise<void> {
  if (!('serviceWorker' in navigator) || !import.meta.env.PROD) return;
  const controlled = navigator.serviceWorker.controller !== null;
  const registration = await navigator.serviceWorker.register('./service-worker.js');
  const offer = (worker: ServiceWorker): void => {
    onUpdate(() => {
      navigator.serviceWorker.addEventListener('controllerchange', () => location.reload());
      worker.postMessage('skip-waiting');
    });
  };
  if (registration.waiting !== null && controlled) offer(registration.waiting);
  registration.addEventListener('updatefound', () => {
    const worker = registration.installing;
    worker?.addEventListener('statechange', () => {
      if (worker.state === 'installed' && controlled) offer(worker);
    });
  });
  await navigator.serviceWorker.ready;
  onReady();
}

/** Stores the files of an engine that is in use, whether or not a service worker was there yet. */
export async function keepForOffline(files: readonly string[]): Promise<void> {
  if (!('caches' in window)) return;
  const cache = await caches.open(ON_DEMAND_CACHE);
  for (const file of files) {
    const url = new URL(file, document.baseURI).href;
    if ((await cache.match(url)) === undefined && (await caches.match(url)) === undefined) {
      await cache.add(url);
    }
  }
}
