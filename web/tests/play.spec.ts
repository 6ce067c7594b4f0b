// `.motet` files: saved, opened again, played while they are decoded, and what happens to damaged ones.
import { readFileSync } from 'node:fs';
import { info, StreamWriter } from 'motet';
import { models } from 'motet/model';
import { dataFile, wavOf } from './chromium';
import { expect, test } from './site';
import { envelopeCorrelation, readWav, rms } from './sound';

const MOTET = 'application/octet-stream';

test('encode, save, open again, play: the music sounds, and is as long as before', async ({
  site,
}) => {
  const { page } = site;
  const buffer = await site.streamOf(dataFile('excerpt.flac'));
  const original = readWav(readFileSync(wavOf('excerpt')));
  await site.heard();
  await site.pick({ name: 'saved.motet', mimeType: MOTET, buffer });
  await expect(page.getByRole('heading', { name: 'Play' })).toBeVisible();
  await expect(page.locator('#result-title')).toHaveText('excerpt');
  await expect(page.locator('#player-tags')).toContainText('excerpt');
  // It begins by itself; listen to it to the end.
  const button = page.locator('#player-play');
  await expect(button).toHaveAccessibleName('Pause');
  await expect(page.getByRole('img', { name: /Music features/ })).toBeVisible();
  await expect(button).toHaveAccessibleName('Play', { timeout: 20_000 });
  await expect(page.locator('#player-time')).toHaveText('0:10 / 0:10');

  const heard = await site.heard();
  const [left] = heard.channelData as [Float32Array];
  const first = left.findIndex((value) => value !== 0);
  let last = left.length - 1;
  while (left[last] === 0) --last;
  const sounding = left.subarray(first, last + 1);
  expect(rms(sounding)).toBeGreaterThan(0.01);
  // What is exactly zero at either end of the music may be missing from both sides.
  expect(Math.abs(sounding.length - original.samples)).toBeLessThan(4410);

  const wav = await site.saveWav();
  expect(wav.samples, 'samples of the WAV file').toBe(original.samples);
  expect(wav.sampleRate).toBe(44100);
  expect(envelopeCorrelation(wav.channelData[0]!, original.channelData[0]!)).toBeGreaterThan(0.8);
  // What was heard is what is saved.
  expect(
    envelopeCorrelation(sounding, wav.channelData[0]!.subarray(0, sounding.length)),
  ).toBeGreaterThan(0.95);
});

test('a file that was replaced before any sound could start stays silent', async ({ site }) => {
  const { page } = site;
  await site.holdSound();
  await page.addInitScript(() => {
    const counter = Object.assign(window, { players: 0 });
    const connect = AudioNode.prototype.connect as (...args: unknown[]) => AudioNode;
    AudioNode.prototype.connect = function (this: AudioNode, ...args: unknown[]) {
      if (this instanceof AudioWorkletNode && args[0] instanceof AudioDestinationNode) {
        ++counter.players;
      }
      return connect.apply(this, args);
    } as typeof AudioNode.prototype.connect;
  });
  const buffer = await site.streamOf(dataFile('ivory.flac'));
  for (const name of ['first.motet', 'second.motet']) {
    await site.pick({ name, mimeType: MOTET, buffer });
    await expect(page.locator('#result-facts')).toContainText('quality 6');
    await expect(page.getByRole('heading', { name: 'Play' })).toBeVisible();
    await page.waitForTimeout(500);
  }
  await site.startSound();
  await expect(page.locator('#player-play')).toHaveAccessibleName('Pause');
  await page.waitForTimeout(500);
  expect(await page.evaluate(() => (window as unknown as { players: number }).players)).toBe(1);
});

