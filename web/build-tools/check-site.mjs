// Serves the built page as a static host would and fetches every file of it: what a person without a
// browser can see of whether it works.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { preview } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = fileURLToPath(new URL('../../build/web/dist', import.meta.url));

/** Paths of all files below a folder, relative to it. */
function filesBelow(folder, prefix = '') {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    const path = `${prefix}${entry.name}`;
    return entry.isDirectory() ? filesBelow(folder, `${path}/`) : [path];
  });
}

const server = await preview({ root, logLevel: 'silent', preview: { port: 0 } });
const [address] = server.resolvedUrls.local;
let bytes = 0;
let wrong = 0;
const files = filesBelow(dist);
if (!files.includes('index.html')) throw new Error(`${dist} holds no page`);
for (const file of files) {
  const response = await fetch(new URL(file, address));
  const body = Buffer.from(await response.arrayBuffer());
  if (!response.ok || !body.equals(readFileSync(join(dist, file)))) {
    console.error(`${file}: not served as it is (status ${response.status})`);
    ++wrong;
  }
  bytes += body.length;
}
await server.close();
if (wrong > 0) process.exit(1);
console.log(`The page is served whole: ${files.length} files, ${(bytes / 1e6).toFixed(1)} MB`);
