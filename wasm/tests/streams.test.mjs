// What lies below encoders and decoders: StreamReader and StreamWriter over packets, the entropy model
// alone, seeking in bytes. From the tarball, in Node. That the bytes are those of docs/FORMAT.md is tested
// with the second implementation of it (second_implementation.test.mjs).
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { entropyModelOf, motet, music, project, readWav, scratch } from './support.mjs';

const QUALITY = 6;
const TAGS = [
  ['title', 'Übung'],
  ['artist', 'one'],
  ['artist', 'two'],
];

let m; // the package
let model;
let entropyModel;
let song;
let packets; // of the song
const files = {}; // of it, by coding

before(async () => {
  const folder = project();
  writeFileSync(
    join(folder, 'all.mjs'),
    `export * as m from 'motet'; export { modelUrl } from 'motet/model';`,
  );
  let modelUrl;
  ({ m, modelUrl } = await import(pathToFileURL(join(folder, 'all.mjs'))));
  model = await m.Model.load(modelUrl);
  entropyModel = await m.EntropyModel.load(entropyModelOf(new URL(modelUrl).pathname));
  song = music();
  for (const coding of ['entropy', 'fixed'])
    files[coding] = await m.encodeFile(model, song.pcm, { quality: QUALITY, coding, tags: TAGS });
  const encoder = new m.Encoder(model, { framing: 'packets', quality: QUALITY });
  packets = Buffer.concat([encoder.encode(song.pcm), encoder.flush()]);
  encoder.free();
});

/** All that a reader says of bytes that come in chunks of some size. */
async function eventsOf(bytes, { model: of, chunk = bytes.length } = {}) {
  const reader = await m.StreamReader.create({ model: of });
  const events = [];
  for (let at = 0; at < bytes.length; at += chunk)
    events.push(...reader.read(bytes.subarray(at, at + chunk)));
  try {
    return [...events, ...reader.end()];
  } finally {
    reader.free();
  }
}

const dataOf = (events) => Buffer.concat(events.flatMap(({ data }) => (data ? [data] : [])));
const samples = () => song.pcm[0].length;
const packetBytes = () => model.packetBytes(QUALITY);
/** The packets of the song with numbers from `first` to below `end`. */
const packetsFrom = (first, end = Infinity) =>
  packets.subarray(first * packetBytes(), Math.min(end * packetBytes(), packets.length));
const decode = (bytes) => m.decodeFile(model, bytes);

/** The place and size of every page of an intact stream, the last included. */
function pagesOf(bytes) {
  const fields = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pages = [];
  for (let at = fields.readUInt32LE(12), size; at < bytes.length; at += size) {
    size = 14 + fields.readUInt16LE(at + 8);
    pages.push({ at, size });
  }
  return pages;
}

/** The stream with a bit turned in the payload of a page. */
function damaged(bytes, page) {
  const copy = bytes.slice();
  copy[pagesOf(bytes)[page].at + 20] ^= 16;
  return copy;
}

function throwsWith(code, call, message = /./) {
  assert.throws(call, (error) => {
    assert.ok(error instanceof m.MotetError, `${error}`);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });
}

const rejectsWith = (code, promise, message = /./) =>
  assert.rejects(promise, (error) => {
    throwsWith(
      code,
      () => {
        throw error;
      },
      message,
    );
    return true;
  });

// --- Reading ------------------------------------------------------------------------------------------

test('a stream says its header with its tags, its packets, and its end', async () => {
  for (const [coding, of] of [
    ['fixed', undefined],
    ['fixed', model],
    ['entropy', model],
    ['entropy', entropyModel],
  ]) {
    const events = await eventsOf(files[coding], { model: of });
    const [{ type, header }] = events;
    assert.equal(type, 'header');
    assert.deepEqual(header, {
      version: 0,
      sampleRate: 44100,
      channels: 2,
      quality: QUALITY,
      packetBytes: packetBytes(),
      coding,
      samples: samples(),
      preSkip: 0,
      modelIdentity: coding === 'entropy' ? model.info.identity : model.info.codecIdentity,
      tags: TAGS,
      parts: [],
    });
    assert.ok(dataOf(events).equals(packets), coding);
    const pages = events.slice(1, -1);
    const places = pagesOf(files[coding]);
    let next = 0;
    pages.forEach(({ type, packet, packets: count, offset }, i) => {
      assert.equal(type, 'packets');
      assert.equal(packet, next);
      assert.equal(offset, places[i].at);
      next += count;
    });
    assert.deepEqual(events.at(-1), { type: 'end', packets: next, samples: samples() });
  }
});

