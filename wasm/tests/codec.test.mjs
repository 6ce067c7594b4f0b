// The package in Node, from the tarball: the same bytes and sound as the native program, streaming,
// workers, typed errors, memory.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  crc32,
  motet,
  music,
  program,
  project,
  readWav,
  scratch,
  withoutEntropyModel,
} from './support.mjs';

let m; // the package
let w; // its workers
let modelUrl;
let model;
let song;
let native; // the song, encoded by the native program

before(async () => {
  const folder = project();
  // Resolved as a file of that project would.
  writeFileSync(
    join(folder, 'package-under-test.mjs'),
    `export * as m from 'motet'; export * as w from 'motet/worker'; export { modelUrl } from 'motet/model';`,
  );
  ({ m, w, modelUrl } = await import(pathToFileURL(join(folder, 'package-under-test.mjs'))));
  model = await m.Model.load(modelUrl);
  song = music();
  native = join(scratch(), 'native.motet');
  motet('encode', '--model', modelPath(), '--title', 'Übung', song.path, native);
});

const modelPath = () => new URL(modelUrl).pathname;
const same = (a, b) =>
  Buffer.compare(
    Buffer.from(a.buffer, a.byteOffset, a.byteLength),
    Buffer.from(b.buffer, b.byteOffset, b.byteLength),
  ) === 0;

/** How far the difference is below the sound, in dB. */
function belowDb(a, b) {
  const squares = (value) =>
    a
      .flatMap((plane, c) => [...plane].map((x, i) => value(x, b[c][i]) ** 2))
      .reduce((s, v) => s + v);
  return 10 * Math.log10(squares((x) => x) / squares((x, y) => x - y));
}

function largestDifference(a, b) {
  assert.equal(a.length, b.length);
  let largest = 0;
  a.forEach((plane, c) => {
    assert.equal(plane.length, b[c].length);
    for (let i = 0; i < plane.length; ++i)
      largest = Math.max(largest, Math.abs(plane[i] - b[c][i]));
  });
  return largest;
}

/** A song twice, with a gap: long enough that every worker has several segments. */
function longPcm() {
  return song.pcm.map((plane) => {
    const long = new Float32Array(plane.length * 2 + 777);
    long.set(plane);
    long.set(plane, plane.length + 777);
    return long;
  });
}

/** The bytes of a stream up to the end of its first `count` pages (docs/FORMAT.md). */
function upToPage(bytes, count) {
  const fields = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = fields.readUInt32LE(12);
  for (let page = 0; page < count; ++page) end += 14 + fields.readUInt16LE(end + 8);
  return end;
}

/** The packets of a stream, as they are before entropy coding. */
async function packetsIn(bytes) {
  const reader = await m.StreamReader.create({ model });
  const events = [...reader.read(bytes), ...reader.end()];
  reader.free();
  return Buffer.concat(events.flatMap(({ data }) => (data ? [data] : [])));
}

function rejectsWith(code, promise, message = /./) {
  return assert.rejects(promise, (error) => {
    assert.ok(error instanceof m.MotetError, `${error}`);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });
}

function throwsWith(code, call, message = /./) {
  assert.throws(call, (error) => {
    assert.ok(error instanceof m.MotetError, `${error}`);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });
}

test('the model says what it is', () => {
  assert.equal(model.info.sampleRate, 44100);
  assert.equal(model.info.maxQuality, 12);
  const packetsPerSecond = 44100 / 1024;
  for (let quality = 1, last = 0; quality <= 12; ++quality) {
    const bytes = model.packetBytes(quality);
    assert.ok(bytes > last, `quality ${quality} has ${bytes} bytes, the one below ${last}`);
    const kbps = (bytes * 8 * packetsPerSecond) / 1000;
    assert.ok(Math.abs(model.bitrate(quality) - kbps) < 0.001, `quality ${quality}`);
    last = bytes;
  }
  assert.ok(model.info.latencyMs <= 80);
});

