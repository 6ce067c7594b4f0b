// The page in Debian's Firefox, which Playwright cannot drive: through WebDriver BiDi, with a sound device that
// nobody hears. Left out: what records.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer, { type Browser } from 'puppeteer-core';
import { floatWav } from './chromium';
import { startSoundDevice } from '../../wasm/tests/browser/sound-device.mjs';
import { LISTEN } from './listen';
import { expect, test as base } from './site';

type Sound = Awaited<ReturnType<typeof startSoundDevice>>;

const executablePath = process.env.FIREFOX ?? '/usr/bin/firefox-esr';

const test = base.extend<{ downloads: string; sound: Sound; firefox: Browser }>({
  downloads: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'motet-firefox-'));
    await use(folder);
    rmSync(folder, { recursive: true });
  },
  sound: async ({}, use) => {
    const sound = await startSoundDevice();
    await use(sound);
    await sound.close();
  },
  firefox: async ({ downloads, sound }, use) => {
    if (!existsSync(executablePath)) {
      throw new Error('Firefox is missing: apt-get install firefox-esr, or name it in $FIREFOX');
    }
    const browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath,
      headless: true,
      env: { ...process.env, ...sound.env },
      extraPrefsFirefox: {
        'browser.download.folderList': 2,
        'browser.download.dir': downloads,
        'media.autoplay.default': 0, // no click of a driver counts as a person's
        'media.autoplay.blocking_policy': 0,
      },
    });
    await use(browser);
    await browser.close();
  },
});

test('Firefox encodes to the same bytes, plays them, and its engines agree', async ({
  site,
  firefox,
  downloads,
}) => {
  test.setTimeout(180_000);
  const chromium = await site.streamOf(floatWav);

  const page = await firefox.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warn'].includes(message.type())) faults.push(message.text());
  });
  const shows = (selector: string): Promise<unknown> =>
    page.waitForSelector(`${selector}:not([hidden])`, { timeout: 90_000 });
  const textOf = (selector: string): Promise<string> =>
    page.$eval(selector, (element) => element.textContent ?? '');
  await page.goto(site.server.url);
  await page.evaluate(LISTEN);
  const loudest = (): Promise<unknown> => page.evaluate('loudest');
  const input = (await page.$('input#file'))!;
  await input.uploadFile(floatWav);
  await shows('#listen');
  const saved = join(downloads, 'ivory.motet');
  await page.click('#save-motet');
  await expect.poll(() => existsSync(saved) && !existsSync(`${saved}.part`)).toBe(true);
  expect(readFileSync(saved).equals(chromium), 'the files are equal, byte for byte').toBe(true);

  await page.click('#compare-play');
  await expect.poll(() => textOf('#compare-time')).toMatch(/^0:0[1-9] /);
  await expect.poll(loudest, 'there is sound').toBeGreaterThan(0.01);
  await page.click('#compare-play');

  await page.click('#compare-engines');
  await shows('#comparison');
  expect(await textOf('#comparison')).toMatch(/Codes agree \(quality 12\)yes, [\d,]+ of [\d,]+/);

  await input.uploadFile(saved);
  await shows('#player');
  await page.evaluate('loudest = 0');
  await expect.poll(() => textOf('#player-time')).toMatch(/^0:0[1-9] .* 0:10$/);
  await expect.poll(loudest, 'it sounds while it is decoded').toBeGreaterThan(0.01);
  expect(faults).toEqual([]);
});
