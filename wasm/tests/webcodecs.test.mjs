// MotetAudioEncoder and MotetAudioDecoder: what WebCodecs promises of its codecs, held by Motet's, in Node,
// which has no WebCodecs, and in Chromium, which has; and that nothing is coded otherwise than by Encoder
// and Decoder. From the tarball.
import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { launch, music, plainPage, project, resultOf, serve } from './support.mjs';

const RATE = 44100;
const PACKET = 1024;
const BEGIN = 5_000_000; // microseconds: the timestamp of the first frame

let m; // the package
let c; // its codecs
let model;
let song;

before(async () => {
  const folder = project();
  writeFileSync(
    join(folder, 'all.mjs'),
    `export * as m from 'motet'; export * as c from 'motet/webcodecs';
     export { modelUrl } from 'motet/model';`,
  );
  let modelUrl;
  ({ m, c, modelUrl } = await import(pathToFileURL(join(folder, 'all.mjs'))));
  model = await m.Model.load(modelUrl);
  song = music().pcm.map((plane) => plane.subarray(0, 100_000));
});

const config = (more) => ({
  codec: 'motet',
  sampleRate: RATE,
  numberOfChannels: 2,
  model,
  ...more,
});

/** Frames [from, to) of planes, as AudioData. */
function audioData(planes, from, to, timestamp = BEGIN + Math.round((from / RATE) * 1e6)) {
  const data = new Float32Array((to - from) * planes.length);
  planes.forEach((plane, i) => data.set(plane.subarray(from, to), i * (to - from)));
  return new c.MotetAudioData({
    format: 'f32-planar',
    sampleRate: RATE,
    numberOfFrames: to - from,
    numberOfChannels: planes.length,
    timestamp,
    data,
  });
}

/** An encoder or decoder that collects what it puts out. */
function collecting(Type) {
  const out = [];
  const metadata = [];
  const errors = [];
  const codec = new Type({
    output(result, more) {
      out.push(result);
      metadata.push(more);
    },
    error: (error) => errors.push(error),
  });
  return { codec, out, metadata, errors };
}

async function encoded(planes = song, more = {}, step = 4410) {
  const { codec, out, metadata, errors } = collecting(c.MotetAudioEncoder);
  codec.configure(config({ numberOfChannels: planes.length, ...more }));
  for (let at = 0; at < planes[0].length; at += step)
    codec.encode(audioData(planes, at, Math.min(at + step, planes[0].length)));
  await codec.flush();
  codec.close();
  assert.deepEqual(errors, []);
  return { chunks: out, decoderConfig: metadata[0].decoderConfig, metadata };
}

async function decoded(chunks, decoderConfig) {
  const { codec, out, errors } = collecting(c.MotetAudioDecoder);
  codec.configure({ ...decoderConfig, model });
  for (const chunk of chunks) codec.decode(chunk);
  await codec.flush();
  codec.close();
  assert.deepEqual(errors, []);
  return out;
}

function bytesOf(chunk) {
  const bytes = new Uint8Array(chunk.byteLength);
  chunk.copyTo(bytes);
  return bytes;
}

/** The planes of several AudioData, one after another. */
function joined(list, channels = 2) {
  return Array.from({ length: channels }, (_, planeIndex) =>
    Float32Array.from(
      list.flatMap((data) => {
        const plane = new Float32Array(data.numberOfFrames);
        data.copyTo(plane, { planeIndex, format: 'f32-planar' });
        return [...plane];
      }),
    ),
  );
}

/** What Encoder makes of it: its packets. */
function packetsOf(planes, quality = 6) {
  const encoder = new m.Encoder(model, { framing: 'packets', quality, channels: planes.length });
  const bytes = Buffer.concat([encoder.encode(planes), encoder.flush()]);
  encoder.free();
  return bytes;
}

/** What Decoder makes of packets, without the codec's delay; null stands for one that is lost. */
function soundOf(packets, quality = 6) {
  const decoder = new m.Decoder(model, { framing: 'packets', quality });
  const parts = packets.map((packet) => (packet ? decoder.decode(packet) : decoder.conceal(1)));
  decoder.free();
  return [0, 1].map((i) =>
    Float32Array.from(parts.flatMap(({ channelData }) => [...channelData[i]])).subarray(
      model.info.delaySamples,
    ),
  );
}

