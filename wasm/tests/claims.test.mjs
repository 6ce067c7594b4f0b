// What a stream claims never decides how much is allocated or computed: a few bytes that speak of hours
// end in a typed error, or in as little as they hold. From the tarball, in Node.
//
// Each function of the package that takes bytes of a stream or of a model is given streams of every
// kind, golden ones and such as claim much. All arrays and buffers that it allocates count, whether
// they are given back or not, and what the core's memory grows by: at most a fixed number of bytes,
// and some for each byte of the stream, or, where sound comes out, for each sample that its pages
// make, with ten seconds at most that are concealed before each. Those are 255 packets at the most,
// in a page of 15 bytes at the least.
import { allocatedBytes } from './allocations.mjs';
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { crc32, project, root } from './support.mjs';

const KB = 2 ** 10;
const MB = 2 ** 20;
const PAGE_HEADER = 14;

let m;
let w;
let model; // the shipped one
let heapBytes; // of the core
let long; // 30 s in pages of a second
let streams; // of all kinds: { name, model, bytes }
let files; // models: { name, bytes }

before(async () => {
  const folder = project();
  writeFileSync(
    join(folder, 'all.mjs'),
    `export * as m from 'motet'; export * as w from 'motet/worker'; export { modelUrl } from 'motet/model';`,
  );
  let modelUrl;
  ({ m, w, modelUrl } = await import(pathToFileURL(join(folder, 'all.mjs'))));
  const shipped = readFileSync(new URL(modelUrl));
  model = await m.Model.load(shipped);
  const { loadCore } = await import(new URL('./load.js', modelUrl));
  const { core } = await loadCore();
  heapBytes = () => core.heapBytes();
  const noise = (seconds) =>
    Float32Array.from({ length: seconds * 44100 }, (_, i) => Math.sin(i * i) / 4);
  const short = Buffer.from(await m.encodeFile(model, [noise(0.1)])); // of a page
  const encoder = new m.Encoder(model, { channels: 1, packetsPerPage: 43 });
  long = Buffer.concat([encoder.encode([noise(30)]), encoder.flush()]);
  encoder.free();

  streams = Object.entries(claims(short)).map(([name, bytes]) => ({ name, model, bytes }));
  const golden = join(root, 'core/tests/golden/files');
  const small = readFileSync(join(golden, 'model.motetmodel'));
  const goldenModel = await m.Model.load(small);
  for (const name of readdirSync(golden).sort())
    if (name.endsWith('.motet'))
      streams.push({ name, model: goldenModel, bytes: readFileSync(join(golden, name)) });
  // What a model unpacks for the first user of a quality is the model's.
  for (const { model: of, bytes } of streams)
    if (of === goldenModel) await m.readFeatures(of, bytes).catch(() => {});
  files = modelFiles(small);
});

// docs/FORMAT.md
const headerBytes = (stream) => stream.readUInt32LE(12);

/** A header, or a stream with one, that says something else in `change(header)`. */
function withHeader(stream, change) {
  const changed = Buffer.from(stream);
  change(changed);
  const end = Math.min(headerBytes(stream), changed.length) - 4;
  changed.writeUInt32LE(crc32(changed.subarray(0, end)), end);
  return changed;
}

const withLength = (stream, samples) =>
  withHeader(stream, (header) => header.writeBigUInt64LE(samples, 24));

function withPreSkip(stream, samples) {
  const end = headerBytes(stream);
  const header = Buffer.concat([stream.subarray(0, 50), Buffer.alloc(4), stream.subarray(50, end)]);
  header.writeUInt16LE(1, 10);
  header.writeUInt32LE(header.length, 12);
  header.writeUInt32LE(samples, 50);
  return Buffer.concat([withHeader(header, () => {}), stream.subarray(end)]);
}

/** The pages of a stream, the end page too. */
function pagesOf(stream) {
  const pages = [];
  for (let at = headerBytes(stream), end; at < stream.length; at = end) {
    end = at + PAGE_HEADER + stream.readUInt16LE(at + 8);
    pages.push(Buffer.from(stream.subarray(at, end)));
  }
  return pages;
}

