// Keeps the page usable offline. Everything but ONNX Runtime is stored with the first visit; that is
// several times as large, and is stored once somebody has used it.
import { clientsClaim } from 'workbox-core';
import { cleanupOutdatedCaches, precacheAndRoute } from 'workbox-precaching';
import { registerRoute } from 'workbox-routing';
import { CacheFirst } from 'workbox-strategies';
import { ON_DEMAND_CACHE } from './offline-cache';
import { keepShared, SHARE_PATH, SHARED_PARAMETER } from './sharing';

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

// What another app shares comes as a form; the page finds the files when it opens.
const share = new URL(SHARE_PATH, self.registration.scope);
registerRoute(
  ({ url }) => url.origin === share.origin && url.pathname === share.pathname,
  async ({ request }) => {
    const values = (await request.formData()).getAll('files');
    await keepShared(values.filter((value) => value instanceof File && value.size > 0) as File[]);
    return Response.redirect(`${self.registration.scope}?${SHARED_PARAMETER}`, 303);
  },
  'POST',
);

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