const isException = (name) => (error) => {
  assert.ok(error instanceof DOMException, `${error}`);
  assert.equal(error.name, name);
  return true;
};

// --- Coding -------------------------------------------------------------------------------------------

test('chunks are the packets of Encoder, with the times of the audio', async () => {
  const { chunks, metadata } = await encoded();
  const packets = packetsOf(song);
  assert.ok(Buffer.concat(chunks.map(bytesOf)).equals(packets));
  chunks.forEach(({ type, timestamp, byteLength }, i) => {
    assert.equal(type, 'key');
    assert.equal(timestamp, Math.round(BEGIN + ((i * PACKET) / RATE) * 1e6));
    assert.equal(byteLength, model.packetBytes(6));
  });
  const lasting = chunks.reduce((sum, { duration }) => sum + duration, 0);
  assert.ok(Math.abs(lasting - (song[0].length / RATE) * 1e6) < chunks.length, `${lasting} µs`);
  assert.deepEqual(metadata[0].decoderConfig, {
    codec: `motet.${model.info.codecIdentity}.06`,
    sampleRate: RATE,
    numberOfChannels: 2,
  });
  assert.ok(
    metadata.slice(1).every((each) => each.decoderConfig === undefined),
    'it is told once',
  );
});

test('the chunks do not depend on how the audio was cut', async () => {
  const { chunks } = await encoded();
  for (const step of [128, 1024, 100_000]) {
    const other = (await encoded(song, {}, step)).chunks;
    assert.deepEqual(other.map(bytesOf), chunks.map(bytesOf));
    assert.deepEqual(
      other.map(({ timestamp }) => timestamp),
      chunks.map(({ timestamp }) => timestamp),
    );
  }
});

test('audio comes back in its time, as long as it was, as Decoder decodes it', async () => {
  for (const planes of [song, [song[0]]]) {
    const { chunks, decoderConfig } = await encoded(planes, { quality: 3 });
    const out = await decoded(chunks, JSON.parse(JSON.stringify(decoderConfig)));
    assert.equal(out[0].timestamp, BEGIN);
    let frames = 0;
    for (const data of out) {
      assert.equal(data.timestamp, Math.round(BEGIN + (frames / RATE) * 1e6));
      assert.equal(data.sampleRate, RATE);
      assert.equal(data.numberOfChannels, planes.length);
      frames += data.numberOfFrames;
    }
    assert.equal(frames, planes[0].length);
    const { channelData } = await m.decodeFile(
      model,
      await m.encodeFile(model, planes, { quality: 3 }),
    );
    assert.deepEqual(joined(out, planes.length), channelData);
  }
});

test('the best quality within a bit rate is taken', async () => {
  const bitrateOf = (quality) => Math.ceil(model.bitrate(quality) * 1000);
  for (const [bitrate, quality] of [
    [bitrateOf(1), 1],
    [bitrateOf(6) - 1, 5],
    [bitrateOf(6), 6],
    [1_000_000, 12],
  ]) {
    const { decoderConfig } = await encoded(song, { bitrate });
    assert.equal(Number(decoderConfig.codec.split('.')[2]), quality, `${bitrate} bit/s`);
  }
  const { supported } = await c.MotetAudioEncoder.isConfigSupported(config({ bitrate: 100 }));
  assert.equal(supported, false);
});

test('packets that are missing between two timestamps are concealed', async () => {
  const { chunks, decoderConfig } = await encoded();
  const lost = new Set([10, 11, 12, 40]);
  const out = await decoded(
    chunks.filter((_, i) => !lost.has(i)),
    decoderConfig,
  );
  const expected = soundOf(chunks.map((chunk, i) => (lost.has(i) ? null : bytesOf(chunk))));
  assert.deepEqual(
    joined(out),
    expected.map((plane) => plane.subarray(0, song[0].length)),
  );
});

test('a chunk of no bytes stands for packets that are lost', async () => {
  const { chunks, decoderConfig } = await encoded();
  const empty = (i, duration) =>
    new c.MotetEncodedAudioChunk({
      type: 'key',
      timestamp: chunks[i].timestamp,
      duration,
      data: new Uint8Array(0),
    });
  const out = await decoded(
    [...chunks.slice(0, 20), empty(20, 46440), ...chunks.slice(22)],
    decoderConfig,
  );
  const expected = soundOf(
    chunks.map((chunk, i) => (i === 20 || i === 21 ? null : bytesOf(chunk))),
  );
  assert.deepEqual(
    joined(out),
    expected.map((plane) => plane.subarray(0, song[0].length)),
  );
});

