// Two implementations of docs/FORMAT.md, of which one knows nothing of the other: the package (the core,
// C++) and second_implementation/, in TypeScript. Whatever one writes the other reads, and what is
// damaged is damaged to both in the same way.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { motet, music, project, root, scratch, tool } from './support.mjs';

const folder = project();
const compiled = join(folder, 'second');
const source = fileURLToPath(new URL('second_implementation', import.meta.url));
tool('typescript/bin/tsc', ['-p', source, '--outDir', compiled], folder);
const load = (name) => import(pathToFileURL(join(compiled, `${name}.js`)));

describe('container', () => load('container.test'));
describe('entropy coding', () => load('entropy.test'));

const { packStream, pagesOf, unpackStream } = await load('container');
const { EntropyModel } = await load('entropy-model');

let m; // the package
let shipped;
let withTones; // the one of golden streams, and that of others
let withPlaces; // whose tones have several phases and pans
let withBands; // which has levels of bands besides

before(async () => {
  writeFileSync(
    join(folder, 'all.mjs'),
    `export * as m from 'motet'; export { modelUrl } from 'motet/model';`,
  );
  let modelUrl;
  ({ m, modelUrl } = await import(pathToFileURL(join(folder, 'all.mjs'))));
  shipped = await loadModel(fileURLToPath(modelUrl));
  const golden = (name) => loadModel(join(root, 'core/tests/golden', name, 'model.motetmodel'));
  withTones = await golden('files_with_tones');
  withPlaces = await golden('files_with_places');
  withBands = await golden('files_with_bands');
});

/** A model in the package, and its entropy model in the second implementation. */
async function loadModel(path) {
  const bytes = readFileSync(path);
  return { path, model: await m.Model.load(bytes), tables: new EntropyModel(bytes) };
}

