// Seeking: a decoder goes on anywhere in a stream, bit for bit as if it had decoded all that comes before,
// and reads little for it, wherever the bytes are. From the tarball, in Node.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { music, project } from './support.mjs';

const QUALITY = 6;
const SECONDS = 20;

let m; // the package
let w; // its workers
let model;
let pcm; // twenty seconds of it
const streams = {}; // of them
const wholes = {}; // what those decode to

before(async () => {
  const folder = project();
  writeFileSync(
    join(folder, 'all.mjs'),
    `export * as m from 'motet'; export * as w from 'motet/worker';
     export { modelUrl } from 'motet/model';`,
  );
  let modelUrl;
  ({ m, w, modelUrl } = await import(pathToFileURL(join(folder, 'all.mjs'))));
  model = await m.Model.load(modelUrl);
  const ten = music().pcm;
  pcm = ten.map((plane) => {
    const long = new Float32Array(SECONDS * 44100);
    for (let at = 0; at < long.length; at += plane.length)
      long.set(plane.subarray(0, long.length - at), at);
    return long;
  });
  for (const coding of ['entropy', 'fixed'])
    streams[coding] = await m.encodeFile(model, pcm, { quality: QUALITY, coding });
  // The length is in the end page alone.
  const encoder = new m.Encoder(model, { quality: QUALITY, tags: { title: 'x'.repeat(9000) } });
  streams['without a length'] = Buffer.concat([encoder.encode(pcm), encoder.flush()]);
  encoder.free();
  streams['a part'] = await part();
  for (const [name, bytes] of Object.entries(streams))
    wholes[name] = (await m.decodeFile(model, bytes)).channelData;
});

/** A stream that was cut out of another: its first samples only prepare. */
async function part() {
  const preSkip = 30 * 1024 + 77;
  const encoder = new m.Encoder(model, { framing: 'packets', quality: QUALITY });
  const packets = Buffer.concat([encoder.encode(pcm), encoder.flush()]);
  encoder.free();
  const first = 300; // packets before it
  const samples = pcm[0].length - first * 1024 - preSkip;
  const writer = await m.StreamWriter.create({ model, quality: QUALITY, samples, preSkip });
  const bytes = [
    writer.write(packets.subarray(first * model.packetBytes(QUALITY))),
    writer.finish(samples),
  ];
  writer.free();
  return Buffer.concat(bytes);
}

/** Ten places: ends of the stream, of packets and of pages, and anywhere. */
const placesIn = (length) => [
  0,
  1,
  1023,
  1024,
  128 * 1024 - 1,
  128 * 1024,
  441234,
  Math.floor(length / 2),
  length - 1024,
  length - 1,
];

const joined = (parts) => {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, one) => (all.set(one, at), at + one.length), 0);
  return all;
};

/** What a decoder gives of the bytes from one on. */
async function rest(decoder, bytes, offset) {
  const parts = [await decoder.decode(bytes.subarray(offset)), await decoder.flush()];
  return {
    channelData: [0, 1].map((c) => joined(parts.map(({ channelData }) => channelData[c]))),
    errors: parts.flatMap(({ errors }) => errors),
  };
}

function isWholeFrom({ channelData, errors }, whole, sample, what) {
  assert.deepEqual(errors, [], what);
  channelData.forEach((plane, c) => {
    const wanted = whole[c].subarray(sample);
    assert.equal(plane.length, wanted.length, what);
    assert.ok(
      Buffer.from(plane.buffer).equals(
        Buffer.from(wanted.buffer, wanted.byteOffset, wanted.byteLength),
      ),
      what,
    );
  });
}

/** Bytes that come from elsewhere, and what was asked for. */
function elsewhere(bytes) {
  const asked = [];
  return {
    asked,
    size: bytes.length,
    async read(offset, count) {
      asked.push(count);
      await new Promise((done) => setImmediate(done));
      return bytes.slice(offset, offset + count);
    },
  };
}

test('from ten places on, the sound is bit for bit that of the whole', async () => {
  for (const [name, bytes] of Object.entries(streams)) {
    const decoder = new m.Decoder(model);
    for (const sample of placesIn(wholes[name][0].length)) {
      const offset = await decoder.seek(sample, bytes);
      isWholeFrom(await rest(decoder, bytes, offset), wholes[name], sample, `${name}, ${sample}`);
    }
    decoder.free();
  }
});

test('a worker does the same', async () => {
  const decoder = await w.DecoderWorker.create(model);
  for (const [name, bytes] of Object.entries(streams))
    for (const sample of [0, 441234, wholes[name][0].length - 1]) {
      await decoder.reset();
      const offset = await decoder.seek(sample, bytes);
      assert.equal(decoder.header.quality, QUALITY, 'the header is known');
      isWholeFrom(await rest(decoder, bytes, offset), wholes[name], sample, `${name}, ${sample}`);
    }
  decoder.free();
});