test('codes agree with the native program', async () => {
  const bytes = await m.encodeFile(model, song.pcm, { tags: { title: 'Übung' } });
  const expected = readFileSync(native);
  const header = expected.readUInt32LE(12);
  assert.ok(same(bytes.subarray(0, header), expected.subarray(0, header)), 'the headers are equal');
  const [codes, nativeCodes] = [await packetsIn(bytes), await packetsIn(expected)];
  assert.equal(codes.length, nativeCodes.length);
  let different = 0;
  for (let i = 0; i < codes.length; ++i) different += codes[i] !== nativeCodes[i];
  // Near-ties may fall differently.
  assert.ok(different <= codes.length / 1000, `${different} of ${codes.length} codes differ`);
  if (different === 0) assert.ok(same(bytes, expected), 'equal codes make equal bytes');
});

test('streams are entropy-coded where the model can, and say so', async () => {
  const best = model.info.entropyCoding ? 'entropy' : 'fixed';
  const files = {};
  for (const coding of [undefined, 'fixed', best]) {
    const bytes = await m.encodeFile(model, song.pcm, { coding });
    const facts = await m.info(bytes);
    assert.equal(facts.coding, coding ?? best);
    assert.equal(bytes[22], facts.coding === 'entropy' ? 1 : 0); // docs/FORMAT.md
    assert.equal(facts.samples, song.pcm[0].length);
    assert.equal(facts.complete, true);
    assert.equal(facts.packets, Math.ceil((facts.samples + model.info.delaySamples) / 1024));
    assert.equal(facts.packetBytes, model.packetBytes(6));
    for (const make of [(o) => new m.Encoder(model, o), (o) => w.EncoderWorker.create(model, o)]) {
      const encoder = await make({ coding, samples: song.pcm[0].length });
      const parts = [await encoder.encode(song.pcm), await encoder.flush()];
      encoder.free();
      assert.ok(same(Buffer.concat(parts), bytes), `coding ${coding} by chunks`);
    }
    files[coding ?? 'default'] = bytes;
  }
  assert.ok(same(files.default, files[best]));
  // The same packets, and with them the same sound, in fewer bytes.
  assert.ok(same(await packetsIn(files.default), await packetsIn(files.fixed)));
  const sounds = await Promise.all(
    [files.default, files.fixed].map((bytes) => m.decodeFile(model, bytes)),
  );
  sounds[0].channelData.forEach((plane, c) => assert.ok(same(plane, sounds[1].channelData[c])));
  if (best === 'entropy') assert.ok(files.default.length < files.fixed.length);
  else assert.ok(same(files.default, files.fixed));
  const { bitrateKbps } = await m.info(files.default);
  const framing = (200 * 8) / 10 / 1000; // at most, in ten seconds
  assert.ok(bitrateKbps < model.bitrate(6) + framing, `${bitrateKbps} kbit/s`);
});

test('a model without an entropy model leaves streams as they are', async () => {
  const plain = await m.Model.load(withoutEntropyModel(modelPath()));
  assert.equal(plain.info.entropyCoding, false);
  assert.equal(plain.bitrate(6), model.bitrate(6));
  const pcm = song.pcm.map((plane) => plane.subarray(0, 44100));
  const bytes = await m.encodeFile(plain, pcm);
  assert.equal((await m.info(bytes)).coding, 'fixed');
  assert.equal((await m.decodeFile(plain, bytes)).samplesDecoded, 44100);
  for (const workers of [0, 2])
    await rejectsWith(
      'invalid-argument',
      m.encodeFile(plain, pcm, { coding: 'entropy', workers }),
      /no entropy model/,
    );
  if (model.info.entropyCoding) {
    const coded = await m.encodeFile(model, pcm);
    await rejectsWith('model-mismatch', m.decodeFile(plain, coded));
    await rejectsWith('model-mismatch', m.readFeatures(plain, coded));
  }
  plain.free();
});

