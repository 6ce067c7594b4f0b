// What a stream claims never decides how much is allocated or computed: a few bytes that speak of hours
// end in a typed error, or in as little as they hold. From the tarball, in Node.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { crc32, project } from './support.mjs';

const MB = 2 ** 20;

let m;
let w;
let model;
let heapBytes; // of the core
let short; // a stream of a tenth of a second
let long; // 30 s in pages of a second

before(async () => {
  const folder = project();
  writeFileSync(
    join(folder, 'all.mjs'),
    `export * as m from 'motet'; export * as w from 'motet/worker'; export { modelUrl } from 'motet/model';`,
  );
  let modelUrl;
  ({ m, w, modelUrl } = await import(pathToFileURL(join(folder, 'all.mjs'))));
  model = await m.Model.load(modelUrl);
  const { loadCore } = await import(new URL('./load.js', modelUrl));
  const { core } = await loadCore();
  heapBytes = () => core.heapBytes();
  const noise = (seconds) =>
    Float32Array.from({ length: seconds * 44100 }, (_, i) => Math.sin(i * i) / 4);
  short = Buffer.from(await m.encodeFile(model, [noise(0.1)]));
  const encoder = new m.Encoder(model, { channels: 1, packetsPerPage: 43 });
  long = Buffer.concat([encoder.encode([noise(30)]), encoder.flush()]);
});

// docs/FORMAT.md
const headerBytes = (stream) => stream.readUInt32LE(12);

function withLength(stream, samples) {
  const changed = Buffer.from(stream);
  changed.writeBigUInt64LE(samples, 24);
  const end = headerBytes(changed) - 4;
  changed.writeUInt32LE(crc32(changed.subarray(0, end)), end);
  return changed;
}

/** The pages of a stream, the end page too. */
function pagesOf(stream) {
  const pages = [];
  for (let at = headerBytes(stream), end; at < stream.length; at = end) {
    end = at + 14 + stream.readUInt16LE(at + 8);
    pages.push(Buffer.from(stream.subarray(at, end)));
  }
  return pages;
}

function atPacket(page, first) {
  page.writeUInt32LE(first, 4);
  page.writeUInt32LE(crc32(Buffer.concat([page.subarray(0, 10), page.subarray(14)])), 10);
  return page;
}

/** `count` pages, each as far ahead of the one before as a reader takes. */
function withGaps(stream, count) {
  const [page] = pagesOf(stream);
  const head = stream.subarray(0, headerBytes(stream));
  return Buffer.concat([
    withLength(head, 2n ** 64n - 1n),
    ...Array.from({ length: count }, (_, i) => atPacket(Buffer.from(page), (i + 1) * 65000)),
  ]);
}

const CLAIMS = {
  'a length of 2^40 samples': () => withLength(short, 2n ** 40n),
  'a length of 2^53 samples': () => withLength(short, 2n ** 53n),
  'a length of 2^64 - 2 samples': () => withLength(short, 2n ** 64n - 2n),
  'a length, and no page': () => withLength(short, 2n ** 40n).subarray(0, headerBytes(short)),
  'a gap of 25 minutes': () => withGaps(short, 1),
  'ten gaps of 25 minutes': () => withGaps(short, 10),
};

const ENTRIES = {
  info: (bytes) => m.info(bytes),
  readFeatures: (bytes) => m.readFeatures(model, bytes),
  decodeFile: (bytes) => m.decodeFile(model, bytes),
  'decodeFile with workers': (bytes) => m.decodeFile(model, bytes, { workers: 2 }),
  Decoder: (bytes) => {
    const decoder = new m.Decoder(model);
    try {
      return [decoder.decode(bytes), decoder.flush()];
    } finally {
      decoder.free();
    }
  },
  DecoderWorker: async (bytes) => {
    const decoder = await w.DecoderWorker.create(model);
    try {
      return [await decoder.decode(bytes), await decoder.flush()];
    } finally {
      decoder.free();
    }
  },
};

for (const [claim, make] of Object.entries(CLAIMS)) {
  for (const [entry, call] of Object.entries(ENTRIES)) {
    test(`${entry} and ${claim}`, async () => {
      const bytes = make();
      assert.ok(bytes.length < 2000);
      const buffers = process.memoryUsage().arrayBuffers;
      const outcome = await Promise.resolve(bytes)
        .then(call)
        .catch((error) => error);
      const grown = process.memoryUsage().arrayBuffers - buffers;
      if (outcome instanceof Error)
        assert.ok(outcome instanceof m.MotetError, `untyped: ${outcome.stack}`);
      assert.ok(grown < 24 * MB, `${grown} bytes for ${bytes.length}`);
      assert.ok(heapBytes() < 96 * MB, `the core has ${heapBytes()} bytes`);
    });
  }
}

test('ten seconds that are lost in a row are concealed, more on request alone', async () => {
  const pages = pagesOf(long);
  const without = (from, to) =>
    Buffer.concat([
      long.subarray(0, headerBytes(long)),
      ...pages.filter((_, i) => i < from || i >= to),
    ]);
  const concealed = await m.decodeFile(model, without(2, 12));
  assert.equal(concealed.samplesDecoded, 30 * 44100);
  assert.equal(concealed.errors[0].packets, 430);
  const lossy = without(2, 13);
  for (const workers of [0, 2])
    await assert.rejects(m.decodeFile(model, lossy, { workers }), (error) => {
      assert.ok(error instanceof m.MotetError);
      assert.equal(error.code, 'corrupt');
      assert.match(error.message, /packets 86 to 558 are lost.*10\.00 s in a row/);
      return true;
    });
  await assert.rejects(m.readFeatures(model, lossy), { code: 'corrupt', message: /473 packets/ });
  const asked = await m.decodeFile(model, lossy, { maxConcealedSeconds: Infinity });
  assert.equal(asked.samplesDecoded, 30 * 44100);
  await assert.rejects(m.decodeFile(model, without(2, 3), { maxConcealedSeconds: 0 }), {
    code: 'corrupt',
  });
});
