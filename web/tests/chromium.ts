// Debian's Chromium, quiet: no request of its own, a microphone that plays a file.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const dataFile = (name: string): string =>
  fileURLToPath(new URL(`../../tests/data/${name}`, import.meta.url));
export const builtFile = (name: string): string =>
  fileURLToPath(new URL(`../../build/web/${name}`, import.meta.url));

/** What the pretended microphone hears; made before the tests start. */
export const microphoneFile = builtFile('microphone.wav');

const candidates = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'];
const executablePath = candidates.find((path) => path !== undefined && existsSync(path));
if (executablePath === undefined) {
  throw new Error('Chromium is missing: apt-get install chromium, or name it in $CHROMIUM');
}

export const chromium = {
  browserName: 'chromium' as const,
  headless: true,
  launchOptions: {
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--autoplay-policy=no-user-gesture-required',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-audio-capture=${microphoneFile}`,
    ],
  },
};
