// Keeps the page usable offline. Everything but ONNX Runtime is stored with the first visit; that is
// several times as large, and is stored once somebody has used it.
import { clientsClaim } from 'workbox-core';
import { cleanupOutdatedCaches, precacheAndRoute } from 'workbox-precaching';
import { registerRoute } from 'workbox-routing';
import { CacheFirst } from 'workbox-strategies';
import { ON_DEMAND_CACHE } from './offline-cache';

declare const self: ServiceWorkerGlobalScope;
// Written in by the build.
declare const PRECACHE: Array<{ url: string; revision: string | null }>;
declare const ON_DEMAND: string[];

const onDemand = new Set(ON_DEMAND.map((file) => new URL(file, self.registration.scope).href));

clientsClaim();
cleanupOutdatedCaches();
// No file depends on what stands behind a question mark; the page reads ?engine itself.
precacheAndRoute(PRECACHE, { ignoreURLParametersMatching: [/./] });
registerRoute(({ url }) => onDemand.has(url.href), new CacheFirst({ cacheName: ON_DEMAND_CACHE }));

// Files of an earlier build have other names, so they are of no use any more.
self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches.open(ON_DEMAND_CACHE).then(async (cache) => {
      for (const { url } of await cache.keys()) if (!onDemand.has(url)) await cache.delete(url);
    }),
  );
});

// A new version waits until the page says that it is ready for it.
self.addEventListener('message', ({ data }) => {
  if (data === 'skip-waiting') void self.skipWaiting();
});