test('silence takes next to nothing, and its few bytes are decoded in short steps', async () => {
  const silence = [new Float32Array(60 * 44100)];
  const bytes = await m.encodeFile(model, silence);
  let last = 0;
  const audio = await m.decodeFile(model, bytes, {
    onProgress: ({ seconds }) => {
      assert.ok(seconds - last <= 3, `${seconds - last} s in one step`);
      last = seconds;
    },
  });
  assert.equal(audio.samplesDecoded, silence[0].length);
  const remote = await w.DecoderWorker.create(model);
  for (const decoder of [new m.Decoder(model), remote]) {
    const parts = [];
    for (let part, rest = bytes; !part?.done; rest = new Uint8Array(0)) {
      part = await decoder.decodeSome(rest, 44100);
      assert.ok(part.samplesDecoded < 2 * 44100, `${part.samplesDecoded} samples in one part`);
      parts.push(part.channelData[0]);
    }
    parts.push((await decoder.flush()).channelData[0]);
    decoder.free();
    const joined = Float32Array.from(parts.flatMap((part) => [...part]));
    assert.ok(same(joined, audio.channelData[0]), 'the parts are the whole');
  }
  const facts = await m.info(bytes);
  if (model.info.entropyCoding) assert.ok(facts.bitrateKbps < model.bitrate(6) / 2);
});

test('what one side writes the other decodes to the same sound', async () => {
  const decodeNatively = (stream, precision) => {
    const wav = join(scratch(), 'decoded.wav');
    motet('decode', '-m', modelPath(), '--float', '--precision', precision, stream, wav);
    return readWav(wav);
  };
  const bytes = await m.encodeFile(model, song.pcm);
  const ours = join(scratch(), 'ours.motet');
  writeFileSync(ours, bytes);
  for (const stream of [native, ours]) {
    const here = await m.decodeFile(model, readFileSync(stream), { precision: 'f32' });
    assert.deepEqual(here.errors, []);
    assert.equal(here.samplesDecoded, song.pcm[0].length);
    assert.ok(largestDifference(here.channelData, decodeNatively(stream, 'f32')) < 1e-4);
    // Products of int8 are exact, but what lies in the middle between two steps goes here or there.
    const rounded = await m.decodeFile(model, readFileSync(stream));
    const there = decodeNatively(stream, 'int8');
    assert.ok(
      belowDb(rounded.channelData, there) > 32,
      `${belowDb(rounded.channelData, there)} dB`,
    );
    const moved = belowDb(rounded.channelData, here.channelData);
    assert.ok(moved > 32 && moved < 60, `${moved} dB below what floats give`);
  }
});

test('a decoder of either precision gives what files of it give, also in workers', async () => {
  const bytes = await m.encodeFile(model, song.pcm);
  for (const precision of ['int8', 'f32']) {
    const { channelData } = await m.decodeFile(model, bytes, { precision });
    const shared = await m.decodeFile(model, bytes, { precision, workers: 2 });
    assert.ok(
      shared.channelData.every((plane, c) => same(plane, channelData[c])),
      precision,
    );
    const decoder = new m.Decoder(model, { precision });
    assert.ok(same(decoder.decode(bytes).channelData[0], channelData[0]), precision);
    decoder.free();
    const remote = await w.DecoderWorker.create(model, { precision });
    assert.ok(same((await remote.decode(bytes)).channelData[0], channelData[0]), precision);
    remote.free();
  }
});

test('any chunks give the same bytes and the same sound', async () => {
  const pcm = song.pcm.map((plane) => plane.slice(0, 60000));
  const whole = await m.encodeFile(model, pcm);
  const expected = await m.decodeFile(model, whole);
  for (const chunk of [441, 1024, 50000]) {
    const encoder = new m.Encoder(model, { samples: 60000 });
    const parts = [];
    for (let at = 0; at < 60000; at += chunk)
      parts.push(encoder.encode(pcm.map((plane) => plane.subarray(at, at + chunk))));
    parts.push(encoder.flush());
    assert.ok(same(Buffer.concat(parts), whole), `chunks of ${chunk}`);
    encoder.free();

    const decoder = new m.Decoder(model);
    const left = [];
    for (let at = 0; at < whole.length; at += chunk)
      left.push(...decoder.decode(whole.subarray(at, at + chunk)).channelData[0]);
    left.push(...decoder.flush().channelData[0]);
    assert.equal(decoder.header.quality, 6);
    assert.ok(same(Float32Array.from(left), expected.channelData[0]));
    decoder.free();
  }
});

