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
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { chromiumPath, QUIET_FLAGS } from './browser/chromium.mjs';

export { serve } from './browser/static-server.mjs';

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

/**
 * A page without a bundler, with a script of the fixtures: an import map says where the package is, and
 * `more` of its parts.
 */
export function plainPage(script, more = []) {
  const folder = project();
  const imports = { motet: './node_modules/motet/index.js' };
  for (const part of ['model', 'worker', 'worklet', ...more])
    imports[`motet/${part}`] = `./node_modules/motet/${part}.js`;
  writeFileSync(
    join(folder, 'index.html'),
    `<!doctype html><meta charset="utf-8"><title>plain</title>
<script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module" src="./main.js"></script>`,
  );
  cpSync(new URL(`fixtures/${script}`, import.meta.url), join(folder, 'main.js'));
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

// The CRC-32 of zlib and PNG.
export function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; ++bit) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** A model file with some of its tensors, and other JSON: as docs/FORMAT.md has it. */
function withTensors(path, keeps, change) {
  const file = readFileSync(path);
  const jsonEnd = 64 + file.readUInt32LE(12);
  const tableEnd = jsonEnd + file.readUInt32LE(20);
  const left = [
    Buffer.from(JSON.stringify(change(JSON.parse(file.toString('utf8', 64, jsonEnd))))),
  ];
  for (let at = jsonEnd, end; at < tableEnd; at = end) {
    const shape = at + 2 + file.readUInt16LE(at) + 2;
    const data = shape + 4 * file[shape - 1];
    end = data + 20;
    const offset = Number(file.readBigUInt64LE(data));
    if (!keeps(file.toString('latin1', at + 2, shape - 2)))
      file.fill(0, offset, offset + Number(file.readBigUInt64LE(data + 8)));
    else left.push(Buffer.from(file.subarray(at, end)));
  }
  const head = Buffer.concat(left);
  file.fill(0, 64, tableEnd);
  head.copy(file, 64);
  file.writeUInt32LE(left[0].length, 12);
  file.writeUInt32LE(left.length - 1, 16);
  file.writeUInt32LE(head.length - left[0].length, 20);
  file.writeUInt32LE(crc32(head), 32);
  file.writeUInt32LE(crc32(file.subarray(0, 60)), 60);
  return file;
}

const isEntropy = (name) => name.startsWith('entropy.');

/** A model file without its entropy model, if it has one. */
export function withoutEntropyModel(path) {
  return withTensors(
    path,
    (name) => !isEntropy(name),
    ({ entropy, ...json }) => (entropy ? { ...json, identity: entropy.codec_identity } : json),
  );
}

/** The entropy model of a model file alone, as motet-export writes it. */
export function entropyModelOf(path) {
  return withTensors(path, isEntropy, (json) => json);
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

export function launch(...flags) {
  return chromium.launch({ executablePath: chromiumPath(), args: [...QUIET_FLAGS, ...flags] });
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
