// What the tests share: the package as a user gets it, packed and installed into projects of their
// own, and real music.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));
const build = process.env.MOTET_PACKAGE ?? join(root, 'build/wasm/package');
/** The native program, which must agree. */
export const program = process.env.MOTET_PROGRAM ?? join(root, 'build/native/bin/motet');

export function scratch() {
  const folder = mkdtempSync(join(tmpdir(), 'motet-package-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

let tarball;

/** The tarball that would be published. */
export function pack() {
  if (!tarball) {
    if (!existsSync(join(build, 'package.json')))
      throw new Error(`${build} holds no package: build it with ./dev build`);
    const folder = scratch();
    const [{ filename }] = JSON.parse(
      execFileSync('npm', ['pack', '--json', '--pack-destination', folder, build], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
    tarball = join(folder, filename);
  }
  return tarball;
}

/** A project of its own with the tarball installed, and the files of a fixture. */
export function project(fixture, manifest = {}) {
  const folder = scratch();
  if (fixture)
    cpSync(fileURLToPath(new URL(`fixtures/${fixture}`, import.meta.url)), folder, {
      recursive: true,
    });
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'consumer', private: true, type: 'module', ...manifest }),
  );
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', pack()], {
    cwd: folder,
    stdio: 'ignore',
  });
  return folder;
}

/** A tool of this folder's node_modules. */
export function tool(name, args, folder) {
  return execFileSync(
    process.execPath,
    [fileURLToPath(new URL(`node_modules/${name}`, import.meta.url)), ...args],
    { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  );
}

export function motet(...args) {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The samples of a 32-bit float WAV file, planar. */
export function readWav(path) {
  const bytes = readFileSync(path);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let channels = 0;
  for (let at = 12; at < bytes.length; at += 8 + view.getUint32(at + 4, true)) {
    const id = bytes.toString('latin1', at, at + 4);
    if (id === 'fmt ') channels = view.getUint16(at + 10, true);
    if (id !== 'data') continue;
    const frames = view.getUint32(at + 4, true) / 4 / channels;
    return Array.from({ length: channels }, (_, c) =>
      Float32Array.from({ length: frames }, (_, i) =>
        view.getFloat32(at + 8 + 4 * (i * channels + c), true),
      ),
    );
  }
  throw new Error(`${path} has no data`);
}

/** Ten seconds of real music, as 16-bit samples in floats: what the native program reads too. */
export function music() {
  const folder = scratch();
  const path = join(folder, 'music.wav');
  execFileSync('flac', ['--decode', '--silent', '-o', path, join(root, 'tests/data/excerpt.flac')]);
  const bytes = readFileSync(path);
  const start = bytes.indexOf('data', 12, 'latin1') + 8;
  const frames = Math.floor((bytes.length - start) / 4);
  const pcm = [new Float32Array(frames), new Float32Array(frames)];
  for (let i = 0; i < frames; ++i) {
    pcm[0][i] = bytes.readInt16LE(start + 4 * i) / 32768;
    pcm[1][i] = bytes.readInt16LE(start + 4 * i + 2) / 32768;
  }
  return { path, pcm };
}

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

/** Serves a folder; a person would use any static server. */
export async function serve(folder) {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    const file = join(folder, path.endsWith('/') ? `${path}index.html` : path);
    if (!file.startsWith(folder) || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    const body = readFileSync(file);
    response
      .writeHead(200, {
        'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
        'content-length': body.length,
      })
      .end(body);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

export const chromiumPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);

export function launch(...flags) {
  if (!chromiumPath) throw new Error('Chromium is missing (Debian: chromium)');
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--autoplay-policy=no-user-gesture-required',
      ...flags,
    ],
  });
}

/** Opens a page that sets `window.result` or `window.failure`, and waits for either. */
export async function resultOf(browser, url, problems = []) {
  const page = await browser.newPage();
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`);
  });
  await page.goto(url);
  await page.waitForFunction('window.result !== undefined || window.failure !== undefined', null, {
    timeout: 120_000,
  });
  const outcome = await page.evaluate('({ result: window.result, failure: window.failure })');
  await page.close();
  if (outcome.failure) throw new Error(`${outcome.failure}; ${problems.join('; ')}`);
  return outcome.result;
}