test('in the middle of decoding, and after it, back and forth', async () => {
  const bytes = streams.entropy;
  const decoder = new m.Decoder(model);
  decoder.decode(bytes.subarray(0, 5000));
  for (const sample of [800000, 100000]) {
    const offset = await decoder.seek(sample, bytes);
    decoder.decodeSome(bytes.subarray(offset, offset + 3000), 2000); // more may be held back
  }
  isWholeFrom(
    await rest(decoder, bytes, await decoder.seek(500000, bytes)),
    wholes.entropy,
    500000,
  );
  isWholeFrom(await rest(decoder, bytes, await decoder.seek(3, bytes)), wholes.entropy, 3);
  decoder.free();
});

test('beyond the end is the end', async () => {
  const decoder = new m.Decoder(model);
  for (const sample of [wholes.entropy[0].length, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
    const offset = await decoder.seek(sample, streams.entropy);
    const { channelData, errors } = await rest(decoder, streams.entropy, offset);
    assert.deepEqual([channelData[0].length, errors], [0, []], `${sample}`);
  }
  decoder.free();
});

test('bytes that come from elsewhere are asked for in a few reads', async () => {
  const minutes = 30;
  const encoder = new m.Encoder(model, { framing: 'packets', quality: QUALITY });
  const packets = Buffer.concat([encoder.encode(pcm), encoder.flush()]);
  encoder.free();
  const writer = await m.StreamWriter.create({ model, quality: QUALITY, coding: 'fixed' });
  const parts = Array.from({ length: (minutes * 60) / SECONDS }, () => writer.write(packets));
  const bytes = Buffer.concat([...parts, writer.finish(minutes * 60 * 44100)]);
  for (const decoder of [new m.Decoder(model), await w.DecoderWorker.create(model)]) {
    for (const share of [0.1, 0.77]) {
      await decoder.reset();
      const source = elsewhere(bytes);
      const sample = Math.floor(share * minutes * 60 * 44100);
      const offset = await decoder.seek(sample, source);
      assert.ok(source.asked.length <= 12, `${source.asked.length} reads`);
      const sum = source.asked.reduce((a, b) => a + b, 0);
      assert.ok(sum < bytes.length / 8, `${sum} of ${bytes.length} bytes`);
      const about = share * bytes.length;
      assert.ok(offset < about && offset > about - 20000, `byte ${offset} for ${about}`);
    }
    decoder.free();
  }
});

/** Where the page of a packet begins (docs/FORMAT.md). */
function pageWith(packet, bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let page = view.getUint32(12, true);
  while (view.getUint32(page + 4, true) + bytes[page + 3] <= packet)
    page += 14 + view.getUint16(page + 8, true);
  return page;
}

test('what is damaged is lost, and the rest as it is', async () => {
  const bytes = streams.fixed.slice();
  const sample = 400000;
  const finder = new m.Decoder(model);
  bytes[pageWith(Math.floor(sample / 1024), bytes) + 40] ^= 1;
  const whole = await m.decodeFile(model, bytes);
  const { channelData, errors } = await rest(finder, bytes, await finder.seek(sample, bytes));
  finder.free();
  assert.equal(channelData[0].length, whole.channelData[0].length - sample);
  assert.deepEqual(
    errors.map(({ code }) => code),
    ['corrupt'],
  );
  // Three seconds after the page the sound is that of the whole again.
  const later = 4 * 44100;
  assert.deepEqual(
    channelData[0].subarray(later, later + 44100),
    whole.channelData[0].subarray(sample + later, sample + later + 44100),
  );
});

test('errors are typed, and say what was wanted', async () => {
  const decoder = new m.Decoder(model);
  const refused = (code, work, message) =>
    assert.rejects(work, (error) => {
      assert.ok(error instanceof m.MotetError, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, message ?? /./);
      return true;
    });
  await refused('not-motet', decoder.seek(5, new Uint8Array(5000)));
  await refused('not-motet', decoder.seek(5, streams.fixed), /./); // as every call after an error
  decoder.reset();
  await refused('truncated', decoder.seek(5, streams.fixed.subarray(0, 30)));
  decoder.reset();
  await refused('truncated', decoder.seek(5, new Uint8Array(0)));
  decoder.reset();
  await refused(
    'invalid-argument',
    decoder.seek(5, { size: 99, read: () => 'text' }),
    /what source\.read\(\) gives is 'text', wanted/,
  );
  const gone = new Error('the line is cut');
  await assert.rejects(decoder.seek(5, { size: 99, read: () => Promise.reject(gone) }), gone);
  // None of that was the stream's fault.
  isWholeFrom(
    await rest(decoder, streams.fixed, await decoder.seek(5, streams.fixed)),
    wholes.fixed,
    5,
  );
  decoder.free();
  await refused('freed', decoder.seek(5, streams.fixed));
  const packets = new m.Decoder(model, { framing: 'packets' });
  await refused('invalid-argument', packets.seek(5, streams.fixed), /bare packets/);
  packets.free();
});