test('the events do not depend on how the bytes were cut', async () => {
  const bytes = damaged(files.entropy, 1);
  const whole = await eventsOf(bytes, { model });
  for (const chunk of [1, 13, 1000])
    assert.deepEqual(await eventsOf(bytes, { model, chunk }), whole, `chunks of ${chunk}`);
});

test('without a model, packets that are entropy-coded are counted', async () => {
  const events = await eventsOf(files.entropy);
  const pages = events.filter(({ type }) => type === 'packets');
  assert.ok(pages.every(({ data }) => data === undefined));
  assert.equal(
    pages.reduce((sum, page) => sum + page.packets, 0),
    packets.length / packetBytes(),
  );
});

test('packets of a damaged page are lost, and the others are not', async () => {
  for (const coding of ['entropy', 'fixed']) {
    const events = await eventsOf(damaged(files[coding], 1), { model });
    assert.deepEqual(
      events.filter(({ type }) => type === 'lost'),
      [{ type: 'lost', packet: 128, packets: 128 }],
    );
    const left = Buffer.concat([packetsFrom(0, 128), packetsFrom(256)]);
    assert.ok(dataOf(events).equals(left));
  }
});

test('a fault is thrown after what came before it, and again', async () => {
  const reader = await m.StreamReader.create({ model });
  const { at } = pagesOf(files.entropy)[2];
  assert.deepEqual(
    reader.read(files.entropy.subarray(0, at + 5)).map(({ type }) => type),
    ['header', 'packets', 'packets'],
  );
  throwsWith('truncated', () => reader.end(), /no end page after 256 packets/);
  throwsWith('truncated', () => reader.read(files.entropy));
  reader.reset();
  assert.equal(reader.header, undefined);
  throwsWith('not-motet', () => reader.read(new TextEncoder().encode('a letter to you')));
  reader.reset();
  // Header and end page that contradict each other, in one chunk.
  const lie = files.fixed.slice();
  const header = await m.StreamWriter.create({ ...(await eventsOf(lie))[0].header, samples: 5 });
  lie.set(header.headerBytes());
  const events = reader.read(lie);
  assert.equal(events[0].header.samples, 5);
  assert.ok(dataOf(events).equals(packets));
  throwsWith('corrupt', () => reader.end(), /contradicts itself/);
  reader.free();
  throwsWith('freed', () => reader.read(lie), /this reader was freed/);
  reader.free();
});

test('what follows the end is not looked at', async () => {
  const more = Buffer.concat([files.fixed, Buffer.from('an ID3 tag')]);
  assert.deepEqual(await eventsOf(more), await eventsOf(files.fixed));
});

test('a stream of another model is told from damage', async () => {
  const header = (await eventsOf(files.entropy))[0].header;
  const packet = new Uint8Array(packetBytes());
  const writer = await m.StreamWriter.create({ model, quality: QUALITY });
  const bytes = Buffer.concat([writer.write(packet), writer.finish(10)]);
  writer.free();
  const other = await m.StreamWriter.create({
    ...header,
    coding: 'fixed',
    modelIdentity: '0123456789abcdef',
  });
  // The same header but for the identity, in front of entropy-coded pages.
  const head = Buffer.from(other.headerBytes());
  assert.equal(head.toString('hex', 32, 40), 'efcdab8967452301');
  other.free();
  const reader = await m.StreamReader.create({ model });
  assert.equal(reader.read(bytes)[0].type, 'header');
  reader.free();
  await rejectsWith(
    'model-mismatch',
    m.StreamWriter.create({ ...header, model, modelIdentity: '0123456789abcdef' }),
    /0123456789abcdef/,
  );
});