/** The same page with the right checksum, from packet `first` on. */
function atPacket(page, first) {
  page.writeUInt32LE(first, 4);
  page.writeUInt32LE(crc32(Buffer.concat([page.subarray(0, 10), page.subarray(PAGE_HEADER)])), 10);
  return page;
}

function page(first, packets, payload, flags = 0) {
  const bytes = Buffer.concat([
    Buffer.from([0x4d, 0xf5, flags, packets]),
    Buffer.alloc(10),
    payload,
  ]);
  bytes.writeUInt16LE(payload.length, 8);
  return atPacket(bytes, first);
}

function endPage(packets, samples) {
  const payload = Buffer.alloc(8);
  payload.writeBigUInt64LE(samples);
  return page(packets, 0, payload, 1);
}

function claims(short) {
  const [one] = pagesOf(short);
  const head = short.subarray(0, headerBytes(short));
  const endless = withLength(head, 2n ** 64n - 1n);
  const gaps = (count, packets) =>
    Buffer.concat([
      endless,
      ...Array.from({ length: count }, (_, i) =>
        atPacket(Buffer.from(one), (i + 1) * packets + i * one[3]),
      ),
    ]);
  return {
    'a length of 2^40 samples': withLength(short, 2n ** 40n),
    'a length of 2^53 samples': withLength(short, 2n ** 53n),
    'a length of 2^64 - 2 samples': withLength(short, 2n ** 64n - 2n),
    'a length, and no page': withLength(head, 2n ** 40n),
    'a gap of 25 minutes': gaps(1, 65000),
    'ten gaps of 25 minutes': gaps(10, 65000),
    'five gaps of just under ten seconds': gaps(5, 430),
    'an end after 25 minutes': Buffer.concat([endless, one, endPage(65000, 65000n * 1024n)]),
    'a pre-skip of 27 hours': withPreSkip(short, 2 ** 32 - 1),
    'a pre-skip of 27 hours, no length': withPreSkip(
      Buffer.concat([endless, ...pagesOf(short)]),
      2 ** 32 - 1,
    ),
    'a header of a mebibyte': withHeader(short, (header) => header.writeUInt32LE(2 ** 20, 12)),
    '65535 tags': withHeader(short, (header) => header.writeUInt16LE(65535, 48)),
    'three pages of 255 packets in a byte': Buffer.concat([
      endless,
      ...[0, 1, 2].map((i) => page(255 * i, 255, Buffer.from([5]))),
    ]),
    'a thousand beginnings of pages': Buffer.concat([
      endless,
      ...Array(1000).fill(Buffer.from([0x4d, 0xf5, 0, 255, 0, 0, 0, 0, 0xf2, 0x0d])),
    ]),
  };
}

/** Model files that claim much. */
function modelFiles(golden) {
  const changed = (change) => {
    const file = Buffer.from(golden);
    change(file);
    const end = Math.min(64 + file.readUInt32LE(12) + file.readUInt32LE(20), file.length);
    file.writeUInt32LE(crc32(file.subarray(64, end)), 32);
    file.writeUInt32LE(crc32(file.subarray(0, 60)), 60);
    return file;
  };
  const at = golden.indexOf('"width": 6');
  assert.ok(at > 0);
  return [
    { name: 'a model', bytes: golden },
    { name: 'the beginning of one', bytes: golden.subarray(0, 100) },
    { name: 'a configuration of gigabytes', bytes: changed((file) => (file[15] = 0x7f)) },
    { name: 'thousands of millions of tensors', bytes: changed((file) => (file[19] = 0x7f)) },
    { name: 'a file of terabytes', bytes: changed((file) => (file[29] = 0x7f)) },
    { name: 'wider layers than there are', bytes: changed((file) => file.write('"width": 9', at)) },
  ];
}