test('lengths are exact, mono comes back as mono', async () => {
  for (const samples of [0, 1, 1023, 1024, 1025]) {
    for (const channels of [1, 2]) {
      const pcm = song.pcm.slice(0, channels).map((plane) => plane.slice(50000, 50000 + samples));
      const bytes = await m.encodeFile(model, pcm, { quality: 2 });
      const audio = await m.decodeFile(model, bytes);
      assert.equal(audio.channelData.length, channels);
      assert.equal(audio.samplesDecoded, samples);
      const unknown = new m.Encoder(model, { channels, quality: 2 });
      const stream = Buffer.concat([unknown.encode(pcm), unknown.flush()]);
      assert.equal((await m.decodeFile(model, stream)).samplesDecoded, samples);
      unknown.free();
    }
  }
});

test('any number of workers gives the same bits', async () => {
  const pcm = longPcm();
  const bytes = await m.encodeFile(model, pcm, { quality: 12 });
  const audio = await m.decodeFile(model, bytes);
  for (const workers of [1, 2, 3]) {
    const fractions = [];
    const parallel = await m.encodeFile(model, pcm, {
      quality: 12,
      workers,
      onProgress: ({ fraction }) => fractions.push(fraction),
    });
    assert.ok(same(parallel, bytes), `${workers} workers encode`);
    assert.ok(
      fractions.at(-1) > 0.99 && fractions.every((f, i) => i === 0 || f >= fractions[i - 1]),
    );
    const decoded = await m.decodeFile(model, bytes, { workers });
    audio.channelData.forEach((plane, c) =>
      assert.ok(same(decoded.channelData[c], plane), `${workers} workers decode`),
    );
  }
});

test('workers share files of both codings, and of pages of any size', async () => {
  const pcm = longPcm();
  const whole = await m.encodeFile(model, pcm, { coding: 'fixed' });
  assert.ok(same(await m.encodeFile(model, pcm, { coding: 'fixed', workers: 2 }), whole));
  const { channelData } = await m.decodeFile(model, whole);
  for (const packetsPerPage of [1, 100, 255]) {
    const encoder = new m.Encoder(model, { packetsPerPage });
    const bytes = Buffer.concat([encoder.encode(pcm), encoder.flush()]);
    encoder.free();
    const decoded = await m.decodeFile(model, bytes, { workers: 2 });
    assert.deepEqual(decoded.errors, []);
    channelData.forEach((plane, c) =>
      assert.ok(same(decoded.channelData[c], plane), `pages of ${packetsPerPage}`),
    );
  }
});

test('a file says what it is', async () => {
  const bytes = readFileSync(native);
  const facts = await m.info(bytes);
  assert.equal(facts.samples, song.pcm[0].length);
  assert.equal(facts.bytes, bytes.length);
  assert.deepEqual(facts.tags, [['title', 'Übung']]);
  const expected = JSON.parse(motet('info', '--json', native));
  assert.ok(Math.abs(facts.bitrateKbps - expected.bitrate_kbps) < 0.01);
  assert.ok(Math.abs(facts.ratio - expected.ratio) < 0.1);
  assert.equal(facts.complete, true);
});

test('a file that is cut off says what is left of it, as the native program does', async () => {
  const live = new m.Encoder(model); // does not know the length beforehand
  const unknown = Buffer.concat([live.encode(song.pcm), live.flush()]);
  live.free();
  for (const bytes of [readFileSync(native), unknown]) {
    const cut = bytes.subarray(0, upToPage(bytes, 2) + 100);
    const facts = await m.info(cut);
    assert.equal(facts.complete, false);
    const path = join(scratch(), 'cut.motet');
    writeFileSync(path, cut);
    // The native program prints what it found, and fails.
    const { stdout } = spawnSync(program, ['info', '--json', path], { encoding: 'utf8' });
    const expected = JSON.parse(stdout);
    assert.equal(expected.complete, false);
    assert.equal(facts.samples, expected.samples);
    assert.equal(facts.packets, expected.packets);
    assert.ok(facts.packets > 0);
    assert.equal(facts.samples, facts.packets * 1024); // less than the header says, if it does
    const whole = await m.info(bytes);
    assert.ok(whole.samples > facts.samples);
    assert.ok(Math.abs(facts.bitrateKbps / whole.bitrateKbps - 1) < 0.1);
    assert.ok(Math.abs(facts.duration - expected.seconds) < 1e-6);
    assert.ok(Math.abs(facts.bitrateKbps - expected.bitrate_kbps) < 0.01);
  }
  await rejectsWith('truncated', m.info(unknown.subarray(0, 30)));
});