// --- Writing ------------------------------------------------------------------------------------------

test('the bytes are those of encodeFile, however the packets come', async () => {
  for (const [options, coding] of [
    [{ model }, 'entropy'],
    [{ model: entropyModel }, 'entropy'],
    [{ model, coding: 'fixed' }, 'fixed'],
    [
      {
        sampleRate: 44100,
        packetBytes: packetBytes(),
        modelIdentity: model.info.codecIdentity,
      },
      'fixed',
    ],
  ]) {
    const writer = await m.StreamWriter.create({
      quality: QUALITY,
      samples: samples(),
      tags: TAGS,
      ...options,
    });
    for (const chunk of [packets.length, 50 * packetBytes()]) {
      const parts = [];
      for (let at = 0; at < packets.length; at += chunk)
        parts.push(writer.write(packets.subarray(at, at + chunk)));
      parts.push(writer.finish(samples()));
      assert.deepEqual(Buffer.concat(parts), Buffer.from(files[coding]), coding);
      throwsWith('invalid-argument', () => writer.finish(samples()), /ended already/);
      writer.reset();
    }
    writer.free();
    throwsWith('freed', () => writer.write(packets), /this writer was freed/);
  }
});

test('what a reader met is what a writer takes', async () => {
  const events = await eventsOf(files.entropy, { model });
  const writer = await m.StreamWriter.create({ ...events[0].header, model });
  assert.deepEqual(writer.header, events[0].header);
  const parts = events.flatMap((event) => {
    if (event.type === 'packets') return [writer.write(event.data)];
    return event.type === 'end' ? [writer.finish(event.samples)] : [];
  });
  assert.deepEqual(Buffer.concat(parts), Buffer.from(files.entropy));
  writer.free();
});

test('a length that is not known at first is in the header in the end', async () => {
  const writer = await m.StreamWriter.create({ model, quality: QUALITY, tags: TAGS });
  assert.equal(writer.header.samples, undefined);
  const first = writer.headerBytes();
  const bytes = Buffer.concat([writer.write(packets), writer.finish(samples())]);
  assert.deepEqual(bytes.subarray(0, first.length), Buffer.from(first), 'the header comes first');
  assert.equal(writer.header.samples, samples());
  bytes.set(writer.headerBytes());
  assert.deepEqual(bytes, Buffer.from(files.entropy));
  writer.free();
});

test('packets that are skipped are lost to whoever reads the stream, and concealed', async () => {
  const writer = await m.StreamWriter.create({ model, quality: QUALITY, samples: samples() });
  const bytes = Buffer.concat([
    writer.write(packetsFrom(0, 100)),
    writer.skip(0),
    writer.skip(30),
    writer.write(packetsFrom(130)),
    writer.finish(samples()),
  ]);
  writer.free();
  const events = await eventsOf(bytes, { model });
  assert.deepEqual(
    events.filter(({ type }) => type === 'lost'),
    [{ type: 'lost', packet: 100, packets: 30 }],
  );
  const { channelData, errors } = await decode(bytes);
  assert.equal(channelData[0].length, samples());
  assert.deepEqual(
    errors.map(({ packet, packets: count }) => [packet, count]),
    [[100, 30]],
  );
  const file = join(scratch(), 'lost.motet');
  writeFileSync(file, bytes);
  assert.throws(() => motet('info', file), /30 packets are lost/);
});

test('a writer refuses parts of packets, and more in a row than a reader takes for a gap', async () => {
  const writer = await m.StreamWriter.create({ model, quality: QUALITY });
  const bytes = packetBytes();
  const expected = new RegExp(`${bytes + 1} bytes.*of ${bytes}`);
  throwsWith('invalid-argument', () => writer.write(new Uint8Array(bytes + 1)), expected);
  const header = writer.skip(65536);
  assert.deepEqual(header, writer.headerBytes(), 'a call that failed has not taken the header');
  throwsWith('invalid-argument', () => writer.skip(1), /in a row/);
  writer.free();
});