test('playing can be paused and moved', async ({ site }) => {
  const { page } = site;
  const buffer = await site.streamOf(dataFile('ivory.flac'));
  await site.pick({ name: 'saved.motet', mimeType: MOTET, buffer });
  const button = page.locator('#player-play');
  await expect(button).toHaveAccessibleName('Pause');
  await expect(page.locator('#player-time')).toHaveText(/^0:01/);
  await button.click();
  await expect(button).toHaveAccessibleName('Play');
  const paused = await page.locator('#player-time').innerText();
  await page.waitForTimeout(600);
  expect(await page.locator('#player-time').innerText()).toBe(paused);

  await page.locator('#player-position').fill('8');
  await site.heard();
  await button.click();
  await expect(page.locator('#player-time')).toHaveText(/^0:09/);
  await expect(button).toHaveAccessibleName('Play', { timeout: 6000 });
  const [left] = (await site.heard()).channelData as [Float32Array];
  const sounding = left.filter((value) => value !== 0).length / 44100;
  expect(sounding, 'seconds that were left to play').toBeGreaterThan(1.5);
  expect(sounding).toBeLessThan(2.5);
  // They are those of that place in the file.
  const begin = left.findIndex((value) => value !== 0);
  const there = (await site.saveWav()).channelData[0]!.subarray(8 * 44100, 9.5 * 44100);
  const played = left.subarray(begin, begin + there.length);
  expect(envelopeCorrelation(played, there)).toBeGreaterThan(0.95);
});

test.describe('damaged files', () => {
  test('a page of packets is destroyed: it plays, and says what is missing', async ({ site }) => {
    const { page } = site;
    const buffer = await site.streamOf(dataFile('excerpt.flac'));
    const original = readWav(readFileSync(wavOf('excerpt')));
    buffer[buffer.length >> 1]! ^= 0x55;
    await site.pick({ name: 'damaged.motet', mimeType: MOTET, buffer });
    await expect(page.locator('#player-damage')).toContainText('are damaged and are concealed');
    await expect(page.locator('#player-play')).toHaveAccessibleName('Pause');
    const wav = await site.saveWav();
    expect(wav.samples).toBe(original.samples);
    expect(rms(wav.channelData[0]!)).toBeGreaterThan(0.005);
  });

  test('the header is destroyed: a clear message, nothing else', async ({ site }) => {
    const { page } = site;
    const buffer = await site.streamOf(dataFile('excerpt.flac'));
    buffer[21]! ^= 0x08;
    await site.pick({ name: 'damaged.motet', mimeType: MOTET, buffer });
    await expect(page.getByRole('alert')).toContainText('This Motet file is damaged');
    await expect(page.getByRole('heading', { name: 'Play' })).toBeHidden();
  });

  test('only the beginning is left', async ({ site }) => {
    const { page } = site;
    const buffer = await site.streamOf(dataFile('excerpt.flac'));
    const header = buffer.readUInt32LE(12);
    for (const length of [30, header, header + 100]) {
      await site.pick({ name: 'cut.motet', mimeType: MOTET, buffer: buffer.subarray(0, length) });
      await expect(page.getByRole('alert')).toContainText('it ends before any sound begins');
      await expect(page.getByRole('heading', { name: 'Play' })).toBeHidden();
    }
  });

  test('the end is missing: it plays as far as it goes, and the page says so', async ({ site }) => {
    const { page } = site;
    const buffer = await site.streamOf(dataFile('excerpt.flac'));
    // Inside the third page: two pages of 128 packets are left, and what they say less the delay.
    let end = buffer.readUInt32LE(12); // of the header; then of each page
    for (let page = 0; page < 2; ++page) end += 14 + buffer.readUInt16LE(end + 8);
    const left = buffer.subarray(0, end + 100);
    const samples = 256 * 1024 - 2304;
    await site.heard();
    await site.pick({ name: 'cut.motet', mimeType: MOTET, buffer: left });
    await expect(page.locator('#player-damage')).toContainText('the file ends too early');
    await expect(page.locator('#player-time')).toHaveText(/ \/ 0:05$/);
    const button = page.locator('#player-play');
    await expect(button).toHaveAccessibleName('Pause');
    await expect(page.getByRole('img', { name: /Music features/ })).toBeVisible();
    await expect(button).toHaveAccessibleName('Play');
    await expect(page.getByRole('alert')).toBeEmpty();
    const [sound] = (await site.heard()).channelData as [Float32Array];
    const heard = sound.filter((value) => value !== 0).length;
    expect(Math.abs(heard - samples), 'samples that were heard').toBeLessThan(4410);

    // From a later second on it ends at the same place.
    await page.locator('#player-position').fill('4');
    await button.click();
    await expect(button).toHaveAccessibleName('Pause');
    await expect(button).toHaveAccessibleName('Play');
    const [rest] = (await site.heard()).channelData as [Float32Array];
    const seconds = rest.filter((value) => value !== 0).length / 44100;
    expect(seconds, 'seconds that were left to play').toBeGreaterThan(1.5);
    expect(seconds).toBeLessThan(2.1);

    const wav = await site.saveWav();
    expect(wav.samples).toBe(samples);
    expect(rms(wav.channelData[0]!)).toBeGreaterThan(0.005);
  });

  test('something else has the name of a Motet file', async ({ site }) => {
    await site.open();
    const buffer = Buffer.from('I am no music at all.');
    await site.pick({ name: 'letter.motet', mimeType: MOTET, buffer });
    await expect(site.page.getByRole('alert')).toContainText('not a Motet file');
  });

  for (const engine of ['motet', 'onnx']) {
    test(`another model made it, engine ${engine}`, async ({ site }) => {
      const { page } = site;
      const { samples, ...header } = await info(await site.streamOf(dataFile('excerpt.flac')));
      const packets = new Uint8Array(header.packets * header.packetBytes);
      const madeBy = async (modelIdentity: string): Promise<Buffer> => {
        const other = { ...header, coding: 'fixed', modelIdentity, samples } as const;
        const writer = await StreamWriter.create(other);
        const bytes = Buffer.concat([writer.write(packets), writer.finish(samples)]);
        writer.free();
        return bytes;
      };
      await site.open(`?engine=${engine}`);
      const alert = page.getByRole('alert');
      const [newest, before] = models;
      for (const [identity, words] of [
        ['0123456789abcdef', 'another Motet model than the one of this page'],
        [
          before!.codecIdentity,
          `made with model ${before!.name} of ${before!.date}; this page has model ${newest!.name}.`,
        ],
      ] as const) {
        const buffer = await madeBy(identity);
        await site.pick({ name: `${identity}.motet`, mimeType: MOTET, buffer });
        await expect(alert).toContainText(words);
      }
    });
  }
});