test('music features are those of the native program', async () => {
  const features = await m.readFeatures(model, readFileSync(native));
  assert.equal(features.names.length, 17);
  assert.equal(features.values.length, features.rows * 17);
  assert.ok(Math.abs(features.rows / features.rowsPerSecond - 10) < 0.02);
  assert.ok(features.values.every((value) => value >= 0 && value <= 1));
  const table = motet('info', '--features', '--model', modelPath(), native).trim().split('\n');
  const number = /^[-+0-9.eE,\s]+$/;
  const rows = table
    .filter((line) => number.test(line))
    .map((line) =>
      line
        .trim()
        .split(/[,\s]+/)
        .map(Number),
    );
  assert.ok(rows.length >= features.rows);
  for (const row of [0, 100, 500]) {
    const values = rows[row].slice(-17);
    values.forEach((value, i) => assert.ok(Math.abs(value - features.values[row * 17 + i]) < 1e-3));
  }
});

test('music features stand at their packets, with damage and without an end', async () => {
  const whole = await m.readFeatures(model, readFileSync(native));
  const row = (features, i) => features.values.subarray(i * 17, (i + 1) * 17);

  const damaged = Uint8Array.from(readFileSync(native));
  damaged[damaged.length >> 1] ^= 4;
  const { errors } = await m.decodeFile(model, damaged);
  const [{ packet, packets }] = errors;
  const features = await m.readFeatures(model, damaged);
  assert.equal(features.rows, whole.rows);
  for (let i = 0; i < whole.rows; ++i) {
    const lost = i >= 2 * packet && i < 2 * (packet + packets);
    assert.deepEqual(row(features, i), lost ? new Float32Array(17) : row(whole, i), `row ${i}`);
  }

  // A live stream of pages of 16 packets, which breaks off in one of them.
  const live = new m.Encoder(model, { packetsPerPage: 16 });
  const bytes = Buffer.concat([live.encode(song.pcm), live.flush()]);
  live.free();
  const complete = await m.readFeatures(model, bytes);
  assert.equal(complete.rows, whole.rows);
  const left = bytes.subarray(0, 2000);
  const cut = await m.readFeatures(model, left);
  assert.equal(cut.rows, 2 * (await m.info(left)).packets);
  assert.ok(cut.rows >= 2 * 16);
  assert.deepEqual(cut.values, complete.values.subarray(0, cut.values.length));
});

test('the lowest quality is decoded in steps as short as the highest', async () => {
  for (const quality of [1, 12]) {
    const bytes = await m.encodeFile(model, song.pcm, { quality });
    let last = 0;
    await m.decodeFile(model, bytes, {
      onProgress: ({ seconds }) => {
        // A page of 128 packets.
        assert.ok(seconds - last <= 3, `quality ${quality}: ${seconds - last} s in one step`);
        last = seconds;
      },
    });
    assert.ok(Math.abs(last - 10) < 0.01);
  }
});

test('bare packets pass through any transport, lost ones are concealed', () => {
  const encoder = new m.Encoder(model, { framing: 'packets', quality: 3 });
  const packets = encoder.encode(song.pcm.map((plane) => plane.subarray(0, 20 * 1024)));
  assert.equal(packets.length, 20 * 4);
  const decoder = new m.Decoder(model, { framing: 'packets', quality: 3 });
  assert.equal(decoder.decode(packets.subarray(0, 6)).samplesDecoded, 1024);
  assert.equal(decoder.decode(packets.subarray(6, 8)).samplesDecoded, 1024, 'the rest was kept');
  assert.equal(decoder.conceal(3).samplesDecoded, 3 * 1024);
  assert.equal(decoder.decode(packets.subarray(20, 22)).samplesDecoded, 0);
  assert.equal(decoder.flush().errors[0].code, 'truncated');
  encoder.free();
  decoder.free();
});