test('after another jump, or a flush, decoding begins anew', async () => {
  const { chunks, decoderConfig } = await encoded();
  const early = chunks.slice(30, 60);
  const expected = soundOf(early.map(bytesOf));
  const { codec, out } = collecting(c.MotetAudioDecoder);
  codec.configure({ ...decoderConfig, model });
  for (const chunk of [...chunks.slice(0, 40), ...early]) codec.decode(chunk); // back in time
  await codec.flush();
  const again = out.findIndex(({ timestamp }, i) => i > 0 && timestamp < out[i - 1].timestamp);
  assert.equal(out[again].timestamp, early[0].timestamp);
  assert.deepEqual(joined(out.slice(again)), expected);
  out.length = 0;
  for (const chunk of early) codec.decode(chunk);
  await codec.flush();
  assert.deepEqual(joined(out), expected, 'after a flush');
  codec.close();
});

test('what is encoded after a flush begins anew', async () => {
  const { codec, out } = collecting(c.MotetAudioEncoder);
  codec.configure(config());
  const packets = packetsOf(song);
  for (const begin of [BEGIN, 9 * BEGIN]) {
    out.length = 0;
    codec.encode(audioData(song, 0, song[0].length, begin));
    await codec.flush();
    assert.equal(out[0].timestamp, begin);
    assert.ok(Buffer.concat(out.map(bytesOf)).equals(packets));
  }
  codec.close();
});

test('the audio is copied when it is handed over', async () => {
  const { codec, out } = collecting(c.MotetAudioEncoder);
  codec.configure(config());
  const data = audioData(song, 0, song[0].length);
  codec.encode(data);
  data.close();
  await codec.flush();
  codec.close();
  assert.ok(Buffer.concat(out.map(bytesOf)).equals(packetsOf(song)));
});

// --- States and errors --------------------------------------------------------------------------------

test('states are those of WebCodecs', async () => {
  for (const Type of [c.MotetAudioEncoder, c.MotetAudioDecoder]) {
    const { codec, errors } = collecting(Type);
    const work = () =>
      Type === c.MotetAudioEncoder
        ? codec.encode(audioData(song, 0, 10))
        : codec.decode(
            new c.MotetEncodedAudioChunk({
              type: 'key',
              timestamp: 0,
              data: new Uint8Array(model.packetBytes(6)),
            }),
          );
    assert.equal(codec.state, 'unconfigured');
    assert.throws(work, isException('InvalidStateError'));
    await assert.rejects(codec.flush(), isException('InvalidStateError'));
    codec.reset();
    codec.configure(config());
    assert.equal(codec.state, 'configured');
    work();
    await codec.flush();
    codec.reset();
    assert.equal(codec.state, 'unconfigured');
    assert.throws(work, isException('InvalidStateError'));
    codec.configure(config());
    codec.close();
    assert.equal(codec.state, 'closed');
    assert.throws(() => codec.configure(config()), isException('InvalidStateError'));
    assert.throws(() => codec.reset(), isException('InvalidStateError'));
    assert.throws(() => codec.close(), isException('InvalidStateError'));
    assert.throws(work, isException('InvalidStateError'));
    await assert.rejects(codec.flush(), isException('InvalidStateError'));
    assert.deepEqual(errors, []);
  }
});

test('reset() and close() abort what waits, and nothing comes out afterwards', async () => {
  for (const stop of ['reset', 'close']) {
    const { codec, out, errors } = collecting(c.MotetAudioEncoder);
    codec.configure(config());
    for (let i = 0; i < 20; ++i) codec.encode(audioData(song, 0, 44100));
    const flushed = codec.flush();
    assert.equal(codec.encodeQueueSize, 20);
    codec[stop]();
    assert.equal(codec.encodeQueueSize, 0);
    await assert.rejects(flushed, isException('AbortError'));
    const before = out.length;
    await new Promise((done) => setTimeout(done, 200));
    assert.equal(out.length, before);
    assert.deepEqual(errors, []);
    if (stop === 'close') continue;
    codec.configure(config());
    codec.encode(audioData(song, 0, 44100));
    await codec.flush();
    assert.ok(out.length > before);
    codec.close();
  }
});

