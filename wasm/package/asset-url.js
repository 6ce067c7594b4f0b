// Vite's development server bundles dependencies into a folder of its own and leaves the files
// beside them where they were.
const here = import.meta.url;
const inViteCache = /\/\.vite\/deps[^/]*\//.test(here);

/**
 * Address of a file of this package, given the one that the bundler made of it. An address of one
 * argument, since bundlers look for the files of all that is relative to import.meta.url.
 */
export function assetUrl(name, url) {
  if (!inViteCache) return url;
  const cache = here.slice(0, here.lastIndexOf('/'));
  return new URL(`${cache}/../../motet/${name}`);
}
