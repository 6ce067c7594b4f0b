// The worst of 10000 live packets in a browser: each is encoded and decoded as it comes, by the package, in a
// worker. Adds to build/web/bench.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { test } from '@playwright/test';
import { builtFile } from '../tests/chromium';

const PACKAGE = builtFile('../wasm/package');
const ORIGIN = 'http://live.test';
const TYPES: Record<string, string> = { '.js': 'text/javascript', '.wasm': 'application/wasm' };

/** Of a call for each packet, in milliseconds of the wall clock. */
interface Times {
  median: number;
  thousandth: number;
  worst: number;
}

const WORKER = `
  import { Decoder, Encoder, Model } from './index.js';
  const PACKETS = 10000, SIZE = 1024;
  const model = await Model.load(await (await fetch('./motet.motetmodel')).arrayBuffer());
  const encoder = new Encoder(model, { quality: 6, framing: 'packets' });
  const decoder = new Decoder(model, { quality: 6, framing: 'packets' });
  // Noise and two tones, which begin and end: every part of the codec has something to do.
  const sound = (n) =>
    (Math.random() - 0.5) * 0.1 + 0.2 * Math.sin(n / 7) + (n % 88200 < 44100 ? 0.2 * Math.sin(n / 3) : 0);
  const planes = [new Float32Array(SIZE), new Float32Array(SIZE)];
  const encode = [], decode = [];
  for (let packet = -200; packet < PACKETS; ++packet) {
    for (const plane of planes) for (let i = 0; i < SIZE; ++i) plane[i] = sound(packet * SIZE + i);
    const begin = performance.now();
    const bytes = encoder.encode(planes);
    const between = performance.now();
    decoder.decode(bytes);
    const end = performance.now();
    if (packet < 0) continue; // V8 still compiles
    encode.push(between - begin);
    decode.push(end - between);
  }
  const times = (each) => {
    each.sort((a, b) => a - b);
    return { median: each[each.length >> 1], thousandth: each.at(-1 - each.length / 1000), worst: each.at(-1) };
  };
  postMessage({ packets: PACKETS, encode: times(encode), decode: times(decode) });
`;

test('live packets', async ({ page }) => {
  await page.route(`${ORIGIN}/**`, (route) => {
    const { pathname } = new URL(route.request().url());
    // Isolated, where the clock tells five microseconds.
    const headers = {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    };
    if (pathname === '/') {
      return route.fulfill({ headers, contentType: 'text/html', body: '<!doctype html>' });
    }
    if (pathname === '/bench.js') {
      return route.fulfill({ headers, contentType: TYPES['.js']!, body: WORKER });
    }
    const contentType = TYPES[extname(pathname)] ?? 'application/octet-stream';
    return route.fulfill({ headers, contentType, path: join(PACKAGE, pathname) });
  });
  await page.goto(`${ORIGIN}/`);
  const live = await page.evaluate(
    () =>
      new Promise<{ packets: number; encode: Times; decode: Times }>((resolve, reject) => {
        const worker = new Worker('/bench.js', { type: 'module' });
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = ({ message }) => reject(new Error(message));
      }),
  );
  const row = (name: string, { median, thousandth, worst }: Times): string =>
    `  ${name.padEnd(8)}${[median, thousandth, worst].map((ms) => ms.toFixed(2).padStart(12)).join('')}`;
  console.log(
    [
      '',
      `${live.packets} packets one at a time, milliseconds`,
      `  ${''.padEnd(8)}${'median'.padStart(12)}${'thousandth'.padStart(12)}${'worst'.padStart(12)}`,
      row('encode', live.encode),
      row('decode', live.decode),
      '',
    ].join('\n'),
  );
  const file = builtFile('bench.json');
  const report = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, `${JSON.stringify({ ...report, live }, null, 2)}\n`);
});