test('the queue gets shorter with an event', async () => {
  const { codec } = collecting(c.MotetAudioEncoder);
  let events = 0;
  codec.ondequeue = () => ++events;
  codec.addEventListener('dequeue', () => ++events);
  codec.configure(config());
  for (let i = 0; i < 5; ++i) codec.encode(audioData(song, 0, 4410));
  assert.equal(codec.encodeQueueSize, 5);
  await codec.flush();
  assert.equal(codec.encodeQueueSize, 0);
  await new Promise((done) => setTimeout(done, 20));
  assert.ok(events >= 2 && events <= 10, `${events} events`);
  codec.close();
});

test('what is supported is told, and what is not closes the codec', async () => {
  for (const Type of [c.MotetAudioEncoder, c.MotetAudioDecoder]) {
    const told = await Type.isConfigSupported(config({ quality: 6, unknown: 1 }));
    assert.deepEqual(told, { supported: true, config: config({ quality: 6 }) });
    for (const [more, words] of [
      [{ codec: 'opus' }, /codec is 'opus'/],
      [{ codec: 'motet.0123456789abcdef' }, /names model 0123456789abcdef/],
      [{ codec: `motet.${model.info.codecIdentity}.13` }, /quality is 13/],
      [{ sampleRate: 48000 }, /sampleRate is 48000, wanted 44100/],
      [{ numberOfChannels: 6 }, /numberOfChannels is 6/],
      [{ quality: 6.9 }, /quality is 6.9/],
    ]) {
      assert.equal((await Type.isConfigSupported(config(more))).supported, false);
      const { codec, errors } = collecting(Type);
      codec.configure(config(more));
      assert.equal(codec.state, 'configured', 'it is found out later');
      await assert.rejects(codec.flush(), isException('NotSupportedError'));
      assert.equal(codec.state, 'closed');
      assert.equal(errors.length, 1);
      isException('NotSupportedError')(errors[0]);
      assert.match(errors[0].message, words);
    }
  }
});

test('what cannot be coded is an EncodingError, which closes the codec', async () => {
  const mono = audioData([song[0]], 0, 1000);
  const slow = new c.MotetAudioData({
    format: 'f32',
    sampleRate: 8000,
    numberOfFrames: 10,
    numberOfChannels: 2,
    timestamp: 0,
    data: new Float32Array(20),
  });
  for (const data of [mono, slow]) {
    const { codec, errors } = collecting(c.MotetAudioEncoder);
    codec.configure(config());
    codec.encode(data);
    await assert.rejects(codec.flush(), isException('EncodingError'));
    assert.equal(codec.state, 'closed');
    assert.equal(errors.length, 1);
  }
  const { codec, errors } = collecting(c.MotetAudioDecoder);
  codec.configure(config());
  const bytes = model.packetBytes(6);
  codec.decode(
    new c.MotetEncodedAudioChunk({ type: 'key', timestamp: 0, data: new Uint8Array(bytes + 1) }),
  );
  await assert.rejects(codec.flush(), isException('EncodingError'));
  assert.match(errors[0].message, new RegExp(`${bytes + 1} bytes.*of ${bytes}`));
});

test('a decoder wants to begin with a key chunk', async () => {
  const chunk = (type) =>
    new c.MotetEncodedAudioChunk({
      type,
      timestamp: 0,
      data: new Uint8Array(model.packetBytes(6)),
    });
  const { codec, errors } = collecting(c.MotetAudioDecoder);
  codec.configure(config());
  assert.throws(() => codec.decode(chunk('delta')), isException('DataError'));
  codec.decode(chunk('key'));
  codec.decode(chunk('delta'));
  await codec.flush();
  assert.throws(() => codec.decode(chunk('delta')), isException('DataError'));
  assert.equal(codec.state, 'configured');
  codec.close();
  assert.deepEqual(errors, []);
});

// Values that are nothing that a codec takes.
const WRONG = [
  undefined, null, NaN, -1, 0, 0.5, '', 'x', true, 7n, Symbol('s'), () => 7, {}, [], [1],
  new Map(), new Date(0), /x/, new Uint8Array(4), new Error('e'),
]; // prettier-ignore