test('damage is concealed and reported, with one worker or many', async () => {
  const bytes = Uint8Array.from(readFileSync(native));
  bytes[bytes.length >> 1] ^= 4;
  for (const workers of [0, 2]) {
    const audio = await m.decodeFile(model, bytes, { workers });
    assert.equal(audio.samplesDecoded, song.pcm[0].length);
    assert.equal(audio.errors.length, 1);
    assert.equal(audio.errors[0].code, 'corrupt');
    assert.ok(audio.errors[0].packets > 0);
    const cut = await m.decodeFile(model, bytes.subarray(0, 4000), { workers });
    assert.equal(cut.errors.at(-1).code, 'truncated');
    assert.ok(cut.samplesDecoded > 44100);
  }
  assert.ok((await m.info(bytes)).lostPackets > 0);
});

test('after a fault a decoder gives no silence: it tells the fault again until it is reset', async () => {
  const bytes = readFileSync(native);
  const decoder = new m.Decoder(model);
  const fault = { code: 'not-motet', message: /stream/ };
  assert.throws(() => decoder.decode(new Uint8Array(1000)), fault);
  assert.throws(() => decoder.decode(bytes), fault);
  assert.throws(() => decoder.decodeSome(bytes, 1000), fault);
  assert.throws(() => decoder.flush(), fault);
  decoder.reset();
  assert.ok(decoder.decode(bytes).samplesDecoded > 44100);
  decoder.free();
  const worker = await w.DecoderWorker.create(model);
  await rejectsWith('not-motet', worker.decode(new Uint8Array(1000)), /stream/);
  await rejectsWith('not-motet', worker.decode(Uint8Array.from(bytes)), /stream/);
  await worker.reset();
  assert.ok((await worker.decode(Uint8Array.from(bytes))).samplesDecoded > 44100);
  worker.free();
});

test('faults are typed and say what was wanted', async () => {
  await rejectsWith('not-motet', m.decodeFile(model, new Uint8Array(1000)));
  await rejectsWith('not-motet', m.info(new Uint8Array(1000)));
  await rejectsWith('truncated', m.decodeFile(model, new Uint8Array(0)));
  await rejectsWith('not-motet', m.Model.load(new Uint8Array(1000)), /model/);
  await rejectsWith(
    'not-found',
    m.Model.load(new URL('./missing.motetmodel', modelUrl)),
    /missing/,
  );
  const bytes = Uint8Array.from(readFileSync(new URL(modelUrl)));
  bytes[bytes.length - 1000] ^= 1;
  await rejectsWith('corrupt', m.Model.load(bytes), /tensor/);
  await rejectsWith('truncated', m.Model.load(bytes.subarray(0, 100000)));
  await rejectsWith(
    'invalid-argument',
    m.encodeFile(model, song.pcm, { quality: 13 }),
    /13.*1 to 12/,
  );
  await rejectsWith(
    'invalid-argument',
    m.encodeFile(model, song.pcm, { sampleRate: 48000 }),
    /48000.*44100/,
  );
  for (const workers of [0, 2])
    await rejectsWith(
      'invalid-argument',
      m.encodeFile(model, song.pcm, { coding: 'zip', workers }),
      /coding is 'zip', wanted 'entropy' or 'fixed'/,
    );
  await rejectsWith(
    'invalid-argument',
    w.EncoderWorker.create(model, { coding: true }),
    /coding is true/,
  );
  const bare = { framing: 'packets', coding: 'entropy' };
  throwsWith('invalid-argument', () => new m.Encoder(model, bare), /framing 'packets'/);
  throwsWith('invalid-argument', () => new m.Encoder(model, { coding: null }), /coding is null/);
  new m.Encoder(model, { framing: 'packets', coding: 'fixed' }).free();
  for (const workers of [0, 2])
    await rejectsWith(
      'invalid-argument',
      m.encodeFile(model, song.pcm, { tags: { title: 3 }, workers }),
      /tags/,
    );
  await rejectsWith('invalid-argument', m.encodeFile(model, [], {}), /channels/);
  await rejectsWith('invalid-argument', m.encodeFile(model, song.pcm, { quality: 13, workers: 2 }));
  throwsWith('invalid-argument', () => new m.Encoder(model, { channels: 3 }), /channels is 3/);
  throwsWith('invalid-argument', () => new m.Encoder(model, { tags: { title: 3 } }), /tags/);
  throwsWith(
    'invalid-argument',
    () => new m.Encoder(model).encode([new Float32Array(3), new Float32Array(4)]),
    /3 and 4/,
  );
  throwsWith('invalid-argument', () => new m.Encoder(model, { samples: 5 }).flush(), /5/);
  throwsWith('invalid-argument', () => new m.Decoder(model).decode('text'), /Uint8Array/);
  throwsWith('invalid-argument', () => new m.Decoder(model).conceal(1), /streams/);
  const nothing = new Uint8Array(0);
  throwsWith('invalid-argument', () => new m.Decoder(model).decodeSome(nothing, 0), /samples is 0/);
  const encoder = new m.Encoder(model);
  encoder.free();
  encoder.free();
  throwsWith('freed', () => encoder.flush());
  const other = await m.Model.load(modelUrl);
  other.free();
  throwsWith('freed', () => new m.Decoder(other));
});

