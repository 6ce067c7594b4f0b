// Firefox and WebKitGTK (the engine of Safari), which Playwright cannot drive as Debian has them. Each
// gives `evaluate(url, script)`: opens a page, clicks into its corner, and gives what the promise of an
// expression resolves to, which is evaluated in that click: WebKit starts no sound otherwise. Both play to a sound
// device that nobody hears: without any, Firefox runs no audio context.
import puppeteer from 'puppeteer-core';
import { Builder, Capabilities } from 'selenium-webdriver';
import { startSoundDevice } from './sound-device.mjs';
import { startWebKitDriver } from './webkit-driver.mjs';

export async function firefox() {
  const sound = await startSoundDevice();
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
    env: { ...process.env, ...sound.env },
    extraPrefsFirefox: { 'media.autoplay.default': 0, 'media.autoplay.blocking_policy': 0 },
  });
  return {
    async evaluate(url, script) {
      const page = await browser.newPage();
      await page.goto(url);
      const result = await page.evaluate(script);
      await page.close();
      return result;
    },
    async close() {
      await browser.close();
      await sound.close();
    },
  };
}

export async function webkit() {
  const driver = await startWebKitDriver();
  const capabilities = new Capabilities().setBrowserName('MiniBrowser');
  const browser = await new Builder()
    .usingServer(driver.url)
    .withCapabilities(capabilities)
    .build();
  await browser.manage().setTimeouts({ script: 90_000 });
  return {
    async evaluate(address, script) {
      await browser.get(address);
      // On a busy machine get() of an address that is open already comes back early.
      await browser.wait(() => browser.executeScript(`return document.readyState === 'complete'`));
      await browser.executeScript(`
        addEventListener('click', () => { window.outcome = ${script}; }, { once: true });`);
      await browser.actions().move({ x: 1, y: 1 }).click().perform();
      const outcome = await browser.executeAsyncScript(`
        const done = arguments[0];
        window.outcome.then((result) => done({ result }), (error) => done({ error: String(error) }));`);
      if (outcome.error) throw new Error(outcome.error);
      return outcome.result;
    },
    async close() {
      await browser.quit();
      await driver.close();
    },
  };
}
