// The page in Debian's WebKitGTK, the engine of Safari: through its WebDriver, on a display that nobody
// sees and with a sound device that nobody hears. Left out, as in Firefox: what records.
import { writeFileSync } from 'node:fs';
import { Builder, By, Capabilities, type WebDriver } from 'selenium-webdriver';
import { startWebKitDriver } from '../../wasm/tests/browser/webkit-driver.mjs';
import { floatWav } from './chromium';
import { LISTEN } from './listen';
import { expect, test as base } from './site';

const test = base.extend<{ webkit: WebDriver }>({
  webkit: async ({}, use) => {
    const driver = await startWebKitDriver();
    const capabilities = new Capabilities().setBrowserName('MiniBrowser');
    const browser = await new Builder()
      .usingServer(driver.url)
      .withCapabilities(capabilities)
      .build();
    await browser.manage().setTimeouts({ script: 90_000 });
    await use(browser);
    await browser.quit();
    await driver.close();
  },
});

/** Runs in the page: keeps what goes wrong, and what is saved. */
const WATCH = `
window.faults = [];
addEventListener('error', ({ message }) => faults.push(message));
addEventListener('unhandledrejection', ({ reason }) => faults.push(String(reason)));
const create = URL.createObjectURL;
URL.createObjectURL = (blob) => ((window.saved = blob), create(blob));`;
const SAVED = `
const reader = new FileReader();
reader.onload = () => arguments[0](reader.result);
reader.readAsDataURL(window.saved);`;

test('WebKit encodes to the same bytes, plays them, and its engines agree', async ({
  site,
  webkit,
}) => {
  test.setTimeout(180_000);
  const chromium = await site.streamOf(floatWav);

  await webkit.get(site.server.url);
  await webkit.executeScript(WATCH + LISTEN);
  const loudest = (): Promise<number> => webkit.executeScript('return window.loudest');
  const shows = async (selector: string): Promise<void> => {
    const element = await webkit.findElement(By.css(selector));
    await expect.poll(() => element.isDisplayed(), { timeout: 90_000 }).toBe(true);
  };
  const textOf = (selector: string): Promise<string> =>
    webkit.findElement(By.css(selector)).getText();
  const input = await webkit.findElement(By.css('input#file'));
  await input.sendKeys(floatWav);
  await shows('#listen');
  await shows('#save-motet');
  await webkit.findElement(By.css('#save-motet')).click();
  const saved = await webkit.executeAsyncScript<string>(SAVED);
  const bytes = Buffer.from(saved.slice(saved.indexOf(',') + 1), 'base64');
  expect(bytes.equals(chromium), 'the files are equal, byte for byte').toBe(true);

  const play = webkit.findElement(By.css('#compare-play'));
  await play.click();
  await expect.poll(() => textOf('#compare-time')).toMatch(/^0:0[1-9] /);
  await expect.poll(loudest, 'there is sound').toBeGreaterThan(0.01);
  await play.click();

  await webkit.findElement(By.css('#compare-engines')).click();
  await shows('#comparison');
  expect(await textOf('#comparison')).toMatch(/Codes agree \(quality 12\)\s*yes, [\d,]+ of [\d,]+/);

  const file = test.info().outputPath('ivory.motet');
  writeFileSync(file, bytes);
  await input.sendKeys(file);
  await shows('#player');
  await webkit.executeScript('window.loudest = 0');
  await expect.poll(() => textOf('#player-time')).toMatch(/^0:0[1-9] .* 0:10$/);
  await expect.poll(loudest, 'it sounds while it is decoded').toBeGreaterThan(0.01);
  expect(await webkit.executeScript('return window.faults')).toEqual([]);
});
