// Golden streams (core/tests/golden), which decode for ever to the same codes and, within a tolerance, to
// the same sound: by the package, and their codes by the second implementation of docs/FORMAT.md, too. Each
// folder has those of one model: without tones, with tones, and with tones of several phases and pans.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { project, root, tool } from './support.mjs';

const folder = project();
const compiled = join(folder, 'second');
const source = fileURLToPath(new URL('second_implementation', import.meta.url));
tool('typescript/bin/tsc', ['-p', source, '--outDir', compiled], folder);
const load = (name) => import(pathToFileURL(join(compiled, `${name}.js`)));

const { unpackStream } = await load('container');
const { EntropyModel } = await load('entropy-model');
/** Files of a model, what they are to decode to, and the model of the second implementation. */
const folders = [
  'files',
  'files_with_tones',
  'files_with_places',
  'files_with_bands',
  'files_with_ladder',
].map((name) => {
  const path = join(root, 'core/tests/golden', name);
  const { streams } = JSON.parse(readFileSync(join(path, 'manifest.json'), 'utf8'));
  const model = readFileSync(join(path, 'model.motetmodel'));
  return { name, path, streams, model, tables: new EntropyModel(model) };
});

let m; // the package

before(async () => {
  writeFileSync(join(folder, 'all.mjs'), `export * from 'motet';`);
  m = await import(pathToFileURL(join(folder, 'all.mjs')));
});

/** 64-bit FNV-1a. */
function hash(parts) {
  let value = 0xcbf29ce484222325n;
  for (const part of parts)
    for (const byte of part) value = BigInt.asUintN(64, (value ^ BigInt(byte)) * 0x100000001b3n);
  return value.toString(16).padStart(16, '0');
}

const describeTags = (tags) =>
  tags.map(([key, value]) => [key, hash([new TextEncoder().encode(value)])]);

/**
 * What a reader says of a header, under the names of the manifest, which has a length only of complete
 * streams, and parts only of joined ones.
 */
function headerFacts(header, complete) {
  const { version, samples, modelIdentity, sampleRate, packetBytes, preSkip, parts, ...same } =
    header;
  return {
    ...same,
    sample_rate: sampleRate,
    packet_bytes: packetBytes,
    pre_skip: preSkip,
    model: modelIdentity,
    tags: describeTags(same.tags),
    ...(complete ? { samples } : {}),
    ...(parts.length > 0
      ? { parts: parts.map((part) => [part.samples, part.packets, part.preSkip]) }
      : {}),
  };
}

/** Facts as in the manifest, but for those of the sound. */
async function readByPackage(model, bytes) {
  const reader = await m.StreamReader.create({ model });
  const codes = [];
  const lost = [];
  let packets = 0;
  let complete = false;
  try {
    for (const say of [() => reader.read(bytes), () => reader.end()])
      for (const event of say()) {
        if (event.type === 'packets') codes.push(event.data);
        if (event.type === 'packets') packets += event.packets;
        if (event.type === 'lost') lost.push([event.packet, event.packets]);
        if (event.type === 'end') complete = true;
      }
  } catch (error) {
    if (!reader.header) return { error: error.code.replaceAll('-', ' ') };
  }
  const header = headerFacts(reader.header, complete);
  reader.free();
  return { header, packets, lost, codes: hash(codes), complete };
}

function readBySecond(tables, bytes) {
  const { head, pages, lost, complete } = unpackStream(bytes);
  const coder = head.coding === 'entropy' ? tables.coder(head.quality) : undefined;
  return {
    header: headerFacts(head, complete),
    packets: pages.reduce((sum, page) => sum + page.packets, 0),
    lost: lost.map(({ packet, packets }) => [packet, packets]),
    codes: hash(
      pages.map(({ packets, payload }) => (coder ? coder.decode(payload, packets) : payload)),
    ),
    complete,
  };
}

for (const { name, path, streams, model, tables } of folders) {
  test(`the manifest names every golden stream of ${name}`, () => {
    const files = readdirSync(path).filter((file) => file.endsWith('.motet'));
    assert.ok(files.length > 0);
    assert.deepEqual(streams.map(({ file }) => file).sort(), files.sort());
  });

  test(`the package finds what the manifest of ${name} says`, async () => {
    const loaded = await m.Model.load(model);
    for (const { file, facts } of streams) {
      const { sound, ...wanted } = facts;
      const bytes = readFileSync(join(path, file));
      assert.deepEqual(await readByPackage(loaded, bytes), wanted, file);
    }
    loaded.free();
  });

  test(`so does the second implementation in ${name}`, () => {
    for (const { file, facts } of streams) {
      const { sound, ...wanted } = facts;
      const bytes = readFileSync(join(path, file));
      if (wanted.error) assert.throws(() => readBySecond(tables, bytes), Error, file);
      else assert.deepEqual(readBySecond(tables, bytes), wanted, file);
    }
  });

  test(`the package gives the same sound of ${name}`, async () => {
    const loaded = await m.Model.load(model);
    for (const { file, facts } of streams.filter(({ facts }) => facts.complete)) {
      const { channelData, samplesDecoded } = await m.decodeFile(
        loaded,
        readFileSync(join(path, file)),
        { precision: 'f32' },
      );
      assert.equal(samplesDecoded, facts.sound.samples, file);
      assert.equal(channelData.length, facts.sound.channels.length, file);
      const tolerance = 1e-3 * Math.max(...facts.sound.channels.map(({ rms }) => rms));
      facts.sound.channels.forEach(({ points }, channel) =>
        points.forEach((wanted, i) => {
          const at = Math.floor((i * (samplesDecoded - 1)) / (points.length - 1));
          const found = channelData[channel][at];
          assert.ok(Math.abs(found - wanted) <= tolerance, `${file}: ${found}, wanted ${wanted}`);
        }),
      );
    }
    loaded.free();
  });
}