test('what is no configuration, no audio and no chunk is a TypeError', async () => {
  const callbacks = { output() {}, error() {} };
  for (const Type of [c.MotetAudioEncoder, c.MotetAudioDecoder]) {
    const codec = new Type(callbacks);
    codec.configure(config());
    const isTypeError = (call, value, name) =>
      assert.throws(call, TypeError, `${name}: ${String(value)}`);
    for (const value of WRONG) {
      isTypeError(() => new Type(value), value, 'init');
      if (typeof value !== 'function')
        for (const name of ['output', 'error'])
          isTypeError(() => new Type({ ...callbacks, [name]: value }), value, name);
      isTypeError(() => codec.configure(value), value, 'config');
      if (typeof value !== 'string' || value === '')
        isTypeError(() => codec.configure(config({ codec: value })), value, 'codec');
      for (const name of ['sampleRate', 'numberOfChannels', 'model'])
        isTypeError(() => codec.configure(config({ [name]: value })), value, name);
      if (value !== undefined && Type === c.MotetAudioEncoder)
        isTypeError(() => codec.configure(config({ bitrate: value })), value, 'bitrate');
      isTypeError(() => (codec.encode ?? codec.decode).call(codec, value), value, 'data');
      await assert.rejects(Type.isConfigSupported(value), TypeError);
    }
    assert.equal(codec.state, 'configured');
    codec.close();
  }
  const closed = audioData(song, 0, 10);
  closed.close();
  const encoder = new c.MotetAudioEncoder(callbacks);
  encoder.configure(config());
  assert.throws(() => encoder.encode(closed), TypeError);
  encoder.close();
});

test('AudioData of its own does what that of WebCodecs does', () => {
  const init = {
    format: 'f32',
    sampleRate: RATE,
    numberOfFrames: 4,
    numberOfChannels: 2,
    timestamp: 12.7,
    data: Float32Array.of(1, -1, 2, -2, 3, -3, 4, -4),
  };
  const data = new c.MotetAudioData(init);
  assert.equal(data.format, 'f32-planar');
  assert.equal(data.timestamp, 12);
  assert.equal(data.duration, 91);
  const plane = (options) => {
    const bytes = new Float32Array(data.allocationSize(options) / 4);
    data.copyTo(bytes.buffer, options);
    return [...bytes];
  };
  assert.deepEqual(plane({ planeIndex: 1 }), [-1, -2, -3, -4]);
  assert.deepEqual(plane({ planeIndex: 0, frameOffset: 1, frameCount: 2 }), [2, 3]);
  assert.throws(() => plane({ planeIndex: 2 }), RangeError);
  assert.throws(() => plane({ planeIndex: 0, frameOffset: 5 }), RangeError);
  assert.throws(() => data.copyTo(new Float32Array(3), { planeIndex: 0 }), RangeError);
  assert.throws(() => plane({ planeIndex: 0, format: 's16' }), isException('NotSupportedError'));
  const copy = data.clone();
  data.close();
  assert.equal(data.format, null);
  assert.throws(() => plane({ planeIndex: 0 }), isException('InvalidStateError'));
  assert.equal(copy.numberOfFrames, 4);
  for (const name of Object.keys(init))
    assert.throws(() => new c.MotetAudioData({ ...init, [name]: undefined }), TypeError, name);
});

// --- Chromium -----------------------------------------------------------------------------------------

test("in a browser they take and give the browser's own AudioData and EncodedAudioChunk", async () => {
  const folder = plainPage('webcodecs.js', ['webcodecs']);
  cpSync(music().path, join(folder, 'music.wav'));
  const browser = await launch();
  const site = await serve(folder);
  try {
    const result = await resultOf(browser, site.url);
    assert.equal(result.chunkType, 'EncodedAudioChunk');
    assert.equal(result.dataType, 'AudioData');
    assert.equal(result.frames, 100_000);
    assert.equal(result.timestamp, BEGIN);
    assert.equal(result.sameBytes, true, 'as Encoder encodes it');
    assert.equal(result.fromIntegers, true, 'samples of 16 bits as well');
    assert.deepEqual(result.refused, ['InvalidStateError', 'TypeError', 'NotSupportedError']);
  } finally {
    site.close();
    await browser.close();
  }
});