test('a stream of another model is refused by name', async () => {
  const bytes = Buffer.from(readFileSync(native));
  // docs/FORMAT.md: the header's size at byte 12, the model's identity at 32, a checksum at the end.
  const size = bytes.readUInt32LE(12);
  assert.equal(bytes.readBigUInt64LE(32).toString(16).padStart(16, '0'), model.info.identity);
  bytes.writeBigUInt64LE(0xc0ffeen, 32);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, size - 4)), size - 4);
  const named = new RegExp(`0000000000c0ffee.*${model.info.identity}`);
  for (const workers of [0, 1])
    await rejectsWith('model-mismatch', m.decodeFile(model, bytes, { workers }), named);
  await rejectsWith('model-mismatch', m.readFeatures(model, bytes), named);
  assert.equal((await m.info(bytes)).modelIdentity, '0000000000c0ffee');
});

test('fixed-width streams name the codec alone, and the whole model is taken as well', async () => {
  const pcm = song.pcm.map((plane) => plane.slice(0, 44100));
  const bytes = Buffer.from(await m.encodeFile(model, pcm, { coding: 'fixed' }));
  assert.equal((await m.info(bytes)).modelIdentity, model.info.codecIdentity);
  const expected = await m.decodeFile(model, await m.encodeFile(model, pcm));
  const size = bytes.readUInt32LE(12);
  for (const identity of [model.info.codecIdentity, model.info.identity]) {
    bytes.writeBigUInt64LE(BigInt(`0x${identity}`), 32);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, size - 4)), size - 4);
    for (const workers of [0, 1])
      assert.deepEqual(await m.decodeFile(model, bytes, { workers }), expected);
    assert.ok((await m.readFeatures(model, bytes)).rows > 0);
  }
});

test('workers answer like the classes, and stop when told', async () => {
  const pcm = song.pcm.map((plane) => plane.slice(0, 44100));
  const expected = await m.encodeFile(model, pcm);
  const encoder = await w.EncoderWorker.create(model, { samples: 44100 });
  const copy = pcm.map((plane) => plane.slice());
  const parts = [await encoder.encode(copy, { transfer: true }), await encoder.flush()];
  assert.ok(same(Buffer.concat(parts), expected));
  assert.equal(copy[0].length, 0, 'the buffers moved');
  assert.equal(pcm[0].length, 44100);

  const decoder = await w.DecoderWorker.create(model);
  const audio = await decoder.decode(expected);
  assert.equal(decoder.header.samples, 44100);
  assert.equal(audio.samplesDecoded, 44100);
  assert.ok(same(audio.channelData[1], (await m.decodeFile(model, expected)).channelData[1]));
  await decoder.reset();
  await rejectsWith('not-motet', decoder.decode(new Uint8Array(100)));

  const controller = new AbortController();
  const waiting = encoder.encode(song.pcm, { signal: controller.signal });
  controller.abort();
  await assert.rejects(waiting, { name: 'AbortError' });
  await encoder.reset();
  const doomed = encoder.encode(song.pcm);
  encoder.free();
  decoder.free();
  await rejectsWith('freed', doomed);
  await rejectsWith('invalid-argument', w.EncoderWorker.create(model, { quality: 99 }), /99/);
});