/** Samples per channel that the pages of a stream can make, and what may be concealed before each. */
const mostSamples = (bytes) =>
  Math.ceil(bytes.length / (PAGE_HEADER + 1)) * (255 * 1024 + 10 * 44100);

/** The same, by the pages that are there. */
function samplesOf(bytes) {
  let pages = 0;
  for (let at = bytes.indexOf('M\xf5', 0, 'latin1'); at >= 0; ++pages)
    at = bytes.indexOf('M\xf5', at + 2, 'latin1');
  return Math.min(mostSamples(bytes), (pages + 1) * (255 * 1024 + 10 * 44100));
}

const SOUND = 2 * 4; // bytes of a sample of both channels

// What is called, and what it may allocate: bytes at all, for each byte of the stream, and for each sample
// that comes out at the most.
const ENTRIES = {
  isMotet: { call: (_, bytes) => m.isMotet(bytes), fixed: KB, perByte: 0 },
  info: { call: (_, bytes) => m.info(bytes), fixed: MB, perByte: 4 },
  streamFrom: { call: (_, bytes) => m.streamFrom(bytes, 3600), fixed: MB, perByte: 8 },
  readFeatures: {
    call: (of, bytes) => m.readFeatures(of, bytes),
    fixed: MB,
    perByte: 4,
    perSample: (2 * 2 * 17 * 4) / 1024, // two rows of a packet, once more without a pre-skip
  },
  decodeFile: {
    call: (of, bytes) => m.decodeFile(of, bytes),
    fixed: 8 * MB,
    perByte: 8,
    perSample: 3 * SOUND, // blocks, what a call returns, and the whole
  },
  'decodeFile with workers': {
    call: (of, bytes) => m.decodeFile(of, bytes, { workers: 2 }),
    fixed: 8 * MB,
    perByte: 8,
    perSample: 3 * SOUND,
  },
  'decodeFile, strict': {
    call: (of, bytes) => m.decodeFile(of, bytes, { strict: true }),
    fixed: 8 * MB,
    perByte: 8,
    perSample: 3 * SOUND,
  },
  Decoder: {
    call: (of, bytes) =>
      using(new m.Decoder(of), (decoder) => [decoder.decode(bytes), decoder.flush()]),
    fixed: 8 * MB,
    perByte: 8,
    perSample: 2 * SOUND,
  },
  'Decoder.decodeSome': {
    call: (of, bytes) => using(new m.Decoder(of), (decoder) => decoder.decodeSome(bytes, 1000)),
    fixed: 8 * MB,
    perByte: 8,
  },
  'Decoder.seek': {
    call: (of, bytes) =>
      using(new m.Decoder(of), async (decoder) => {
        const at = await decoder.seek(2 ** 40, bytes);
        return [decoder.decode(bytes.subarray(at)), decoder.flush()];
      }),
    fixed: 8 * MB,
    perByte: 8,
    perSample: 2 * SOUND,
  },
  DecoderWorker: {
    call: async (of, bytes) =>
      using(await w.DecoderWorker.create(of), async (decoder) => [
        await decoder.decode(bytes),
        await decoder.flush(),
      ]),
    fixed: 8 * MB,
    perByte: 8,
    perSample: 2 * SOUND,
  },
  StreamReader: {
    call: async (of, bytes) =>
      using(await m.StreamReader.create({ model: of }), (reader) => [
        reader.read(bytes),
        reader.end(),
      ]),
    fixed: MB,
    perByte: 20, // and the packets of a page of a byte are 255 times 30
    perSample: 44 / 1024,
  },
};

async function using(object, work) {
  try {
    return await work(object);
  } finally {
    object.free();
  }
}