test('a header needs a model, or all that the model would say', async () => {
  const all = { quality: 6, sampleRate: 44100, packetBytes: 14, modelIdentity: 'ab'.repeat(8) };
  await m.StreamWriter.create(all);
  for (const name of Object.keys(all))
    await rejectsWith(
      'invalid-argument',
      m.StreamWriter.create({ ...all, [name]: undefined }),
      new RegExp(`${name} is undefined, wanted`),
    );
  await rejectsWith(
    'invalid-argument',
    m.StreamWriter.create({ ...all, coding: 'entropy' }),
    /without a model/,
  );
});

// --- The entropy model alone ----------------------------------------------------------------------------

test('the entropy model says of which model it is, and is none for codecs', async () => {
  const { info } = entropyModel;
  assert.equal(info.identity, model.info.identity);
  assert.equal(info.codecIdentity, model.info.codecIdentity);
  assert.equal(info.delaySamples, model.info.delaySamples);
  assert.equal(info.entropyCoding, true);
  assert.ok(!('parameters' in info));
  for (let quality = 1; quality <= 12; ++quality)
    assert.equal(entropyModel.packetBytes(quality), model.packetBytes(quality));
  throwsWith('invalid-argument', () => new m.Encoder(entropyModel), /wanted a Model/);
  throwsWith('invalid-argument', () => new m.Decoder(entropyModel), /wanted a Model/);
});

test('a whole model is no entropy model, nor the other way round', async () => {
  const folder = project();
  const path = join(folder, 'node_modules/motet/motet.motetmodel');
  await rejectsWith('model-mismatch', m.EntropyModel.load(path), /does not belong/);
  await rejectsWith('model-mismatch', m.Model.load(entropyModelOf(path)), /is missing/);
});

test('what was freed says so', async () => {
  const alone = await m.EntropyModel.load(
    entropyModelOf(join(project(), 'node_modules/motet/motet.motetmodel')),
  );
  const writer = await m.StreamWriter.create({ model: alone, quality: 3 });
  alone.free();
  alone.free();
  throwsWith('freed', () => alone.packetBytes(3), /this entropy model was freed/);
  await rejectsWith('freed', m.StreamReader.create({ model: alone }));
  writer.write(new Uint8Array(4 * 200).fill(7)); // has its own share of it
  writer.free();
});

// --- Bytes ----------------------------------------------------------------------------------------------

test('a stream is known by its first eight bytes', () => {
  assert.ok(m.isMotet(files.fixed));
  assert.ok(m.isMotet(files.fixed.slice(0, 8).buffer));
  assert.ok(!m.isMotet(files.fixed.subarray(0, 7)));
  assert.ok(!m.isMotet(new Uint8Array(100)));
});

/** The sound of the stream from `from` on is, but for its first `preroll` packets, that of the whole. */
async function isTheSameFrom(whole, from) {
  const preroll = model.info.decoderPrerollPackets * 1024;
  const part = await decode(from.bytes);
  const begin = Math.round(from.seconds * 44100);
  part.channelData.forEach((plane, c) => {
    const wanted = whole.channelData[c].subarray(begin);
    assert.equal(plane.length, wanted.length);
    const skip = begin > 0 ? preroll : 0;
    assert.deepEqual(
      Buffer.from(plane.buffer, plane.byteOffset + 4 * skip, 4 * (plane.length - skip)),
      Buffer.from(wanted.buffer, wanted.byteOffset + 4 * skip, 4 * (plane.length - skip)),
    );
  });
  return part;
}

test('a stream from a second on is what the whole is from there on', async () => {
  for (const coding of ['entropy', 'fixed']) {
    const whole = await decode(files[coding]);
    for (const [seconds, begin] of [
      [0, 0],
      [2.9, 0],
      [3, 128],
      [8.99, 3 * 128],
      [1e9, 3 * 128],
    ]) {
      const from = await m.streamFrom(files[coding], seconds);
      assert.equal(from.seconds, (begin * 1024) / 44100, `from ${seconds} s`);
      const { errors } = await isTheSameFrom(whole, from);
      assert.deepEqual(errors, []);
      assert.deepEqual((await m.info(from.bytes)).tags, TAGS);
    }
  }
});

