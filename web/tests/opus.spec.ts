// Opus beside Motet: what is heard as C, the difference, equal loudness, the blind test; and the settings
// that a link holds. What the speakers get is compared with the recordings, sample by sample.
import { readFileSync } from 'node:fs';
import { dataFile, wavOf } from './chromium';
import { expect, test, type Site } from './site';
import { find, readWav, rms } from './sound';

const TOLERANCE = 1 / 8000; // of 16-bit WAV files, of two of them in a difference
const NEEDLE = 400;

interface Opened {
  original: Float32Array;
  decoded: Float32Array;
}

async function openIvory(site: Site, query: string): Promise<Opened> {
  await site.open(query);
  await site.pick(dataFile('ivory.flac'));
  await site.compared(80_000);
  const decoded = (await site.saveWav()).channelData[0]!;
  return { original: readWav(readFileSync(wavOf('ivory'))).channelData[0]!, decoded };
}

/**
 * Plays the original in a loop, then does `change`, and gives what is heard after it: samples, and where in
 * the recordings the first of them is.
 */
async function heardAfter(
  site: Site,
  original: Float32Array,
  change: () => Promise<void>,
): Promise<{ heard: Float32Array; at: number }> {
  const { page } = site;
  await page.getByRole('radio', { name: 'A Original' }).check();
  await site.loopAll();
  await page.locator('#compare-play').click();
  await page.waitForTimeout(500);
  await site.heard();
  await page.waitForTimeout(500);
  await change();
  await page.waitForTimeout(1500);
  const all = (await site.heard()).channelData[0]!;
  await page.locator('#compare-play').click();
  const begin = find(all.subarray(0, NEEDLE), original, TOLERANCE);
  expect(begin, 'it begins with the original').toBeDefined();
  const last = all.length - 32768;
  expect(last, 'it played on').toBeGreaterThan(0);
  return { heard: all.subarray(last), at: begin! + last };
}

/** The sample of a recording at a place in the loop. */
const looped = (recording: Float32Array, at: number): number =>
  recording[(at + recording.length) % recording.length]!;

/** Samples by which `heard` comes after the place in the recording where it should be. */
function lagOf(heard: Float32Array, recording: Float32Array, at: number): number {
  let best = { lag: NaN, product: -Infinity };
  for (let lag = -1200; lag <= 1200; ++lag) {
    let product = 0;
    for (let i = 1200; i + 1200 < heard.length; i += 3)
      product += heard[i + lag]! * looped(recording, at + i);
    if (product > best.product) best = { lag, product };
  }
  return best.lag;
}

/** The gain with which a recording is nearest to what is heard. */
function gainOf(heard: Float32Array, recording: Float32Array, at: number): number {
  let [product, energy] = [0, 0];
  heard.forEach((value, i) => {
    product += value * looped(recording, at + i);
    energy += looped(recording, at + i) ** 2;
  });
  return product / energy;
}

for (const encoder of [
  'the browser’s own encoder',
  'libopus, where the browser has none',
] as const) {
  test(`C is Opus by ${encoder}: at the rate that is asked for, aligned with A`, async ({
    site,
  }) => {
    const { page } = site;
    if (encoder.startsWith('libopus')) {
      await page.addInitScript(() => Reflect.deleteProperty(window, 'AudioEncoder'));
    }
    // At 12 kbit/s phases are too far off to tell where a sample is.
    const { original } = await openIvory(site, '?loudness=off&opus=24');
    const facts = (await page.locator('#opus-facts').innerText()).replaceAll('\u00a0', ' ');
    const [, rate] = /^Opus: ([\d.]+) kbit\/s, [\d.]+ kB for what you hear here\.$/.exec(facts)!;
    expect(Number(rate)).toBeGreaterThan(21);
    expect(Number(rate), 'its container counts, too').toBeLessThan(28);
    await expect(page.locator('#opus-waveform')).toBeVisible();
    const { heard, at } = await heardAfter(site, original, () =>
      page.getByRole('radio', { name: 'C Opus' }).check(),
    );
    expect(
      find(heard.subarray(0, NEEDLE), original, TOLERANCE),
      'not the original',
    ).toBeUndefined();
    expect(Math.abs(lagOf(heard, original, at)), 'samples').toBeLessThanOrEqual(3);
  });
}

