// Memory of the page's own process, as the system counts it: what it shares with nobody.
import { readFileSync } from 'node:fs';
import type { Browser, Page } from '@playwright/test';

/** MiB of the largest renderer process: that of the page. Linux only. */
export async function pageMemory(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const sizes = processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => {
      const fields = readFileSync(`/proc/${id}/smaps_rollup`, 'latin1');
      const kib = (name: string): number =>
        Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(fields)?.[1] ?? 0);
      return (kib('Private_Clean') + kib('Private_Dirty')) / 1024;
    });
  return Math.max(...sizes);
}

/** Collects the garbage of the page and its workers; the browser must run with --expose-gc. */
export async function collectGarbage(page: Page): Promise<void> {
  for (const place of [page, ...page.workers()]) {
    await place.evaluate(() => (globalThis as unknown as { gc: () => void }).gc());
  }
  await page.waitForTimeout(500); // freed memory goes back to the system a little later
}

/** The highest of many looks, until `stop` is called. */
export function watchMemory(browser: Browser): { stop: () => Promise<number> } {
  let highest = 0;
  let running = true;
  const watching = (async () => {
    while (running) {
      highest = Math.max(highest, await pageMemory(browser));
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })();
  return {
    stop: async () => {
      running = false;
      await watching;
      return highest;
    },
  };
}