/** The same numbers in every run. */
function randomNumbers(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** What the package finds: header, packets of each page, what is lost, whether the end is there. */
async function readByPackage({ model }, bytes) {
  const reader = await m.StreamReader.create({ model });
  const found = { header: undefined, pages: [], lost: [], complete: false, fault: undefined };
  try {
    for (const say of [() => reader.read(bytes), () => reader.end()])
      for (const { type, packet, packets, data } of say()) {
        if (type === 'packets') found.pages.push({ packet, packets, data });
        if (type === 'lost') found.lost.push({ packet, packets });
        if (type === 'end') found.complete = true;
      }
  } catch (error) {
    found.fault = error.code;
  }
  found.header = reader.header;
  reader.free();
  return found;
}

/** The same by the second implementation. */
function readBySecond({ tables }, bytes) {
  const { head, pages, lost, complete } = unpackStream(bytes);
  const coder = head.coding === 'entropy' ? tables.coder(head.quality) : undefined;
  return {
    head,
    lost,
    complete,
    pages: pages.map(({ packet, packets, payload }) => ({
      packet,
      packets,
      data: coder ? coder.decode(payload, packets) : payload,
    })),
  };
}

async function isReadAlike(of, bytes, what) {
  const ours = await readByPackage(of, bytes);
  let theirs;
  try {
    theirs = readBySecond(of, bytes);
  } catch {
    assert.equal(ours.header, undefined, `${what}: the header is not intact to both`);
    assert.ok(ours.fault, what);
    return;
  }
  const { version, samples, ...header } = ours.header;
  const { samples: length, ...head } = theirs.head;
  assert.deepEqual(header, head, what);
  if (samples !== undefined) assert.equal(samples, length, what);
  assert.deepEqual(ours.lost, theirs.lost, what);
  assert.equal(ours.complete, theirs.complete, what);
  assert.equal(ours.pages.length, theirs.pages.length, what);
  ours.pages.forEach(({ data, ...page }, i) => {
    const { data: other, ...same } = theirs.pages[i];
    assert.deepEqual(page, same, what);
    assert.ok(Buffer.from(data).equals(Buffer.from(other)), `${what}: codes of page ${i}`);
  });
}

/** Codes such as the entropy model expects: what any bytes decode to. */
function likelyPackets({ tables }, quality, count, random) {
  const coder = tables.coder(quality);
  const payload = Uint8Array.from({ length: count * coder.packetBytes - 1 }, () => random(256));
  return coder.decode(payload, count);
}

test('the files of the program are the same codes to both, at every quality', async () => {
  const song = music();
  const out = scratch();
  for (let quality = 1; quality <= shipped.model.info.maxQuality; ++quality)
    for (const coding of ['entropy', 'fixed']) {
      const file = join(out, `${quality}-${coding}.motet`);
      const options = ['--model', shipped.path, '-q', `${quality}`, '--coding', coding];
      motet('encode', ...options, '--title', 'Übung', song.path, file);
      const bytes = readFileSync(file);
      const { head } = readBySecond(shipped, bytes);
      assert.equal(head.coding, coding);
      assert.equal(head.packetBytes, shipped.model.packetBytes(quality));
      await isReadAlike(shipped, bytes, `quality ${quality}, ${coding}`);
    }
});

test('both write the same bytes, of any codes at any quality', () => writesAlike(shipped));
test('and those of a model with tones', () => writesAlike(withTones));
test('and those of one whose tones have phases and pans', () => writesAlike(withPlaces));
test('and those of one with levels of bands', () => writesAlike(withBands));

async function writesAlike(of) {
  const { model, tables } = of;
  assert.equal(tables.identity, model.info.identity);
  const random = randomNumbers(7);
  for (let quality = 1; quality <= model.info.maxQuality; ++quality) {
    const coder = tables.coder(quality);
    const size = coder.packetBytes;
    const count = 2 * 128 + 3;
    const samples = count * 1024 - model.info.delaySamples;
    const likely = likelyPackets(of, quality, 128, random);
    const kinds = {
      likely: Uint8Array.from({ length: count * size }, (_, i) => likely[i % likely.length]),
      random: Uint8Array.from({ length: count * size }, () => random(256)),
      equal: new Uint8Array(count * size).fill(random(256)),
    };
    for (const [kind, packets] of Object.entries(kinds))
      for (const coding of ['entropy', 'fixed']) {
        const writer = await m.StreamWriter.create({ model, quality, samples, coding });
        const ours = Buffer.concat([writer.write(packets), writer.finish(samples)]);
        const { version, ...head } = writer.header;
        writer.free();
        const pages = pagesOf(packets, size);
        if (coding === 'entropy')
          for (const page of pages) page.payload = coder.encode(page.payload);
        const theirs = packStream(pages, head, count);
        const what = `${kind} codes of quality ${quality}, ${coding}`;
        assert.ok(ours.equals(theirs), what);
        await isReadAlike(of, theirs, what);
      }
  }
}

test('what is damaged is damaged to both in the same way', () => isDamagedAlike(shipped, 300));
test('and so with tones', () => isDamagedAlike(withTones, 100));
test('and so with their phases and pans', () => isDamagedAlike(withPlaces, 100));
test('and so with levels of bands', () => isDamagedAlike(withBands, 100));

async function isDamagedAlike(of, rounds) {
  const { model } = of;
  const random = randomNumbers(11);
  for (let round = 0; round < rounds; ++round) {
    const coding = ['entropy', 'fixed'][round % 2];
    const quality = 1 + random(model.info.maxQuality);
    const packetsPerPage = 1 + random(40);
    const count = 1 + random(200);
    const preSkip = random(2) * random(24 * count); // no more than the packets hold
    const options = { model, quality, coding, packetsPerPage, preSkip };
    const writer = await m.StreamWriter.create(options);
    const packets = Uint8Array.from({ length: count * model.packetBytes(quality) }, () =>
      random(5),
    );
    const size = model.packetBytes(quality);
    const gap = random(count);
    let bytes = Buffer.concat([
      writer.write(packets.subarray(0, gap * size)),
      writer.skip(random(20)),
      writer.write(packets.subarray(gap * size)),
      writer.finish(count * 1000),
    ]);
    writer.free();
    await isReadAlike(of, withFaults(bytes, random), `round ${round}`);
  }
}

/** Up to four things happen to the bytes, some of them in place. */
function withFaults(whole, random) {
  let bytes = whole;
  for (let faults = random(5); faults > 0; --faults) {
    const at = random(bytes.length);
    const kind = random(4);
    if (kind === 0) bytes[at] ^= 1 << random(8);
    else if (kind === 1) bytes = bytes.subarray(0, at + 1);
    else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 9)]);
    else
      bytes = Buffer.concat([
        bytes.subarray(0, at),
        bytes.subarray(random(at + 1), at), // some of it again
        bytes.subarray(at),
      ]);
  }
  return bytes;
}

