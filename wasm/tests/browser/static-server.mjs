// Serves the built page from a sub-path, without any special header, as a plain static host would.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

export const dist = fileURLToPath(new URL('../../build/web/dist', import.meta.url));

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

export interface StaticServer {
  /** Of the page, with a slash at its end. */
  url: string;
  /** Paths that were asked for and are not there. */
  missing: string[];
  close(): Promise<void>;
}

/** `extra`: scripts that are served beside the page. */
export async function serve(
  subPath: string,
  extra: Readonly<Record<string, string>> = {},
  root = dist,
): Promise<StaticServer> {
  if (!existsSync(join(root, 'index.html'))) {
    throw new Error(`${root} has no page: run 'npm run build' first`);
  }
  const missing: string[] = [];
  const server: Server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const relative = path.startsWith(subPath) ? path.slice(subPath.length) : undefined;
    if (relative !== undefined && extra[relative] !== undefined) {
      response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(extra[relative]);
      return;
    }
    const file = join(root, normalize(`/${relative === '' ? 'index.html' : relative}`));
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
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${subPath}`,
    missing,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
