// How long <motet-audio> takes from play() to sound, and from a seek to sound, over lines of several speeds:
// on a first visit, with nothing of the package there, and for the next song of a page, where only
// the music travels. Table and build/web/bench-element.json.
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { test, type Page } from '@playwright/test';
import { Encoder, Model } from 'motet';
import { modelUrl } from 'motet/model';
import { builtFile, wavOf } from '../tests/chromium';
import { readWav } from '../tests/sound';
import { serveRanges } from '../../wasm/tests/browser/range-server.mjs';
import { NO_LIMIT, SlowLine, type Line } from './slow-line';

const RUNS = 3;
const MINUTES = 4;
const SEEK_SECONDS = 200;

/** `firstVisit`: whether that is measured, too, which takes minutes on the slowest. */
const LINES: Array<Line & { firstVisit: boolean }> = [
  { kbitPerSecond: 10_000, roundTripMs: 40, firstVisit: true },
  { kbitPerSecond: 1600, roundTripMs: 150, firstVisit: true },
  { kbitPerSecond: 400, roundTripMs: 400, firstVisit: false },
  { kbitPerSecond: 50, roundTripMs: 400, firstVisit: false },
];

const PAGE = `<!doctype html><meta charset="utf-8"><title>Two players</title>
<link rel="icon" href="data:,">
<script type="module" src="package/element.js"></script>
<motet-audio id="song" src="song.motet" controls></motet-audio>
<motet-audio id="before" src="before.motet" controls preload="none"></motet-audio>`;

/** A folder with the page, the package and four minutes of music. */
async function site(): Promise<string> {
  const folder = builtFile('fixtures/element');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  symlinkSync(builtFile('../wasm/package'), join(folder, 'package'));
  writeFileSync(join(folder, 'index.html'), PAGE);
  const model = await Model.load(modelUrl);
  const { channelData, samples } = readWav(readFileSync(wavOf('excerpt')));
  const write = (name: string, seconds: number): void => {
    const encoder = new Encoder(model, {});
    const parts: Uint8Array[] = [];
    for (let left = seconds * 44100; left > 0; left -= samples) {
      parts.push(encoder.encode(channelData.map((plane) => plane.subarray(0, left))));
    }
    writeFileSync(join(folder, name), Buffer.concat([...parts, encoder.flush()]));
    encoder.free();
  };
  write('song.motet', MINUTES * 60);
  write('before.motet', 1);
  model.free();
  return folder;
}

/** In milliseconds. */
interface Times {
  start: number;
  seek: number;
}

/** Until 50 ms of sound have been played, from the beginning and then elsewhere. */
const measure = (page: Page): Promise<Times> =>
  page.evaluate(async (to) => {
    const player = document.querySelector('#song') as HTMLAudioElement;
    const untilPlayed = async (seconds: number): Promise<void> => {
      while (player.seeking || player.currentTime < seconds) {
        await new Promise((done) => setTimeout(done, 5));
      }
    };
    const begun = performance.now();
    await player.play();
    await untilPlayed(0.05);
    const start = performance.now() - begun;
    const sought = performance.now();
    player.currentTime = to;
    await untilPlayed(to + 0.05);
    return { start, seek: performance.now() - sought };
  }, SEEK_SECONDS);

const hasMetadata = (page: Page): Promise<unknown> =>
  page.waitForFunction(() => (document.querySelector('#song') as HTMLAudioElement).readyState >= 1);

/** Another song has been played to its end. */
const afterAnother = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    const player = document.querySelector('#before') as HTMLAudioElement;
    const ended = new Promise((done) => player.addEventListener('ended', done));
    await player.play();
    await ended;
  });

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;

test('from play() to sound', async ({ browser }) => {
  test.setTimeout(900_000);
  const server = await serveRanges(await site(), { cacheSeconds: 3600 });
  const through = new SlowLine(server.url);
  const url = await through.open();
  /** Somebody who was never here. The page is looked at when its script has run and the file is known. */
  const visit = async (first: Line, then: Line): Promise<Times> => {
    const context = await browser.newContext();
    const page = await context.newPage();
    try {
      through.line = first;
      await page.goto(url);
      await hasMetadata(page);
      if (first === NO_LIMIT) await afterAnother(page);
      through.line = then;
      return await measure(page);
    } finally {
      await context.close();
    }
  };
  const runs = async (first: Line, then: Line): Promise<Times> => {
    const all: Times[] = [];
    for (let run = 0; run < RUNS; ++run) all.push(await visit(first, then));
    return {
      start: median(all.map(({ start }) => start)),
      seek: median(all.map(({ seek }) => seek)),
    };
  };
  const rows: Array<{ line: string; next: Times; first?: Times }> = [];
  for (const line of LINES) {
    const { kbitPerSecond, roundTripMs } = line;
    rows.push({
      line: `${kbitPerSecond} kbit/s, ${roundTripMs} ms`,
      next: await runs(NO_LIMIT, line),
      ...(line.firstVisit && { first: await runs(line, line) }),
    });
  }
  through.close();
  server.close();

  const milliseconds = (value: number | undefined): string =>
    (value === undefined ? '–' : value.toFixed(0)).padStart(14);
  console.log(
    [
      '',
      `<motet-audio>, ${MINUTES} minutes at quality 6, Chromium ${browser.version()} on ${cpus().length} x ` +
        `${cpus()[0]!.model}; milliseconds, median of ${RUNS}`,
      `  ${'line'.padEnd(24)}${['play() to sound', 'seek to sound', 'first visit'].map((name) => name.padStart(16)).join('')}`,
      ...rows.map(
        ({ line, next, first }) =>
          `  ${line.padEnd(24)}${[next.start, next.seek, first?.start].map((value) => milliseconds(value).padStart(16)).join('')}`,
      ),
      '  The first two: another song of the page has been played. First visit: play() as soon as the file is',
      '  known; binary and model are loaded then.',
      '',
    ].join('\n'),
  );
  const machine = cpus()[0]!.model;
  const report = { chromium: browser.version(), machine, minutes: MINUTES, rows };
  writeFileSync(builtFile('bench-element.json'), `${JSON.stringify(report, null, 2)}\n`);
});
