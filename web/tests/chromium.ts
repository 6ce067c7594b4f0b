// Debian's Chromium with a microphone that plays a file, and where the tests find their files.
import { fileURLToPath } from 'node:url';
import { chromiumPath, QUIET_FLAGS } from '../../wasm/tests/browser/chromium.mjs';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** Music of the repository, in tests/data. */
export const dataFile = (name: string): string => path(`../../tests/data/${name}`);
/** What building and testing leave behind. */
export const builtFile = (name: string): string => path(`../../build/web/${name}`);

export const TRACKS = ['excerpt', 'ivory', 'irelands-coast'] as const;
/** A track as 16-bit WAV; set-up.ts makes it. */
export const wavOf = (track: (typeof TRACKS)[number]): string => builtFile(`fixtures/${track}.wav`);
/** A track as WAV of 32-bit floats, which every browser decodes to the same samples. */
export const floatWav = builtFile('fixtures/float/ivory.wav');
/** What the pretended microphone hears. */
export const microphoneFile = wavOf('ivory');

/** `microphone`: what the person answers when the browser asks for it. */
export const launch = (
  microphone: 'allowed' | 'refused',
): { executablePath: string; args: string[] } => ({
  executablePath: chromiumPath(),
  args: [
    ...QUIET_FLAGS,
    '--use-fake-device-for-media-stream',
    `--use-fake-ui-for-media-stream${microphone === 'allowed' ? '' : '=deny'}`,
    `--use-file-for-fake-audio-capture=${microphoneFile}`,
  ],
});
