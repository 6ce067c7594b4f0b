// Music comes in by every way, is encoded, and can be saved. The codec itself has its own tests.
import { readFileSync, writeFileSync } from 'node:fs';
import { builtFile, dataFile, wavOf } from './chromium';
import { expect, test } from './site';
import { envelopeCorrelation, interleave, readWav, rms, wavHeader } from './sound';

test('a picked file is encoded, its figures are those of the file that is saved', async ({
  site,
}) => {
  await site.open();
  await site.pick(dataFile('ivory.flac'));
  await site.compared();
  const { name, bytes } = await site.save('Save .motet');
  expect(name).toBe('ivory.motet');
  expect(bytes.toString('latin1', 0, 5)).toBe('Motet');
  const seconds = readWav(readFileSync(wavOf('ivory'))).samples / 44100;
  expect(await site.figure('size')).toBe(`${(bytes.length / 1000).toFixed(1)} kB`);
  expect(await site.figure('rate')).toBe(
    `${((bytes.length * 8) / 1000 / seconds).toFixed(2)} kbit/s`,
  );
  const ratio = (seconds * 44100 * 4) / bytes.length;
  expect(await site.figure('ratio')).toBe(`${Math.round(ratio)} : 1`);
  expect(parseFloat(await site.figure('speed'))).toBeGreaterThan(1);
});

test('progress and speed are shown while it encodes, and it can be cancelled', async ({ site }) => {
  const { page } = site;
  await site.open();
  // Long enough to be met at work: three minutes.
  const file = builtFile('fixtures/long.wav');
  const music = readFileSync(wavOf('excerpt')).subarray(44);
  const data = Buffer.concat(Array<Buffer>(18).fill(music));
  writeFileSync(file, Buffer.concat([wavHeader(data.length, 2, 44100), data]));
  await site.pick(file);
  await expect(page.getByRole('status').filter({ hasText: 'Encoding long.wav' })).toBeVisible();
  await expect(page.locator('#activity-speed')).toHaveText(/\d+ % · [\d,.]+\s× real\stime/);
  const compareEngines = page.getByRole('button', { name: 'Compare engines' });
  await expect(compareEngines, 'it would end the encoding').toBeDisabled();
  const first = Number(await page.getByRole('progressbar').getAttribute('value'));
  await expect
    .poll(async () => Number(await page.getByRole('progressbar').getAttribute('value')))
    .toBeGreaterThan(first);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('progressbar')).toBeHidden();
  await expect(page.getByRole('button', { name: 'Save .motet' })).toBeDisabled();
  await expect(compareEngines).toBeEnabled();
});

test('a dropped file is encoded', async ({ site }) => {
  const { page } = site;
  await site.open();
  const bytes = readFileSync(dataFile('irelands-coast.flac')).toString('base64');
  const transfer = await page.evaluateHandle((text) => {
    const content = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([content], "Ireland's Coast.flac", { type: 'audio/flac' }));
    return data;
  }, bytes);
  await page.dispatchEvent('#open', 'dragenter', { dataTransfer: transfer });
  await expect(page.locator('#open')).toHaveClass(/over/);
  await page.dispatchEvent('#open', 'dragover', { dataTransfer: transfer });
  await page.dispatchEvent('#open', 'drop', { dataTransfer: transfer });
  await site.compared();
  await expect(page.getByRole('heading', { name: "Ireland's Coast" })).toBeVisible();
  await expect(page.locator('#open')).not.toHaveClass(/over/);
});

test('the example needs one click, and its music is credited', async ({ site }) => {
  const { page } = site;
  await site.open();
  await page.getByRole('button', { name: 'Try an example' }).click();
  await site.compared();
  await expect(page.getByRole('heading', { name: 'Harvest Festival' })).toBeVisible();
  await expect(page.getByText('© Wildfire Games')).toBeVisible();
});

test('the microphone is recorded and encoded', async ({ site }) => {
  const { page } = site;
  await site.open();
  await page.getByRole('button', { name: 'Record' }).click();
  await expect(page.locator('#microphone-text')).toHaveText('0:03');
  expect(
    await page
      .getByRole('meter', { name: 'Input level' })
      .evaluate((meter: HTMLMeterElement) => meter.value),
  ).toBeGreaterThan(0.001);
  await page.getByRole('button', { name: 'Stop' }).click();
  await site.compared();
  await expect(page.locator('#result-facts')).toContainText('mono');
  const sound = await site.saveWav();
  expect(sound.channelData).toHaveLength(1);
  expect(sound.samples / 44100).toBeGreaterThan(2.9);
  expect(sound.samples / 44100).toBeLessThan(6);
  expect(rms(sound.channelData[0]!)).toBeGreaterThan(0.005);
});