test('where pages have an odd number of packets, one that begins with an even number is taken', async () => {
  for (const [packetsPerPage, seconds, begin] of [
    [43, 3, 86], // the page of 3 s begins with packet 129
    [43, 4.5, 172],
    [1, 5, 214], // and that of 5 s with 215
  ]) {
    const encoder = new m.Encoder(model, { quality: QUALITY, packetsPerPage });
    const bytes = Buffer.concat([encoder.encode(song.pcm), encoder.flush()]);
    encoder.free();
    const from = await m.streamFrom(bytes, seconds);
    await isTheSameFrom(await decode(bytes), from);
    assert.equal(from.seconds, (begin * 1024) / 44100, `from ${seconds} s`);
  }
});

test('of a stream whose header knows no length, and of one that is cut, as well', async () => {
  const encoder = new m.Encoder(model, { quality: QUALITY, tags: TAGS });
  const live = Buffer.concat([encoder.encode(song.pcm), encoder.flush()]);
  encoder.free();
  await isTheSameFrom(await decode(live), await m.streamFrom(live, 5));
  const cut = files.entropy.subarray(0, pagesOf(files.entropy)[2].at + 50);
  const { errors } = await isTheSameFrom(await decode(cut), await m.streamFrom(cut, 5));
  assert.deepEqual(
    errors.map(({ code }) => code),
    ['truncated'],
  );
});

test('a part that was cut out of a stream is skipped into, whoever decodes it', async () => {
  const whole = await decode(files.fixed);
  const [first, preSkip] = [100, 30 * 1024 + 77]; // packets before the part, samples that prepare
  const begin = first * 1024 + preSkip;
  const length = samples() - begin;
  const writer = await m.StreamWriter.create({ model, quality: QUALITY, samples: length, preSkip });
  assert.equal(writer.header.preSkip, preSkip);
  const part = Buffer.concat([writer.write(packetsFrom(first)), writer.finish(length)]);
  writer.free();
  assert.equal((await m.info(part)).preSkip, preSkip);
  for (const workers of [0, 2]) {
    const { channelData, errors } = await m.decodeFile(model, part, { workers });
    assert.deepEqual(errors, []);
    channelData.forEach((plane, c) =>
      assert.deepEqual(plane, whole.channelData[c].slice(begin), `${workers} workers`),
    );
  }
  const [some, all] = [await m.readFeatures(model, part), await m.readFeatures(model, files.fixed)];
  assert.equal(some.rows, Math.ceil((length / 44100) * some.rowsPerSecond));
  assert.deepEqual(
    some.values.slice(0, 17 * 50),
    all.values.slice(17 * 2 * (first + 30), 17 * (2 * (first + 30) + 50)),
  );
  const from = await m.streamFrom(part, 5);
  assert.ok(from.seconds > 1 && from.seconds <= 5, `${from.seconds} s`);
  assert.equal((await m.info(from.bytes)).preSkip, 0);
  await isTheSameFrom(await decode(part), from);
  assert.equal((await m.streamFrom(part, 0)).seconds, 0);
});

/** Two streams joined by the program, the sound of each, one after another, and that of the whole. */
async function joined(coding) {
  const out = scratch();
  const parts = [];
  for (const [name, from, to] of [
    ['one', 0, 200_000],
    ['two', 50_000, samples()],
  ]) {
    const pcm = song.pcm.map((plane) => plane.subarray(from, to));
    const bytes = await m.encodeFile(model, pcm, { quality: QUALITY, coding, tags: TAGS });
    writeFileSync(join(out, `${name}.motet`), bytes);
    parts.push({ bytes, sound: await decode(bytes) });
  }
  motet('cat', ...['one', 'two', 'both'].map((name) => join(out, `${name}.motet`)));
  const bytes = readFileSync(join(out, 'both.motet'));
  const sound = parts[0].sound.channelData.map((plane, c) => {
    const both = new Float32Array(plane.length + parts[1].sound.channelData[c].length);
    both.set(plane);
    both.set(parts[1].sound.channelData[c], plane.length);
    return both;
  });
  return { bytes, parts, sound, whole: await decode(bytes) };
}