test('Opus of the same size: as near as it can, and the page says where it cannot', async ({
  site,
}) => {
  const { page } = site;
  await site.open('?opus=same&quality=12');
  await site.pick(dataFile('excerpt.flac'));
  await site.compared(80_000);
  const rateIn = async (selector: string): Promise<number> =>
    Number(/([\d.]+)\u00a0kbit/.exec(await page.locator(selector).innerText())![1]);
  const motet = await rateIn('#figure-rate');
  expect(Math.abs((await rateIn('#opus-facts')) / motet - 1)).toBeLessThan(0.05);
  await expect(page.locator('#opus-facts')).not.toContainText('cannot be smaller');
  await site.quality(1);
  await expect(page.locator('#opus-facts')).toContainText('It cannot be smaller: 6 kbit/s', {
    timeout: 60_000,
  });
  await page.getByLabel('Compare with Opus').selectOption('no');
  await expect(page.locator('#opus-facts')).toBeHidden();
  await expect(page.getByRole('radio', { name: 'C Opus' })).toBeHidden();
});

test('the difference is what B has that A has not, sample by sample', async ({ site }) => {
  const { page } = site;
  const { original, decoded } = await openIvory(site, '?loudness=off');
  const { heard, at } = await heardAfter(site, original, async () => {
    await page.getByRole('checkbox', { name: 'Only the difference from A' }).check();
    await page.getByRole('radio', { name: 'B Motet' }).check();
  });
  let largest = 0;
  heard.forEach((value, i) => {
    const difference = looped(decoded, at + i) - looped(original, at + i);
    largest = Math.max(largest, Math.abs(value - difference));
  });
  expect(rms(heard), 'there is a difference').toBeGreaterThan(0.001);
  expect(largest).toBeLessThan(TOLERANCE);
});

test('loudness matched: the louder one is lowered by what the page says', async ({ site }) => {
  const { page } = site;
  const { original, decoded } = await openIvory(site, '?loudness=off');
  const matched = page.getByRole('checkbox', { name: 'Loudness matched' });
  const a = await heardAfter(site, original, () => matched.check());
  const gainOfA = gainOf(a.heard, original, a.at);
  await matched.uncheck();
  const b = await heardAfter(site, original, async () => {
    await matched.check();
    await page.getByRole('radio', { name: 'B Motet' }).check();
  });
  const gainOfB = gainOf(b.heard, decoded, b.at);
  expect(Math.max(gainOfA, gainOfB), 'the softer one stays as it is').toBeCloseTo(1, 3);
  const said = (await page.locator('#loudness-value').innerText()).replaceAll('\u00a0', ' ');
  const [, sign, digits] = /^B ([+−±])([\d.]+) dB$/.exec(said)!;
  const change = 20 * Math.log10(gainOfB / gainOfA);
  expect(Math.abs(change - (sign === '−' ? -1 : 1) * Number(digits))).toBeLessThan(0.06);
  // Loudness and power are not the same, but of the same music they are near.
  const power = 20 * Math.log10(rms(original) / rms(decoded));
  expect(Math.abs(change - power), 'dB').toBeLessThan(1.5);
});

test('the blind test compares Motet and Opus, too', async ({ site }) => {
  const { page } = site;
  const { decoded } = await openIvory(site, '?loudness=off&opus=24&difference=on');
  await page.getByText('Blind test (ABX)').click();
  await expect(page.getByRole('checkbox', { name: 'Only the difference' })).toBeHidden();
  await page.getByLabel('Compared are').selectOption('A Motet, B Opus');
  await site.loopAll();
  await page.getByRole('button', { name: 'Play the blind test' }).click();
  for (let trial = 1; trial <= 4; ++trial) {
    await page.getByRole('radio', { name: 'X', exact: true }).check();
    await page.waitForTimeout(200);
    await site.heard();
    await page.waitForTimeout(350);
    const heard = (await site.heard()).channelData[0]!;
    const isMotet = find(heard.subarray(-NEEDLE), decoded, TOLERANCE) !== undefined;
    await page.getByRole('button', { name: `X is ${isMotet ? 'A' : 'B'}` }).click();
    await expect(page.locator('#abx-score')).toContainText(`${trial} of ${trial} right`);
  }
});

