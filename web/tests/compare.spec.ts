// Original and decoded side by side. What the speakers get is compared with the two recordings, sample by
// sample: that says which of them is heard, from where, and that no switch has a gap.
import { readFileSync } from 'node:fs';
import { dataFile, wavOf } from './chromium';
import { expect, test, type Site } from './site';
import { find, readWav, rms, wavHeader, type Sound } from './sound';

const NEEDLE = 400; // samples that are looked for: long enough to be unique in music
const TOLERANCE = 1 / 16000; // of 16-bit WAV files

async function openTrack(site: Site): Promise<{ original: Float32Array; decoded: Float32Array }> {
  await site.open('?loudness=off'); // each sample as it is
  await site.pick(dataFile('irelands-coast.flac'));
  await site.compared();
  const decoded = (await site.saveWav()).channelData[0]!;
  const original = readWav(readFileSync(wavOf('irelands-coast'))).channelData[0]!;
  return { original, decoded };
}

/** Where in a recording a place of what was heard is, if it is from it. */
function placeOf(heard: Sound, at: number, recording: Float32Array): number | undefined {
  return find(heard.channelData[0]!.subarray(at, at + NEEDLE), recording, TOLERANCE);
}

test('A and B are sample-aligned, and switching while it plays has no gap', async ({ site }) => {
  const { page } = site;
  const { original, decoded } = await openTrack(site);
  expect(decoded.length).toBe(original.length);
  await page.getByRole('radio', { name: 'A Original' }).check();
  await page.locator('#compare-play').click();
  await page.waitForTimeout(400);
  await site.heard();
  await page.waitForTimeout(1200);
  await page.getByRole('radio', { name: 'B Motet' }).check();
  await page.waitForTimeout(1200);
  await page.getByRole('radio', { name: 'A Original' }).check();
  await page.waitForTimeout(1200);
  const heard = await site.heard();

  const begin = placeOf(heard, 0, original);
  expect(begin, 'it begins with the original').toBeDefined();
  // Every place of what was heard is the recording's at the same time: A, or B, or the fade between.
  const sides: string[] = [];
  for (let at = 0; at + NEEDLE < heard.samples; at += NEEDLE) {
    const same = (recording: Float32Array): boolean =>
      find(
        heard.channelData[0]!.subarray(at, at + NEEDLE),
        recording.subarray(begin! + at, begin! + at + NEEDLE),
        TOLERANCE,
      ) === 0;
    sides.push(same(original) ? 'A' : same(decoded) ? 'B' : 'fade');
  }
  expect(
    sides.filter((side) => side === 'fade').length,
    'pieces of 9 ms in a fade',
  ).toBeLessThanOrEqual(6);
  expect(sides.join('')).toMatch(/^A+(fade){1,3}B+(fade){1,3}A+$/);
});

test('there is one animation, however often it is switched while it plays', async ({ site }) => {
  const { page } = site;
  await page.addInitScript(() => {
    const counter = { requests: 0, frame: requestAnimationFrame.bind(window) };
    window.requestAnimationFrame = (callback) => {
      ++counter.requests;
      return counter.frame(callback);
    };
    Object.assign(window, { counter });
  });
  const requestsPerFrame = (): Promise<number> =>
    page.evaluate(async () => {
      type Counter = { requests: number; frame: typeof requestAnimationFrame };
      const { counter } = window as unknown as { counter: Counter };
      const next = (): Promise<unknown> => new Promise((resolve) => counter.frame(resolve));
      const counts: number[] = [];
      for (let frame = 0; frame < 5; ++frame) {
        await next();
        const before = counter.requests;
        await next();
        counts.push(counter.requests - before);
      }
      return Math.min(...counts);
    });
  await openTrack(site);
  await page.getByRole('heading', { name: 'Compare' }).click();
  await page.keyboard.press('Space');
  await expect(page.locator('#compare-play')).toHaveAccessibleName('Pause');
  const once = await requestsPerFrame();
  for (const key of ['a', 'b', 'a', 'b', 'a', 'b']) await page.keyboard.press(key);
  expect(await requestsPerFrame()).toBe(once);
  await expect(page.locator('#compare-play')).toHaveAccessibleName('Pause');
});

test('keys switch and play', async ({ site }) => {
  const { page } = site;
  await openTrack(site);
  await page.getByRole('heading', { name: 'Compare' }).click();
  await page.keyboard.press('a');
  await expect(page.getByRole('radio', { name: 'A Original' })).toBeChecked();
  await page.keyboard.press('b');
  await expect(page.getByRole('radio', { name: 'B Motet' })).toBeChecked();
  await page.keyboard.press('Space');
  await expect(page.locator('#compare-play')).toHaveAccessibleName('Pause');
  await page.keyboard.press('Space');
  await expect(page.locator('#compare-play')).toHaveAccessibleName('Play');
});

