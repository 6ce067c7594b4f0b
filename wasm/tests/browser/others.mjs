// Firefox and WebKitGTK (the engine of Safari), which Playwright cannot drive as Debian has them. Each
// gives `evaluate(url, script)`: opens a page, and what the promise of an expression resolves to.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';
import { Builder, Capabilities } from 'selenium-webdriver';

export async function firefox() {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
  });
  return {
    async evaluate(url, script) {
      const page = await browser.newPage();
      await page.goto(url);
      const result = await page.evaluate(script);
      await page.close();
      return result;
    },
    close: () => browser.close(),
  };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function ended(program) {
  program.kill();
  if (program.exitCode === null && program.signalCode === null) await once(program, 'exit');
}

export async function webkit() {
  const folder = mkdtempSync(join(tmpdir(), 'motet-webkit-'));
  const display = spawn('/usr/bin/Xvfb', ['-displayfd', '3', '-nolisten', 'tcp'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const [number] = await once(display.stdio[3], 'data');
  const port = await freePort();
  const driver = spawn('/usr/bin/WebKitWebDriver', [`--port=${port}`], {
    stdio: 'ignore',
    env: {
      ...process.env,
      DISPLAY: `:${String(number).trim()}`,
      HOME: folder,
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1', // a container may not make another
      WEBKIT_DISABLE_COMPOSITING_MODE: '1', // there is no GPU
    },
  });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; !(await fetch(`${url}/status`).catch(() => ({ ok: false }))).ok; ++tries) {
    if (tries > 200) throw new Error('WebKitWebDriver does not answer');
    await new Promise((done) => setTimeout(done, 100));
  }
  const capabilities = new Capabilities().setBrowserName('MiniBrowser');
  const browser = await new Builder().usingServer(url).withCapabilities(capabilities).build();
  await browser.manage().setTimeouts({ script: 90_000 });
  return {
    async evaluate(address, script) {
      await browser.get(address);
      const outcome = await browser.executeAsyncScript(`
        const done = arguments[0];
        (${script}).then((result) => done({ result }), (error) => done({ error: String(error) }));`);
      if (outcome.error) throw new Error(outcome.error);
      return outcome.result;
    },
    async close() {
      await browser.quit();
      await ended(driver);
      await ended(display);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
