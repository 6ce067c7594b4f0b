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
  const collect = (): void => (globalThis as unknown as { gc: () => void }).gc();
  await page.evaluate(collect);
  for (const worker of page.workers()) {
    await worker.evaluate(collect).catch((error: unknown) => {
      if (page.workers().includes(worker)) throw error; // one that has ended holds nothing
    });
  }
  await page.waitForTimeout(500); // freed memory goes back to the system a little later
}

/**
 * The highest of many looks, until `stop` is called. Each collects garbage first: when the browser would
 * have done so is up to it, and says nothing about what the page holds.
 */
export function watchMemory(browser: Browser, page: Page): { stop: () => Promise<number> } {
  let highest = 0;
  let running = true;
  const watching = (async () => {
    while (running) {
      await collectGarbage(page);
      highest = Math.max(highest, await pageMemory(browser));
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
