// Serves a folder with ranges, as the usual static hosts do, and keeps what was asked for.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
};

/**
 * @param {string} folder
 * @param {{ bytesPerSecond?: number, cacheSeconds?: number }} [options] `bytesPerSecond`: of `.motet` files, as
 *   on a slow line. `cacheSeconds`: how long browsers may keep all others.
 */
export async function serveRanges(folder, { bytesPerSecond = Infinity, cacheSeconds = 0 } = {}) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
    const file = join(folder, path === '/' ? 'index.html' : path);
    const { range } = request.headers;
    requests.push({ path, range });
    if (!existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    if (extname(file) !== '.motet') response.setHeader('Cache-Control', `max-age=${cacheSeconds}`);
    let body = readFileSync(file);
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    const match = /^bytes=(\d+)-(\d*)$/.exec(range ?? '');
    if (match) {
      const [begin, end] = [
        Number(match[1]),
        Math.min(body.length, Number(match[2] || Infinity) + 1),
      ];
      response.writeHead(206, {
        'Content-Type': type,
        'Content-Range': `bytes ${begin}-${end - 1}/${body.length}`,
        'Content-Length': end - begin,
      });
      body = body.subarray(begin, end);
    } else {
      response.writeHead(200, { 'Content-Type': type, 'Content-Length': body.length });
    }
    const step = extname(file) === '.motet' ? bytesPerSecond / 10 : Infinity;
    for (let at = 0; at < body.length && !response.destroyed; at += step) {
      response.write(body.subarray(at, at + step));
      if (step < body.length) await new Promise((done) => setTimeout(done, 100));
    }
    response.end();
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    requests,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
