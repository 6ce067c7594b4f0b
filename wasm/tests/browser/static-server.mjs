// Serves a folder without any special header, as a plain static host would: for the tests of the package
// and of the page.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

/** @type {Record<string, string>} */
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

/**
 * @typedef {object} StaticServer
 * @property {string} url Of the folder, with a slash at its end.
 * @property {string[]} missing Paths that were asked for and are not there.
 * @property {() => Promise<void>} close
 */

/**
 * @param {string} folder
 * @param {{ path?: string, scripts?: Readonly<Record<string, string>> }} [options] `path`: where the folder
 *   is on the server, with slashes at both ends. `scripts`: names and texts of scripts and pages that are served
 *   beside its files.
 * @returns {Promise<StaticServer>}
 */
export async function serve(folder, { path: subPath = '/', scripts = {} } = {}) {
  if (!existsSync(join(folder, 'index.html'))) throw new Error(`${folder} has no index.html`);
  /** @type {string[]} */
  const missing = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const relative = path.startsWith(subPath) ? path.slice(subPath.length) : undefined;
    const script = relative === undefined ? undefined : scripts[relative];
    if (script !== undefined) {
      const type = TYPES[extname(relative)] ?? 'text/javascript';
      response.writeHead(200, { 'Content-Type': type }).end(script);
      return;
    }
    const file = join(folder, normalize(`/${relative === '' ? 'index.html' : relative}`));
    if (relative === undefined || !existsSync(file) || !statSync(file).isFile()) {
      missing.push(path);
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
      'Content-Length': statSync(file).size,
    });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}${subPath}`,
    missing,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve(undefined));
        server.closeAllConnections();
      }),
  };
}
