// The page in Debian's WebKitGTK, the engine of Safari: through its WebDriver, on a display that nobody
// sees. Left out, as in Firefox: what plays or records.
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Builder, By, Capabilities, type WebDriver } from 'selenium-webdriver';
import { dataFile } from './chromium';
import { expect, test as base } from './site';

const PATHS = { Xvfb: '/usr/bin/Xvfb', WebKitWebDriver: '/usr/bin/WebKitWebDriver' };

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const test = base.extend<{ folder: string; display: string; webkit: WebDriver }>({
  folder: async ({}, use) => {
    for (const [name, path] of Object.entries(PATHS)) {
      if (!existsSync(path))
        throw new Error(`${name} is missing: apt-get install xvfb webkit2gtk-driver`);
    }
    const folder = mkdtempSync(join(tmpdir(), 'motet-webkit-'));
    await use(folder);
    rmSync(folder, { recursive: true });
  },
  display: async ({ folder }, use) => {
    // It takes a free number, and writes it there.
    const stdio: StdioOptions = ['ignore', 'ignore', 'ignore', 'pipe'];
    const server = spawn(PATHS.Xvfb, ['-displayfd', '3', '-nolisten', 'tcp'], {
      cwd: folder,
      stdio,
    });
    const [number] = await once(server.stdio[3]!, 'data');
    await use(`:${String(number).trim()}`);
    await ended(server);
  },
  webkit: async ({ folder, display }, use) => {
    const port = await freePort();
    const server = spawn(PATHS.WebKitWebDriver, [`--port=${port}`], {
      stdio: 'ignore',
      env: {
        ...process.env,
        DISPLAY: display,
        HOME: folder,
        WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1', // a container may not make another
        WEBKIT_DISABLE_COMPOSITING_MODE: '1', // there is no GPU
      },
    });
    const url = `http://127.0.0.1:${port}`;
    const isReady = (): Promise<boolean> =>
      fetch(`${url}/status`).then(
        ({ ok }) => ok,
        () => false,
      );
    await expect.poll(isReady).toBe(true);
    const capabilities = new Capabilities().setBrowserName('MiniBrowser');
    const browser = await new Builder().usingServer(url).withCapabilities(capabilities).build();
    await browser.manage().setTimeouts({ script: 90_000 });
    await use(browser);
    await browser.quit();
    await ended(server);
  },
});

async function ended(program: ChildProcess): Promise<void> {
  program.kill();
  if (program.exitCode === null && program.signalCode === null) await once(program, 'exit');
}

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

test('WebKit encodes to the same bytes, opens them, and its engines agree', async ({
  site,
  webkit,
  folder,
}) => {
  test.setTimeout(180_000);
  const chromium = await site.streamOf(dataFile('ivory.flac'));

  await webkit.get(site.server.url);
  await webkit.executeScript(WATCH);
  const shows = async (selector: string): Promise<void> => {
    const element = await webkit.findElement(By.css(selector));
    await expect.poll(() => element.isDisplayed(), { timeout: 90_000 }).toBe(true);
  };
  const textOf = (selector: string): Promise<string> =>
    webkit.findElement(By.css(selector)).getText();
  const input = await webkit.findElement(By.css('input#file'));
  await input.sendKeys(dataFile('ivory.flac'));
  await shows('#listen');
  await shows('#save-motet');
  await webkit.findElement(By.css('#save-motet')).click();
  const saved = await webkit.executeAsyncScript<string>(SAVED);
  const bytes = Buffer.from(saved.slice(saved.indexOf(',') + 1), 'base64');
  expect(bytes.equals(chromium), 'the files are equal, byte for byte').toBe(true);

  await webkit.findElement(By.css('#compare-engines')).click();
  await shows('#comparison');
  expect(await textOf('#comparison')).toMatch(/Codes agree\s*yes, [\d,]+ of [\d,]+/);

  writeFileSync(join(folder, 'ivory.motet'), bytes);
  await input.sendKeys(join(folder, 'ivory.motet'));
  await shows('#player');
  expect(await textOf('#player-time')).toMatch(/ 0:10$/);
  expect(await webkit.executeScript('return window.faults')).toEqual([]);
});