test('a joined stream is what its parts are, one after another', async () => {
  for (const coding of ['entropy', 'fixed']) {
    const { bytes, parts, sound, whole } = await joined(coding);
    const info = await m.info(bytes);
    assert.equal(info.samples, 200_000 + samples() - 50_000);
    assert.deepEqual(
      info.parts.map((part) => part.samples),
      [200_000, samples() - 50_000],
    );
    assert.deepEqual((await m.info(parts[0].bytes)).parts, []);
    for (const workers of [0, 2]) {
      const { channelData, errors } = await m.decodeFile(model, bytes, { workers });
      assert.deepEqual(errors, []);
      channelData.forEach((plane, c) => {
        const what = `${coding}, ${workers} workers, channel ${c}`;
        assert.deepEqual(plane, whole.channelData[c], what);
        assert.deepEqual(withoutFade(plane), withoutFade(sound[c]), what);
        assert.notDeepEqual(plane, sound[c], what);
        const step = (all) => Math.abs(all[200_000] - all[199_999]);
        assert.ok(step(plane) < Math.max(0.02, step(sound[c])), `${step(plane)}, ${what}`);
      });
    }
  }
});

/** Without the samples in which the first part fades into the second. */
const withoutFade = (plane) => plane.slice().fill(0, 200_000, 200_256);

test('it is sought in across its parts', async () => {
  const { bytes, whole } = await joined('entropy');
  const decoder = new m.Decoder(model);
  for (const sample of [0, 150_000, 199_999, 200_000, 200_001, 200_255, 200_256, 330_000]) {
    const offset = await decoder.seek(sample, bytes);
    const { channelData } = decoder.decode(bytes.subarray(offset));
    const wanted = whole.channelData[0].subarray(sample, sample + channelData[0].length);
    assert.ok(channelData[0].length > 44100, `from ${sample}`);
    assert.deepEqual(channelData[0], wanted.slice(), `from ${sample}`);
  }
  decoder.free();
});

test('it begins in any of its parts', async () => {
  for (const coding of ['entropy', 'fixed']) {
    const { bytes, sound, whole } = await joined(coding);
    for (const [seconds, begin, parts] of [
      [0, 0, 2],
      [3, 128 * 1024, 2],
      [4.53, 128 * 1024, 2],
      [4.54, 200_000, 0], // where the second begins, all of which is needed
      [6, 200_000, 0],
      [8, 200_000 + 128 * 1024, 0],
    ]) {
      const from = await m.streamFrom(bytes, seconds);
      assert.equal(Math.round(from.seconds * 44100), begin, `from ${seconds} s`);
      const { channelData, errors } = await decode(from.bytes);
      assert.deepEqual(errors, []);
      // What comes before the second page that is left is heard as after silence.
      const same = begin === 0 || begin === 200_000 ? 0 : 60_000;
      channelData.forEach((plane, c) => {
        assert.equal(plane.length, sound[c].length - begin, `from ${seconds} s`);
        const wanted = begin < 200_000 ? whole.channelData[c] : sound[c];
        assert.deepEqual(plane.slice(same), wanted.slice(begin + same), `from ${seconds} s`);
      });
      const info = await m.info(from.bytes);
      assert.equal(info.parts.length, parts, `from ${seconds} s`);
      assert.deepEqual(info.tags, (await m.info(bytes)).tags);
    }
  }
});

