// Files that another app shares with the installed page (share_target of the manifest): the service worker
// takes them from the request, keeps them, and the page that it then opens finds them.

/** Where the system sends them: no file of the page. */
export const SHARE_PATH = './share';
/** What the address of the page then says. */
export const SHARED_PARAMETER = 'shared';

const CACHE = 'motet-shared';
const NAME = 'x-file-name';
const MODIFIED = 'x-last-modified';

/** In the service worker. What was shared before and never opened is dropped. */
export async function keepShared(files: readonly File[]): Promise<void> {
  await caches.delete(CACHE);
  const cache = await caches.open(CACHE);
  for (const [i, file] of files.entries()) {
    const headers = {
      'content-type': file.type || 'application/octet-stream',
      [NAME]: encodeURIComponent(file.name),
      [MODIFIED]: String(file.lastModified),
    };
    await cache.put(new URL(`${SHARE_PATH}/${i}`, location.href), new Response(file, { headers }));
  }
}

/** In the page. They are given out once. */
export async function takeShared(): Promise<File[]> {
  if (!('caches' in globalThis) || !(await caches.has(CACHE))) return [];
  const cache = await caches.open(CACHE);
  const files: File[] = [];
  for (const request of await cache.keys()) {
    const response = await cache.match(request);
    if (response === undefined) continue;
    const name = decodeURIComponent(response.headers.get(NAME) ?? '');
    const lastModified = Number(response.headers.get(MODIFIED));
    const blob = await response.blob();
    files.push(new File([blob], name, { type: blob.type, lastModified }));
  }
  await caches.delete(CACHE);
  return files;
}