test('joined streams are the same to both, damaged or not', () => isJoinedAlike(shipped, 60));
test('and so with tones', () => isJoinedAlike(withTones, 20));
test('and so with their phases and pans', () => isJoinedAlike(withPlaces, 20));
test('and so with levels of bands', () => isJoinedAlike(withBands, 20));

async function isJoinedAlike(of, rounds) {
  const { model } = of;
  const random = randomNumbers(13);
  for (let round = 0; round < rounds; ++round) {
    const coding = ['entropy', 'fixed'][round % 2];
    const quality = 1 + random(model.info.maxQuality);
    const { pages, head, packets } = await joinedOf(of, { quality, coding }, random);
    const bytes = Buffer.from(packStream(pages, head, packets));
    assert.deepEqual(unpackStream(bytes).head, head);
    await isReadAlike(of, bytes, `round ${round}`);
    await isReadAlike(of, withFaults(bytes, random), `round ${round}, damaged`);
  }
}

test('what no joined stream may be is refused by both, page or stream', async () => {
  const random = randomNumbers(17);
  for (const coding of ['entropy', 'fixed']) {
    const { pages, head, packets } = await joinedOf(withTones, { quality: 5, coding }, random);
    const size = head.packetBytes;
    const codes = Uint8Array.from({ length: (packets + 1) * size }, () => random(5));
    const crossing = packStream(pagesOf(codes.subarray(0, packets * size), size), head, packets);
    assert.ok(unpackStream(crossing).lost.length > 0);
    await isReadAlike(withTones, crossing, 'pages of two parts');
    const beyond = [...pages, ...pagesOf(codes.subarray(packets * size), size, packets)];
    await isReadAlike(withTones, packStream(beyond, head, packets), 'a page of no part');

    const [first, ...others] = head.parts;
    const most = first.packets * 1024 - first.preSkip;
    for (const [what, changed] of [
      ['parts of other samples', { samples: head.samples + 1 }],
      [
        'a part that its packets cannot hold',
        {
          samples: head.samples - first.samples + most + 1,
          parts: [{ ...first, samples: most + 1 }, ...others],
        },
      ],
      [
        'a part without samples',
        { samples: head.samples - first.samples, parts: [{ ...first, samples: 0 }, ...others] },
      ],
    ]) {
      const bytes = packStream(pages, { ...head, ...changed }, packets);
      assert.throws(() => unpackStream(bytes), { code: 'damaged' }, what);
      await isReadAlike(withTones, bytes, what);
    }

    const bytes = packStream(pages, head, packets + 1);
    assert.throws(() => unpackStream(bytes), { code: 'damaged' });
    const { fault } = await readByPackage(withTones, bytes);
    assert.equal(fault, 'corrupt', 'more packets than of its parts');
  }
});

/** Two to four streams that the package wrote, joined by the second implementation. */
async function joinedOf({ model }, options, random) {
  const parts = [];
  const pages = [];
  let first = 0;
  let head;
  for (let count = 2 + random(3); count > 0; --count) {
    const samples = 1 + random(40 * 1024);
    const preSkip = random(2) * random(5000);
    const packets = Math.ceil((preSkip + samples + model.info.delaySamples) / 1024);
    const size = model.packetBytes(options.quality);
    const codes = Uint8Array.from({ length: packets * size }, () => random(5));
    const gap = random(packets);
    const lost = random(Math.min(20, packets - gap));
    const packetsPerPage = 1 + random(20);
    const writer = await m.StreamWriter.create({ ...options, model, packetsPerPage, preSkip });
    const bytes = Buffer.concat([
      writer.write(codes.subarray(0, gap * size)),
      writer.skip(lost),
      writer.write(codes.subarray((gap + lost) * size)),
      writer.finish(samples),
    ]);
    writer.free();
    const stream = unpackStream(bytes);
    for (const page of stream.pages) pages.push({ ...page, packet: page.packet + first });
    parts.push({ samples, packets, preSkip });
    first += packets;
    head = stream.head;
  }
  const samples = parts.reduce((sum, part) => sum + part.samples, 0);
  return { pages, head: { ...head, samples, preSkip: 0, parts }, packets: first };
}
