// The two engines behind one switch: the same files, the same sound, and a table that compares them.
import { dataFile, wavOf } from './chromium';
import { expect, test, type Site } from './site';
import { belowDb, readWav } from './sound';
import { readFileSync } from 'node:fs';
import { Model, StreamReader, StreamWriter } from 'motet';
import { modelUrl } from 'motet/model';
import { packStream, unpackStream } from '../../wasm/tests/second_implementation/container';

/** By so much Motet's products of int8 are at least below the sound; ONNX Runtime computes with floats. */
const ROUNDED_DB = 32;

async function choose(site: Site, engine: 'Motet' | 'ONNX Runtime Web'): Promise<void> {
  await site.page.getByRole('radio', { name: engine, exact: true }).check();
}

test('switching the engine encodes again, with equal codes and equal sound', async ({ site }) => {
  const { page } = site;
  await site.open();
  await site.pick(dataFile('ivory.flac'));
  await site.compared();
  const motet = { file: await site.save('Save .motet'), sound: await site.saveWav() };
  await choose(site, 'ONNX Runtime Web');
  await expect(page.getByRole('progressbar')).toBeVisible();
  await site.compared(60_000);
  const onnx = { file: await site.save('Save .motet'), sound: await site.saveWav() };
  expect(onnx.file.bytes.equals(motet.file.bytes), 'the two files are equal, byte for byte').toBe(
    true,
  );
  expect(onnx.sound.samples).toBe(motet.sound.samples);
  expect(belowDb(motet.sound.channelData, onnx.sound.channelData)).toBeGreaterThan(ROUNDED_DB);
});

test('the engine can be changed while a file is read', async ({ site }) => {
  const { page } = site;
  await page.addInitScript(() => {
    const decode = BaseAudioContext.prototype.decodeAudioData;
    const gate = new Promise<void>((goOn) => Object.assign(window, { goOn }));
    BaseAudioContext.prototype.decodeAudioData = async function (bytes) {
      await gate;
      return decode.call(this, bytes);
    };
  });
  await site.open();
  await site.pick(dataFile('ivory.flac'));
  const reading = page.getByRole('status').filter({ hasText: 'Reading ivory.flac' });
  await expect(reading).toBeVisible();
  await choose(site, 'ONNX Runtime Web');
  await expect(reading).toBeVisible();
  await page.evaluate(() => (window as unknown as { goOn: () => void }).goOn());
  await site.compared(60_000);
});

test('ONNX Runtime Web plays a file of the other engine, also a damaged one', async ({ site }) => {
  const { page } = site;
  const buffer = await site.streamOf(dataFile('excerpt.flac'));
  await choose(site, 'ONNX Runtime Web');
  await expect(page.getByRole('progressbar')).toBeVisible();
  await site.compared(60_000);
  await site.pick({ name: 'saved.motet', mimeType: 'application/octet-stream', buffer });
  const button = page.locator('#player-play');
  await expect(button).toHaveAccessibleName('Pause');
  await expect(page.locator('#player-time')).toHaveText(/^0:02/);
  await page.locator('#player-position').fill('9');
  await expect(button).toHaveAccessibleName('Play');
  buffer[buffer.length >> 1]! ^= 0x55;
  await site.pick({ name: 'damaged.motet', mimeType: 'application/octet-stream', buffer });
  await expect(page.locator('#player-damage')).toContainText('are damaged and are concealed');
  expect((await site.saveWav()).samples).toBe(readWav(readFileSync(wavOf('excerpt'))).samples);
});

/** The file without its first packets: what they prepare is skipped, so that it sounds as the whole does. */
async function partOf(file: Buffer): Promise<{ buffer: Buffer; begin: number }> {
  const model = await Model.load(modelUrl);
  const reader = await StreamReader.create({ model });
  const events = reader.read(file);
  const packets = events.flatMap((event) => (event.type === 'packets' ? [event.data!] : []));
  const { packetBytes, quality, samples } = reader.header!;
  const [first, preSkip] = [100, 40 * 1024 + 77];
  const begin = first * 1024 + preSkip;
  const length = samples! - begin;
  const writer = await StreamWriter.create({ model, quality, samples: length, preSkip });
  const left = Buffer.concat(packets).subarray(first * packetBytes);
  const buffer = Buffer.concat([writer.write(left), writer.finish(length)]);
  for (const each of [reader, writer, model]) each.free();
  return { buffer, begin };
}

