// Before the tests: the music of tests/data as WAV, decoded by the browser that they run in.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { chromium } from '@playwright/test';
import { dataFile, floatWav, launch, TRACKS, wavOf } from './chromium';
import { readWav, writeFloatWav, writeWav } from './sound';

export default async function setUp(): Promise<void> {
  const isMade = (track: (typeof TRACKS)[number]): boolean =>
    existsSync(wavOf(track)) &&
    statSync(wavOf(track)).mtimeMs > statSync(dataFile(`${track}.flac`)).mtimeMs;
  if (TRACKS.every(isMade) && existsSync(floatWav)) return;
  const browser = await chromium.launch(launch('allowed'));
  const page = await browser.newPage();
  for (const track of TRACKS) {
    const flac = readFileSync(dataFile(`${track}.flac`)).toString('base64');
    const channels = await page.evaluate(async (text) => {
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const context = new OfflineAudioContext(2, 1, 44100);
      const buffer = await context.decodeAudioData(bytes.buffer);
      return [0, 1].map((channel) => {
        const data = new Uint8Array(buffer.getChannelData(channel).slice().buffer);
        let letters = '';
        for (let i = 0; i < data.length; i += 32768) {
          letters += String.fromCharCode(...data.subarray(i, i + 32768));
        }
        return btoa(letters);
      });
    }, flac);
    const channelData = channels.map((text) => {
      const bytes = Buffer.from(text, 'base64');
      return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4).slice();
    });
    writeWav(wavOf(track), channelData, 44100);
  }
  await browser.close();
  writeFloatWav(floatWav, readWav(readFileSync(wavOf('ivory'))).channelData, 44100);
}
