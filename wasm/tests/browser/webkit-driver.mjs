// Debian's WebKitGTK (the engine of Safari) through its WebDriver, on a display that nobody sees and with a sound
// device that nobody hears: for the tests of the package and of the page.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSoundDevice } from './sound-device.mjs';

const PATHS = { Xvfb: '/usr/bin/Xvfb', WebKitWebDriver: '/usr/bin/WebKitWebDriver' };
const START_MS = 20_000;

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/** @param {import('node:child_process').ChildProcess} program */
async function end(program) {
  program.kill();
  if (program.exitCode === null && program.signalCode === null) await once(program, 'exit');
}

/**
 * Starts a display and the WebDriver server on it. The browser's name for WebDriver is MiniBrowser.
 * @returns {Promise<{ url: string, close: () => Promise<void> }>} The server's address, and what ends all.
 */
export async function startWebKitDriver() {
  for (const [name, path] of Object.entries(PATHS)) {
    if (!existsSync(path))
      throw new Error(`${name} is missing: apt-get install xvfb webkit2gtk-driver`);
  }
  const sound = await startSoundDevice();
  const folder = mkdtempSync(join(tmpdir(), 'motet-webkit-'));
  // Xvfb takes a free number, and writes it to its descriptor 3.
  const display = spawn(PATHS.Xvfb, ['-displayfd', '3', '-nolisten', 'tcp'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const written = /** @type {import('node:stream').Readable} */ (display.stdio[3]);
  const [number] = await once(written, 'data');
  const port = await freePort();
  const driver = spawn(PATHS.WebKitWebDriver, [`--port=${port}`], {
    stdio: 'ignore',
    env: {
      ...process.env,
      ...sound.env,
      DISPLAY: `:${String(number).trim()}`,
      HOME: folder,
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1', // a container may not make another
      WEBKIT_DISABLE_COMPOSITING_MODE: '1', // there is no GPU
    },
  });
  const close = async () => {
    await end(driver);
    await end(display);
    await sound.close();
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  const isReady = () =>
    fetch(`${url}/status`).then(
      ({ ok }) => ok,
      () => false,
    );
  for (const begin = Date.now(); !(await isReady());) {
    if (Date.now() - begin > START_MS) {
      await close();
      throw new Error('WebKitWebDriver does not answer');
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  return { url, close };
}