for (const engine of ['Motet', 'ONNX Runtime Web'] as const) {
  test(`a part that was cut out of a file sounds as the whole does: ${engine}`, async ({
    site,
  }) => {
    const { page } = site;
    const file = await site.streamOf(dataFile('excerpt.flac'));
    const whole = await site.saveWav();
    const { buffer, begin } = await partOf(file);
    if (engine !== 'Motet') {
      await choose(site, engine);
      await expect(page.getByRole('progressbar')).toBeVisible();
      await site.compared(60_000);
    }
    await site.pick({ name: 'part.motet', mimeType: 'application/octet-stream', buffer });
    await expect(page.locator('#player-time')).toHaveText(/ 0:0[67]$/);
    const { samples, channelData } = await site.saveWav();
    expect(samples).toBe(whole.samples - begin);
    const wanted = whole.channelData.map((data) => data.subarray(begin));
    expect(belowDb(channelData, wanted)).toBeGreaterThan(engine === 'Motet' ? 200 : ROUNDED_DB);
  });
}

/** The file twice, one after another, as `motet cat` joins it. */
function twice(file: Buffer): Buffer {
  const { head, pages } = unpackStream(file);
  const packets = pages.reduce((sum, page) => sum + page.packets, 0);
  const part = { samples: head.samples, packets, preSkip: 0 };
  const again = pages.map((page) => ({ ...page, packet: packets + page.packet }));
  const joined = { ...head, samples: 2 * head.samples, parts: [part, part] };
  return Buffer.from(packStream([...pages, ...again], joined, 2 * packets));
}

for (const engine of ['Motet', 'ONNX Runtime Web'] as const) {
  test(`a joined file sounds as its parts do: ${engine}`, async ({ site }) => {
    const { page } = site;
    const file = await site.streamOf(dataFile('excerpt.flac'));
    const part = await site.saveWav();
    if (engine !== 'Motet') {
      await choose(site, engine);
      await expect(page.getByRole('progressbar')).toBeVisible();
      await site.compared(60_000);
    }
    const buffer = twice(file);
    await site.pick({ name: 'joined.motet', mimeType: 'application/octet-stream', buffer });
    await expect(page.locator('#player-time')).toHaveText(/ 0:20$/);
    await page.locator('#player-position').fill('9.9'); // across the join
    await expect(page.locator('#player-time')).toHaveText(/^0:1[0-9]/);
    const { samples, channelData } = await site.saveWav();
    expect(samples).toBe(2 * part.samples);
    const isFaded = (i: number): boolean => i >= part.samples && i < part.samples + 256;
    const wanted = channelData.map((data, channel) =>
      data.map((value, i) => (isFaded(i) ? value : part.channelData[channel]![i % part.samples]!)),
    );
    expect(belowDb(channelData, wanted)).toBeGreaterThan(engine === 'Motet' ? 200 : ROUNDED_DB);
    const [left] = channelData;
    const step = Math.abs(left![part.samples]! - left![part.samples - 1]!);
    expect(step, 'step at the join').toBeLessThan(0.02);
    await expect(page.locator('#player-damage')).toBeEmpty();
  });
}

test('"Compare engines" measures both on the same clip, and their codes agree but for near ties', async ({
  site,
}) => {
  const { page } = site;
  await site.open();
  await page.getByRole('button', { name: 'Compare engines' }).click();
  const table = page.getByRole('table');
  await expect(table).toBeVisible({ timeout: 80_000 });
  const cells = async (row: string): Promise<string[]> =>
    table
      .getByRole('row', { name: new RegExp(`^${row}`) })
      .getByRole('cell')
      .allInnerTexts();
  for (const row of ['Encode', 'Decode', 'Round trip']) {
    for (const cell of await cells(row)) expect(cell).toMatch(/^[\d,.]+\s× real\stime$/);
  }
  for (const cell of await cells('Download')) expect(cell).toMatch(/^[\d.]+ MB$/);
  for (const cell of await cells('Start-up')) expect(cell).toMatch(/^[\d,]+ ms$/);
  const [agree] = await cells('Codes agree');
  const [, ...counts] = /^yes, ([\d,]+) of ([\d,]+)(?:; ([\d,]+) near ties)?$/.exec(agree!)!;
  const [equal, all, ties] = counts.map((text) => Number((text ?? '0').replaceAll(',', '')));
  expect(equal! + ties!).toBe(all);
  expect(ties! / all!, 'as many as the native engines may have').toBeLessThanOrEqual(0.001);
  expect(all).toBeGreaterThan(10_000);
  const [difference] = await cells('Largest difference');
  expect(Number(difference)).toBeLessThan(1e-4);
});
