// Debian's Chromium, quiet: no request of its own, and a microphone that plays a file.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** Music of the repository, in tests/data. */
export const dataFile = (name: string): string => path(`../../tests/data/${name}`);
/** What building and testing leave behind. */
export const builtFile = (name: string): string => path(`../../build/web/${name}`);

export const TRACKS = ['excerpt', 'ivory', 'irelands-coast'] as const;
/** A track as 16-bit WAV; set-up.ts makes it. */
export const wavOf = (track: (typeof TRACKS)[number]): string => builtFile(`fixtures/${track}.wav`);
/** What the pretended microphone hears. */
export const microphoneFile = wavOf('ivory');

const candidates = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'];
const executablePath = candidates.find((file) => file !== undefined && existsSync(file));
if (executablePath === undefined) {
  throw new Error('Chromium is missing: apt-get install chromium, or name it in $CHROMIUM');
}

const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
];

/** `microphone`: what the person answers when the browser asks for it. */
export const launch = (
  microphone: 'allowed' | 'refused',
): { executablePath: string; args: string[] } => ({
  executablePath,
  args: [
    ...quiet,
    '--use-fake-device-for-media-stream',
    `--use-fake-ui-for-media-stream${microphone === 'allowed' ? '' : '=deny'}`,
    `--use-file-for-fake-audio-capture=${microphoneFile}`,
  ],
});