test('Play pressed twice while the sound device starts plays once', async ({ site }) => {
  const { page } = site;
  await site.holdSound();
  const { original } = await openTrack(site);
  await page.getByRole('radio', { name: 'A Original' }).check();
  await page.locator('#compare-play').click();
  await page.locator('#compare-play').click();
  await site.startSound();
  await page.waitForTimeout(800);
  await site.heard();
  await page.waitForTimeout(700);
  expect(placeOf(await site.heard(), 0, original), 'the original and nothing else').toBeDefined();
  await page.locator('#compare-play').click();
  await expect(page.locator('#compare-play')).toHaveAccessibleName('Play');
  await page.waitForTimeout(300);
  await site.heard();
  await page.waitForTimeout(300);
  expect(rms((await site.heard()).channelData[0]!), 'nothing plays on').toBe(0);
});

test('a loop repeats its region exactly', async ({ site }) => {
  const { page } = site;
  const { original } = await openTrack(site);
  await page.getByRole('radio', { name: 'A Original' }).check();
  await page.getByLabel('Loop from, in seconds').fill('2');
  await page.getByLabel('Loop to, in seconds').fill('3');
  await page.getByRole('checkbox', { name: 'Loop' }).check();
  await page.locator('#compare-play').click();
  await page.waitForTimeout(400);
  await site.heard();
  await page.waitForTimeout(2600);
  const heard = await site.heard();
  const begin = placeOf(heard, 0, original)!;
  expect(begin).toBeGreaterThanOrEqual(2 * 44100);
  expect(begin).toBeLessThan(3 * 44100);
  const region = original.subarray(2 * 44100, 3 * 44100);
  const [left] = heard.channelData as [Float32Array];
  let different = 0;
  left.forEach((value, i) => {
    const expected = region[(begin - 2 * 44100 + i) % 44100]!;
    if (Math.abs(value - expected) > TOLERANCE) ++different;
  });
  expect(different, 'samples that are not the region’s').toBe(0);
});

test('a click on the waveform moves the playing position', async ({ site }) => {
  const { page } = site;
  await openTrack(site);
  const drawing = page.locator('#original-waveform');
  const box = (await drawing.boundingBox())!;
  await drawing.click({ position: { x: box.width / 2, y: 30 } });
  await expect(page.locator('#compare-time')).toHaveText(/^0:0[45] /);
});

test('so does a click on the features below it', async ({ site }) => {
  const { page } = site;
  await openTrack(site);
  const features = page.getByRole('img', { name: /Music features over time/ });
  const [drawing, box] = [
    await page.locator('#original-waveform').boundingBox(),
    await features.boundingBox(),
  ];
  const x = drawing!.x + drawing!.width * 0.75 - box!.x;
  await features.click({ position: { x, y: 30 } });
  await expect(page.locator('#compare-time')).toHaveText(/^0:07 /);
  await page.getByLabel('Zoom').fill('1'); // from the fifth second on
  await features.click({ position: { x, y: 30 } });
  await expect(page.locator('#compare-time')).toHaveText(/^0:08 /);
});

test('a loop may begin and end at any time', async ({ site }) => {
  const { page } = site;
  await openTrack(site);
  for (const [name, value] of [
    ['from', '2.345'],
    ['to', '8.13'],
  ]) {
    const field = page.getByLabel(`Loop ${name}, in seconds`);
    await field.fill(value!);
    await field.blur();
    await expect(field).toHaveValue(value!);
    expect(await field.evaluate((input: HTMLInputElement) => input.validity.valid)).toBe(true);
  }
});

test('both recordings are drawn: waveform, spectrogram, features with words', async ({ site }) => {
  const { page } = site;
  await openTrack(site);
  for (const side of ['original', 'decoded']) {
    const colors = await page.locator(`#${side}-waveform`).evaluate((element) => {
      const host = element.querySelector('div')!;
      const canvases = [...host.shadowRoot!.querySelectorAll('canvas')];
      return canvases.map((canvas) => {
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(data.buffer)).size;
      });
    });
    expect(colors.length, 'canvases of waveform and spectrogram').toBeGreaterThanOrEqual(2);
    expect(Math.max(...colors), 'colours of the spectrogram').toBeGreaterThan(50);
  }
  const features = page.getByRole('img', { name: /Music features over time/ });
  await expect(features).toBeVisible();
  await expect(features).toHaveAccessibleName(
    /strongest notes [A-G]♯?, [A-G]♯?, [A-G]♯?; about \d+ hits/,
  );
});