test.describe('files that cannot be encoded', () => {
  test('a text is no audio, and the page goes on with the next file', async ({ site }) => {
    const { page } = site;
    await site.open();
    const buffer = Buffer.from('Dear reader, this is a letter.');
    await site.pick({ name: 'letter.txt', mimeType: 'text/plain', buffer });
    await expect(page.getByRole('alert')).toContainText('no audio that your browser can read');
    await site.pick(dataFile('excerpt.flac'));
    await expect(page.getByRole('alert')).toBeEmpty();
    await site.compared();
  });

  test('an empty file', async ({ site }) => {
    await site.open();
    await site.pick({ name: 'empty.wav', mimeType: 'audio/wav', buffer: Buffer.alloc(0) });
    await expect(site.page.getByRole('alert')).toContainText('empty');
  });

  test('a recording of a day is too long for the memory', async ({ site }) => {
    await site.open();
    // A FLAC file that announces a day of music: the number of samples is in its first block.
    const buffer = Buffer.from(readFileSync(dataFile('excerpt.flac')));
    const samples = BigInt(24 * 3600 * 44100);
    buffer[21] = (buffer[21]! & 0xf0) | Number(samples >> 32n);
    buffer.writeUInt32BE(Number(samples & 0xffffffffn), 22);
    await site.pick({ name: 'day.flac', mimeType: 'audio/flac', buffer });
    await expect(site.page.getByRole('alert')).toContainText('too long for the memory');
  });
});

test('a browser without SIMD is told so', async ({ site }) => {
  await site.page.addInitScript(() => {
    WebAssembly.validate = () => false;
  });
  await site.open();
  await site.pick(dataFile('excerpt.flac'));
  await expect(site.page.getByRole('alert')).toContainText('lacks WebAssembly SIMD');
});