for (const [entry, { call, fixed, perByte, perSample = 0 }] of Object.entries(ENTRIES)) {
  test(`${entry} allocates no more than the bytes are worth`, async (t) => {
    await Promise.resolve(call(model, long)).catch(() => {}); // the core grows for its first decoder
    const heap = heapBytes();
    const worst = { bytes: 0 };
    let largest = 0;
    for (const { name, model: of, bytes } of streams) {
      const before = allocatedBytes();
      const outcome = await Promise.resolve()
        .then(() => call(of, bytes))
        .catch((error) => error);
      const grown = allocatedBytes() - before;
      if (outcome instanceof Error)
        assert.ok(outcome instanceof m.MotetError, `${name}: untyped: ${outcome.stack}`);
      const most = fixed + perByte * bytes.length + perSample * samplesOf(bytes);
      assert.ok(grown <= most, `${name}: ${grown} bytes for ${bytes.length}, at most ${most}`);
      if (grown > worst.bytes) Object.assign(worst, { bytes: grown, name, of: bytes.length });
      largest = Math.max(largest, bytes.length);
      const heapGrown = heapBytes() - heap;
      assert.ok(heapGrown <= 16 * MB + 64 * largest, `${name}: the core grew by ${heapGrown}`);
    }
    t.diagnostic(
      `arrays ${worst.bytes} bytes at most: ${worst.name} (${worst.of} bytes); core ${heapBytes() - heap}`,
    );
  });
}

for (const kind of ['Model', 'EntropyModel']) {
  test(`${kind}.load allocates no more than the bytes are worth`, async () => {
    const heap = heapBytes();
    for (const { name, bytes } of files) {
      const before = allocatedBytes();
      const outcome = await m[kind].load(bytes).catch((error) => error);
      const grown = allocatedBytes() - before;
      if (outcome instanceof Error)
        assert.ok(outcome instanceof m.MotetError, `${name}: untyped: ${outcome.stack}`);
      else outcome.free();
      assert.ok(grown <= MB + 4 * bytes.length, `${name}: ${grown} bytes`);
      assert.ok(heapBytes() - heap <= 16 * MB + 64 * bytes.length, name);
    }
  });
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
  const { rows } = await m.readFeatures(model, lossy, { maxConcealedSeconds: 12 });
  assert.equal(rows, Math.ceil((30 * 44100) / 512));
  await assert.rejects(m.decodeFile(model, without(2, 3), { maxConcealedSeconds: 0 }), {
    code: 'corrupt',
  });
});

test('where damage is to be an error, it is one', async () => {
  const pages = pagesOf(long);
  const head = long.subarray(0, headerBytes(long));
  const damaged = {
    corrupt: Buffer.concat([head, ...pages.filter((_, i) => i !== 2)]),
    truncated: Buffer.concat([head, ...pages.slice(0, 3)]),
  };
  const stray = Buffer.concat([head, pages[0], Buffer.from('stray'), ...pages.slice(1)]);
  const strict = { strict: true };
  for (const workers of [0, 2]) {
    const whole = await m.decodeFile(model, long, { ...strict, workers });
    assert.equal(whole.samplesDecoded, 30 * 44100);
    for (const [code, bytes] of Object.entries(damaged))
      await assert.rejects(m.decodeFile(model, bytes, { ...strict, workers }), { code });
    await assert.rejects(m.decodeFile(model, stray, { ...strict, workers }), {
      code: 'corrupt',
      message: /5 bytes belong to no page/,
    });
  }
  for (const [code, bytes] of Object.entries(damaged)) {
    assert.equal((await m.decodeFile(model, bytes)).errors[0].code, code);
    await assert.rejects(m.readFeatures(model, bytes, strict), { code });
    await assert.rejects(
      using(await w.DecoderWorker.create(model, strict), async (decoder) => {
        await decoder.decode(bytes);
        await decoder.flush();
      }),
      { code },
    );
  }
  await assert.rejects(m.readFeatures(model, stray, strict), { code: 'corrupt' });
  using(new m.Decoder(model, { framing: 'packets', ...strict }), (decoder) => {
    decoder.decode(new Uint8Array(20)); // a packet, and some of another
    assert.throws(() => decoder.flush(), { code: 'truncated' });
  });
  assert.throws(() => new m.Decoder(model, { strict: 1 }), { code: 'invalid-argument' });
});