test('live: the microphone comes out of the speakers, and the latency is shown', async ({
  site,
}) => {
  const { page } = site;
  await site.open();
  await page.getByRole('button', { name: 'Hear yourself live' }).click();
  const text = page.locator('#microphone-text');
  await expect(text).toHaveText(/latency [\d,]+ ms \(codec 7\d ms\) · \d+\.\d\d\skbit\/s/);
  await page.waitForTimeout(1500);
  await site.heard();
  await page.waitForTimeout(3000);
  const sound = await site.heard();
  expect(rms(sound.channelData[0]!), 'sound from the speakers').toBeGreaterThan(0.005);
  const latency = parseInt(
    /latency ([\d,]+) ms/.exec(await text.innerText())![1]!.replace(',', ''),
  );
  expect(latency).toBeGreaterThan(70);
  expect(latency).toBeLessThan(1000);
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(page.getByRole('heading', { name: 'Live' })).toBeHidden();
});

test('a recording takes the place of what was opened while it went on', async ({ site }) => {
  const { page } = site;
  const buffer = await site.streamOf(dataFile('excerpt.flac'));
  await page.getByRole('button', { name: 'Record' }).click();
  await expect(page.locator('#microphone-text')).toHaveText('0:01');
  await site.pick({ name: 'saved.motet', mimeType: 'application/octet-stream', buffer });
  await expect(page.getByRole('heading', { name: 'Play' })).toBeVisible();
  await page.getByRole('button', { name: 'Stop' }).click();
  await site.compared();
  await expect(page.getByRole('heading', { name: /^Recording / })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Play' })).toBeHidden();
});

test('the microphone is used once at a time, and let go', async ({ site }) => {
  const { page } = site;
  await page.addInitScript(() => {
    const streams: MediaStream[] = [];
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      const stream = await open(constraints);
      streams.push(stream);
      return stream;
    };
    Object.assign(window, { streams });
  });
  const tracks = (): Promise<string[]> =>
    page.evaluate(() => {
      const { streams } = window as unknown as { streams: MediaStream[] };
      return streams.flatMap((stream) => stream.getTracks()).map((track) => track.readyState);
    });
  await site.open();
  const record = page.getByRole('button', { name: 'Record' });
  const live = page.getByRole('button', { name: 'Hear yourself live' });
  await live.dblclick();
  await expect(page.locator('#microphone-text')).toContainText('latency');
  await expect(record).toBeDisabled();
  await expect(live).toBeDisabled();
  expect(await tracks()).toEqual(['live']);
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(page.getByRole('heading', { name: 'Live' })).toBeHidden();
  await expect(record).toBeEnabled();
  await expect(live).toBeEnabled();
  expect(await tracks()).toEqual(['ended']);
});

test('live: a codec that fails ends it, and the page says so', async ({ site }) => {
  const { page } = site;
  await page.addInitScript(() => {
    const workers: Worker[] = [];
    const Original = Worker;
    window.Worker = class extends Original {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        workers.push(this);
      }
    };
    Object.assign(window, { workers });
  });
  await site.open();
  const live = page.getByRole('button', { name: 'Hear yourself live' });
  await live.click();
  await expect(page.locator('#microphone-text')).toContainText('latency');
  await page.evaluate(() => {
    const { workers } = window as unknown as { workers: Worker[] };
    for (const worker of workers) {
      worker.dispatchEvent(new ErrorEvent('error', { message: 'it was killed' }));
    }
  });
  await expect(page.getByRole('alert')).toContainText('it was killed');
  await expect(page.getByRole('heading', { name: 'Live' })).toBeHidden();
  await expect(live).toBeEnabled();
});

test('live: a browser that cannot connect the microphone at 44.1 kHz says so', async ({ site }) => {
  const { page } = site;
  await page.addInitScript(() => {
    // As Firefox does with a microphone of 48 kHz.
    AudioContext.prototype.createMediaStreamSource = () => {
      throw new DOMException('a different sample-rate is not supported', 'NotSupportedError');
    };
  });
  await site.open();
  await page.getByRole('button', { name: 'Hear yourself live' }).click();
  await expect(page.getByRole('alert')).toContainText('cannot bring this microphone to 44.1 kHz');
  await expect(page.getByRole('button', { name: 'Hear yourself live' })).toBeEnabled();
});