test('zoom: all pictures show the same seconds, around the playing position', async ({ site }) => {
  const { page } = site;
  await site.open();
  await site.pick(dataFile('ivory.flac'));
  await site.compared();
  const picture = page.locator('#decoded-waveform');
  const whole = await picture.screenshot();
  await page.getByLabel('Zoom').fill('3');
  await expect(page.locator('#zoom-value')).toHaveText(/^1\.\d s$/);
  expect((await picture.screenshot()).equals(whole), 'another picture').toBe(false);
  await page.locator('#compare-position').fill('4');
  const cursor = (): Promise<number> =>
    picture.evaluate((element) => {
      const { shadowRoot } = element.querySelector('div')!;
      return parseFloat(shadowRoot!.querySelector<HTMLElement>('[part=cursor]')!.style.left);
    });
  await expect.poll(cursor, 'percent: 4 s of 3.75 to 5 s').toBeCloseTo(20, 0);
  const { width } = (await picture.boundingBox())!;
  await picture.click({ position: { x: width - 3, y: 30 } }); // the end of what is seen
  await expect(page.locator('#compare-time')).toHaveText(/^0:0[45] /);
  await picture.click({ position: { x: 3, y: 30 } });
  await expect(page.locator('#compare-time')).toHaveText(/^0:0[34] /);
  const mel = await picture.screenshot();
  await page.getByLabel('Frequencies').selectOption('linear');
  expect((await picture.screenshot()).equals(mel), 'another scale').toBe(false);
});

test('a link holds the settings', async ({ site, context }) => {
  const { page } = site;
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const settings = '?quality=3&opus=24&loudness=off&difference=on&scale=linear&zoom=1';
  await site.open(settings);
  await site.pick(dataFile('ivory.flac'));
  await site.compared(80_000);
  await expect(page.locator('#quality-value')).toHaveText('3 of 12');
  await expect(page.locator('#opus-facts')).toContainText('Opus: 2');
  await expect(page.getByRole('checkbox', { name: 'Loudness matched' })).not.toBeChecked();
  await expect(page.getByRole('checkbox', { name: 'Only the difference' })).toBeChecked();
  await expect(page.getByLabel('Frequencies')).toHaveValue('linear');
  await expect(page.getByLabel('Zoom')).toHaveValue('1');

  await page.getByLabel('Compare with Opus').selectOption('no');
  await page.getByRole('checkbox', { name: 'Loudness matched' }).check();
  const link = `${site.server.url}?quality=3&difference=on&scale=linear&zoom=1`;
  const parameters = (url: string): string[] => [...new URL(url).searchParams].map(String).sort();
  expect(parameters(page.url()), 'the address follows').toEqual(parameters(link));
  await page.getByRole('button', { name: 'Copy a link to these settings' }).click();
  await expect(page.locator('#link-copied')).toHaveText('Copied.');
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(parameters(copied)).toEqual(parameters(link));
});

test('settings that there are not are passed over', async ({ site }) => {
  const { page } = site;
  await site.open('?quality=best&opus=99&engine=other&scale=&zoom=-1&loudness=maybe');
  await site.pick(dataFile('ivory.flac'));
  await site.compared();
  await expect(page.locator('#quality-value')).toHaveText('6 of 12');
  await expect(page.getByLabel('Compare with Opus')).toHaveValue('off');
  await expect(page.getByRole('radio', { name: 'Motet', exact: true })).toBeChecked();
  await expect(page.getByRole('checkbox', { name: 'Loudness matched' })).toBeChecked();
});