test('blind test: X is drawn by chance, the page does not tell, answers are scored', async ({
  site,
}) => {
  const { page } = site;
  const { original } = await openTrack(site);
  await page.getByText('Blind test (ABX)').click();
  await expect(page.locator('#original-waveform')).toBeHidden();
  await expect(page.locator('.track[data-heard]')).toHaveCount(0);
  await expect(page.getByRole('radio', { name: 'A Original' })).toBeHidden();
  await site.loopAll();
  await page.getByRole('button', { name: 'Play the blind test' }).click();

  // A perfect listener: compares the samples of X with the original's.
  const answers: string[] = [];
  for (let trial = 1; trial <= 8; ++trial) {
    await page.getByRole('radio', { name: 'X', exact: true }).check();
    await page.waitForTimeout(200);
    await site.heard();
    await page.waitForTimeout(350);
    const heard = await site.heard();
    await expect(page.locator('.track[data-heard]')).toHaveCount(0);
    const isOriginal = placeOf(heard, heard.samples - NEEDLE, original) !== undefined;
    answers.push(isOriginal ? 'A' : 'B');
    await page.getByRole('button', { name: `X is ${answers.at(-1)}` }).click();
    await expect(page.locator('#abx-score')).toContainText(
      `Right: it was ${answers.at(-1)}. ${trial} of ${trial} right`,
    );
  }
  await expect(page.locator('#abx-score')).toContainText('p = 0.004');
  await page.getByRole('button', { name: 'Start over' }).click();
  await expect(page.locator('#abx-score')).toContainText('No answers yet');
  await page.getByText('Blind test (ABX)').click();
  await expect(page.locator('#original-waveform')).toBeVisible();
});

test('keys switch in the blind test, and its hint names them', async ({ site }) => {
  const { page } = site;
  await openTrack(site);
  await page.getByText('Blind test (ABX)').click();
  await expect(page.locator('#abx')).toContainText('Keys: Space play, A, X and B switch.');
  await page.getByRole('heading', { name: 'Compare' }).click();
  for (const key of ['A', 'B', 'X']) {
    await page.keyboard.press(key.toLowerCase());
    await expect(page.getByRole('radio', { name: key, exact: true })).toBeChecked();
    await expect(page.locator('.track[data-heard]'), 'the page does not tell').toHaveCount(0);
  }
  await page.keyboard.press('Space');
  await expect(page.getByRole('button', { name: 'Pause the blind test' })).toBeVisible();
});

test('saving while the comparison is decoded does not take it away', async ({ site }) => {
  const { page } = site;
  await site.open();
  await page.locator('#save-wav').evaluate((button: HTMLButtonElement) => {
    // At once, while it is decoded.
    const observer = new MutationObserver(() => {
      if (button.disabled) return;
      observer.disconnect();
      button.click();
    });
    observer.observe(button, { attributeFilter: ['disabled'] });
  });
  const download = page.waitForEvent('download');
  await site.pick(dataFile('excerpt.flac'));
  await download;
  await site.compared();
});

test('the passage that is chosen stays: while a file is saved, and for another quality', async ({
  site,
}) => {
  test.setTimeout(180_000);
  const { page } = site;
  // Two seconds more than a passage.
  const music = readFileSync(wavOf('excerpt')).subarray(44);
  const data = Buffer.concat(Array<Buffer>(13).fill(music)).subarray(0, 122 * 44100 * 4);
  const buffer = Buffer.concat([wavHeader(data.length, 2, 44100), data]);
  await site.open();
  await site.pick({ name: 'long.wav', mimeType: 'audio/wav', buffer });
  await site.compared(60_000);
  const passage = page.getByRole('slider', { name: /Passage of two minutes/ });
  const download = page.waitForEvent('download', { timeout: 60_000 });
  await page.getByRole('button', { name: 'Save as WAV' }).click();
  await passage.fill('2');
  await passage.dispatchEvent('change');
  await download;
  await expect(page.getByRole('status').filter({ hasText: /^Decoding$/ })).toBeVisible();

  await site.quality(5);
  const save = page.getByRole('button', { name: 'Save .motet' });
  await expect(save).toBeDisabled();
  await expect(save).toBeEnabled({ timeout: 40_000 });
  await site.compared(60_000);
  await expect(page.getByText('Passage of two minutes from 0:02')).toBeVisible();
});