test('it is written as it is read', async () => {
  const { bytes } = await joined('fixed');
  const events = await eventsOf(bytes, { model });
  const [{ header }] = events;
  const writer = await m.StreamWriter.create({ ...header, model });
  const again = Buffer.concat([writer.write(dataOf(events)), writer.finish(header.samples)]);
  writer.free();
  assert.ok(again.equals(bytes));
  const [one, two] = header.parts;
  for (const [parts, what] of [
    ['both', /parts/],
    [[one, { ...two, samples: -1 }], /parts\[1\]\.samples/],
    [[one, { ...two, packets: 0 }], /parts\[1\]\.packets/],
    [[one, { ...two, preSkip: 0.5 }], /parts\[1\]\.preSkip/],
    [[one], /parts/],
    [[one, { ...two, samples: two.samples + 1 }], /samples/],
  ])
    await assert.rejects(
      m.StreamWriter.create({ ...header, model, parts }),
      { code: 'invalid-argument', message: what },
      String(what),
    );
  assert.deepEqual(m.streamParts(header), [
    { ...one, packet: 0, sample: 0 },
    { ...two, packet: one.packets, sample: one.samples },
  ]);
  for (const wrong of [undefined, {}, bytes])
    assert.throws(() => m.streamParts(wrong), { code: 'invalid-argument' });
});

test('seeking reads a long header at once', async () => {
  const tags = Array.from({ length: 900 }, (_, i) => [`key${i}`, 'value '.repeat(10)]);
  const long = await m.encodeFile(model, song.pcm, { quality: QUALITY, tags });
  const decoder = new m.Decoder(model);
  const reads = [];
  const source = {
    size: long.length,
    read: (offset, count) => {
      reads.push(count);
      return long.subarray(offset, offset + count);
    },
  };
  await decoder.seek(300_000, source);
  decoder.free();
  assert.ok(long.length > 60_000);
  assert.ok(reads.length <= 4, `${reads}`);
});

test('its features have the times of the whole', async () => {
  const { bytes, parts } = await joined('entropy');
  const all = await m.readFeatures(model, bytes);
  const [one, two] = await Promise.all(parts.map((part) => m.readFeatures(model, part.bytes)));
  assert.equal(all.rows, Math.ceil((150_000 + samples()) / 512));
  assert.equal(all.values.length, all.rows * all.names.length);
  const second = Math.round(200_000 / 512) * all.names.length;
  assert.deepEqual(all.values.slice(0, second), one.values.slice(0, second));
  const more = all.values.length - second;
  assert.deepEqual(all.values.slice(second), two.values.slice(0, more));
  const cut = await m.readFeatures(model, bytes.subarray(0, bytes.length - 700));
  assert.ok(cut.rows < all.rows && cut.rows > 500);
  assert.deepEqual(cut.values, all.values.slice(0, cut.values.length));
});

test('a part that begins with a page is the whole of it from second 0 on', async () => {
  const preSkip = 128 * 1024; // where its second page begins
  const writer = await m.StreamWriter.create({ model, quality: QUALITY, preSkip });
  const part = Buffer.concat([writer.write(packets), writer.finish(samples() - preSkip)]);
  writer.free();
  const from = await m.streamFrom(part, 0);
  assert.equal(from.seconds, 0);
  assert.ok(part.equals(Buffer.from(from.bytes)), 'with all that prepares its beginning');
});

test('what is lost stays lost', async () => {
  const second = damaged(files.entropy, 1);
  const from = await m.streamFrom(second, 4);
  assert.equal(from.seconds, 0, 'the page before the one that is lost');
  assert.deepEqual(await eventsOf(from.bytes, { model }), await eventsOf(second, { model }));
  const later = await m.streamFrom(second, 6);
  assert.equal(later.seconds, (256 * 1024) / 44100);
  const first = damaged(files.entropy, 0);
  assert.equal((await m.streamFrom(first, 1)).seconds, 0);
  assert.deepEqual(
    (await eventsOf((await m.streamFrom(first, 1)).bytes)).map(({ type }) => type),
    (await eventsOf(first)).map(({ type }) => type),
  );
  await rejectsWith('not-motet', m.streamFrom(new Uint8Array(99), 0));
});

test("Node's Buffers stay as they are, though their slice() is no copy", async () => {
  const buffer = Buffer.concat([Buffer.alloc(8), files.fixed, Buffer.alloc(8)]).subarray(8, -8);
  const before = Buffer.from(buffer);
  await m.streamFrom(buffer, 5);
  const { errors } = await m.decodeFile(model, buffer, { workers: 2 });
  assert.deepEqual(errors, []);
  await m.readFeatures(model, buffer);
  await eventsOf(buffer);
  assert.ok(buffer.equals(before));
});