test('a browser that finds no sound device says so, and lets go of the microphone', async ({
  site,
}) => {
  const { page } = site;
  await page.addInitScript(() => {
    // As Firefox does: it neither starts nor refuses.
    AudioContext.prototype.resume = () => new Promise<void>(() => {});
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (constraints) =>
      Object.assign(window, { microphone: await open(constraints) }).microphone;
  });
  await site.open();
  for (const name of ['Record', 'Hear yourself live']) {
    await page.getByRole('button', { name }).click();
    await expect(page.getByRole('alert')).toContainText('nothing to play sound on');
    await expect(page.getByRole('button', { name })).toBeEnabled();
    const states = await page.evaluate(() =>
      (window as unknown as { microphone: MediaStream }).microphone
        .getTracks()
        .map((track) => track.readyState),
    );
    expect(states).toEqual(['ended']);
    await site.open();
  }
  await page.getByRole('button', { name: 'Try an example' }).click();
  await site.compared();
  await page.locator('#compare-play').click();
  await expect(page.getByRole('alert')).toContainText('nothing to play sound on');
});

/** The number of a file size such as "≤ 6.3 kB". */
function bytesIn(size: string): number {
  const [, number, unit] = /([\d.]+) (bytes|kB|MB)$/.exec(size)!;
  return Number(number) * { bytes: 1, kB: 1e3, MB: 1e6 }[unit as 'bytes' | 'kB' | 'MB'];
}

test('the quality slider changes bit rate, ratio, size, file and sound', async ({ site }) => {
  const { page } = site;
  await site.open();
  await site.pick(dataFile('excerpt.flac'));
  await site.compared();
  const original = readWav(readFileSync(wavOf('excerpt')));
  const sizes: number[] = [];
  for (const quality of [1, 6, 12]) {
    await site.quality(quality);
    await expect(page.locator('#quality-value')).toHaveText(`${quality} of 12`);
    const predicted = await site.figure('size');
    await expect(page.getByRole('button', { name: 'Save .motet' })).toBeEnabled();
    await site.compared();
    const size = await site.figure('size');
    const { bytes } = await site.save('Save .motet');
    expect(bytes[21], 'the quality that the file itself names').toBe(quality);
    // What the slider said before it was encoded: all of it, or of coding 1 what it has at most.
    expect(predicted.startsWith('≤ ')).toBe(bytes[22] === 1);
    if (bytes[22] === 1) expect(bytesIn(size)).toBeLessThanOrEqual(bytesIn(predicted));
    else expect(size).toBe(predicted);
    sizes.push(bytes.length);
    const sound = await site.saveWav();
    expect(sound.samples).toBe(original.samples);
  }
  expect(sizes[0]! * 5).toBeLessThan(sizes[1]!);
  expect(sizes[1]! * 1.4).toBeLessThan(sizes[2]!);
});

test('the slider works with the keyboard', async ({ site }) => {
  const { page } = site;
  await site.open();
  await page.getByRole('button', { name: 'Try an example' }).click();
  await site.compared();
  const slider = page.getByRole('slider', { name: 'Quality' });
  await slider.focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.locator('#quality-value')).toHaveText('7 of 12');
  await site.compared();
});

test('more than two channels are mixed down, and the page says so', async ({ site }) => {
  const { page } = site;
  const wav = readWav(readFileSync(wavOf('excerpt')));
  const [left, right] = wav.channelData.map((data) => data.subarray(0, 2 * 44100));
  const silence = new Float32Array(left!.length);
  const data = interleave([left!, right!, silence, silence, silence, silence]);
  const buffer = Buffer.concat([wavHeader(data.length, 6, 44100), data]);
  await site.open();
  await site.pick({ name: 'surround.wav', mimeType: 'audio/wav', buffer });
  await site.compared();
  await expect(page.locator('#result-facts')).toContainText('6 channels, mixed down to two');
  const sound = await site.saveWav();
  expect(sound.channelData).toHaveLength(2);
  expect(envelopeCorrelation(sound.channelData[0]!, left!)).toBeGreaterThan(0.7);
});
