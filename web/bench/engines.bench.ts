// Motet's WebAssembly against ONNX Runtime Web, in one browser, on one thread: the page's own "Compare
// engines", and the time from navigation to the first decoded audio. Table and build/web/bench.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test, type Browser, type Page } from '@playwright/test';
import type { Comparison } from '../src/engine/comparison';
import type { EngineId } from '../src/engine/contract';
import { builtFile, dataFile } from '../tests/chromium';
import { serve, type StaticServer } from '../../wasm/tests/browser/static-server.mjs';

const RUNS = 3;

let server: StaticServer;
test.beforeAll(async () => void (server = await serve(builtFile('dist'))));
test.afterAll(() => server.close());

/** A visitor who was never here: nothing is in a cache. */
async function firstVisit<T>(browser: Browser, visit: (page: Page) => Promise<T>): Promise<T> {
  const context = await browser.newContext({ serviceWorkers: 'block' });
  try {
    return await visit(await context.newPage());
  } finally {
    await context.close();
  }
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;

test('engines', async ({ browser }) => {
  const { comparison, file } = await firstVisit(browser, async (page) => {
    await page.goto(server.url);
    await page.locator('#file').setInputFiles(dataFile('excerpt.flac'));
    await expect(page.locator('#save-motet')).toBeEnabled({ timeout: 60_000 });
    await expect(page.locator('#listen-features figure')).toBeVisible({ timeout: 60_000 });
    const download = page.waitForEvent('download');
    await page.locator('#save-motet').click();
    const saved = await (await download).path();
    await page.locator('#compare-engines').click();
    const table = page.locator('#comparison');
    await expect(table).toBeVisible({ timeout: 180_000 });
    const figures = JSON.parse((await table.getAttribute('data-figures'))!) as Comparison;
    return { comparison: figures, file: readFileSync(saved) };
  });

  /** From navigation to the first decoded samples of a file that is opened as soon as that is possible. */
  const firstAudio = (engine: EngineId): Promise<number> =>
    firstVisit(browser, async (page) => {
      await page.goto(`${server.url}?engine=${engine}`, { waitUntil: 'commit' });
      await page.locator('#file').waitFor({ state: 'attached' });
      await page.waitForFunction(() => document.readyState === 'complete');
      await page
        .locator('#file')
        .setInputFiles({ name: 'music.motet', mimeType: 'application/octet-stream', buffer: file });
      const mark = await page.waitForFunction(
        () => performance.getEntriesByName('motet:first-audio')[0]?.startTime,
        undefined,
        { timeout: 60_000 },
      );
      return (await mark.jsonValue())!;
    });
  const first: Record<EngineId, number> = { motet: 0, onnx: 0 };
  for (const engine of ['motet', 'onnx'] as const) {
    const runs: number[] = [];
    for (let run = 0; run < RUNS; ++run) runs.push(await firstAudio(engine));
    first[engine] = median(runs);
  }

  const [motet, onnx] = comparison.engines as [Comparison['engines'][0], Comparison['engines'][0]];
  const ratio = motet.roundTripTimesRealTime / onnx.roundTripTimesRealTime;
  const row = (name: string, f: (engine: typeof motet) => string): string =>
    `  ${name.padEnd(34)}${f(motet).padStart(14)}${f(onnx).padStart(20)}`;
  const megabytes = (bytes: number | undefined): string => `${((bytes ?? 0) / 1e6).toFixed(2)} MB`;
  const times = (value: number): string => `${value.toFixed(1)} x`;
  console.log(
    [
      '',
      `${comparison.seconds.toFixed(1)} s of stereo at quality ${comparison.quality}, Chromium ${browser.version()}, one thread`,
      `  ${''.padEnd(34)}${'Motet'.padStart(14)}${'ONNX Runtime Web'.padStart(20)}`,
      row('encode, x real time', (e) => times(e.encodeTimesRealTime)),
      row('decode, x real time', (e) => times(e.decodeTimesRealTime)),
      row('round trip, x real time', (e) => times(e.roundTripTimesRealTime)),
      row('download', (e) => megabytes(e.downloadBytes)),
      row('download, gzip', (e) => megabytes(e.downloadGzipBytes)),
      row('start-up', (e) => `${e.startupMs.toFixed(0)} ms`),
      row('navigation to first audio', (e) => `${first[e.id].toFixed(0)} ms`),
      `  round trip: Motet is ${ratio.toFixed(2)} times as fast`,
      `  codes: ${comparison.equalCodes} of ${comparison.codes} agree, ` +
        `${comparison.nearTies} are near ties; ` +
        `largest difference of samples ${comparison.largestDifference.toExponential(1)}`,
      '',
    ].join('\n'),
  );
  const report = {
    chromium: browser.version(),
    ...comparison,
    engines: comparison.engines.map((each) => ({ ...each, firstAudioMs: first[each.id] })),
    roundTripRatio: ratio,
  };
  writeFileSync(builtFile('bench.json'), `${JSON.stringify(report, null, 2)}\n`);
  // The bars of the project; what is printed above says by how much they are met or missed.
  expect(comparison.equalCodes + comparison.nearTies).toBe(comparison.codes);
  expect.soft(motet.roundTripTimesRealTime).toBeGreaterThanOrEqual(20);
  expect.soft(ratio).toBeGreaterThanOrEqual(1.5);
});