test('encoding a file can be aborted, here and in workers', async () => {
  for (const workers of [0, 2]) {
    const controller = new AbortController();
    await assert.rejects(
      m.encodeFile(model, song.pcm, {
        workers,
        signal: controller.signal,
        onProgress: () => controller.abort(),
      }),
      { name: 'AbortError' },
    );
    await assert.rejects(
      m.decodeFile(model, readFileSync(native), { workers, signal: AbortSignal.abort() }),
      {
        name: 'AbortError',
      },
    );
  }
});

test('after a call that was aborted a worker refuses what follows, until it is reset', async () => {
  const bytes = readFileSync(native);
  const decoder = await w.DecoderWorker.create(model);
  await decoder.decode(bytes.subarray(0, 1000));
  const controller = new AbortController();
  const aborted = decoder.decode(bytes.subarray(1000, 3000), { signal: controller.signal });
  const behind = decoder.decode(bytes.subarray(3000));
  controller.abort();
  await assert.rejects(aborted, { name: 'AbortError' });
  const refused = { code: 'invalid-argument', message: /call reset\(\)/ };
  await assert.rejects(behind, refused);
  await assert.rejects(decoder.flush(), refused);
  await decoder.reset();
  const whole = await m.decodeFile(model, bytes);
  const again = await decoder.decode(bytes);
  assert.ok(same(again.channelData[0], whole.channelData[0]));
  const late = decoder.flush({ signal: AbortSignal.abort() });
  await assert.rejects(late, { name: 'AbortError' });
  assert.deepEqual((await decoder.flush()).errors, [], 'nothing was left out');
  decoder.free();
});

test('of two seeks the later one counts', async () => {
  const bytes = readFileSync(native);
  const slow = {
    size: bytes.length,
    read: async (offset, count) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return bytes.subarray(offset, offset + count);
    },
  };
  const decoder = new m.Decoder(model);
  const first = decoder.seek(40000, slow);
  const second = decoder.seek(20000, slow);
  await assert.rejects(first, {
    name: 'MotetError',
    code: 'invalid-argument',
    message: /another seek/,
  });
  const { channelData } = decoder.decode(bytes.subarray(await second));
  const whole = await m.decodeFile(model, bytes);
  assert.ok(same(channelData[0], whole.channelData[0].subarray(20000)));
  decoder.free();
});

test('loading reports its progress', async () => {
  const seen = [];
  const size = readFileSync(new URL(modelUrl)).length;
  const response = new Response(readFileSync(new URL(modelUrl)), {
    headers: { 'content-length': String(size) },
  });
  const loaded = await m.Model.load(response, { onProgress: (progress) => seen.push(progress) });
  assert.equal(loaded.info.identity, model.info.identity);
  loaded.free();
  assert.equal(seen.at(-1).loaded, size);
  assert.equal(seen.at(-1).total, size);
});

test('a thousand encoders and decoders leave the heap as it was', async () => {
  const { loadCore } = await import(new URL('./load.js', modelUrl));
  const { core } = await loadCore();
  const pcm = song.pcm.map((plane) => plane.subarray(0, 1024));
  const cycle = () => {
    const encoder = new m.Encoder(model, { tags: { title: 'x' } });
    const bytes = Buffer.concat([encoder.encode(pcm), encoder.flush()]);
    encoder.free();
    const decoder = new m.Decoder(model);
    decoder.decode(bytes);
    decoder.free();
  };
  for (let i = 0; i < 20; ++i) cycle();
  const heap = core.heapBytes();
  for (let i = 0; i < 1000; ++i) cycle();
  assert.equal(core.heapBytes(), heap);
  assert.ok(heap <= 64 * 2 ** 20, `the heap has ${heap} bytes`);
});

test('objects are disposed of where the language can', { skip: !Symbol.dispose }, () => {
  const encoder = new m.Encoder(model);
  encoder[Symbol.dispose]();
  throwsWith('freed', () => encoder.flush());
});
