// Every argument of every call, with twenty and more values that do not fit: each is refused with a
// MotetError that names the argument, the value and what was wanted. From the tarball, in Node.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { project } from './support.mjs';

let m; // the package
let w; // its workers
let player; // its worklet, as far as Node can load it
let live; // its codec in the audio thread, likewise
let model;
let encoder;
let decoder;
let packets; // a decoder of bare packets
let encoderWorker;
let decoderWorker;
let writer;
let reader;

before(async () => {
  const folder = project();
  writeFileSync(
    join(folder, 'all.mjs'),
    `export * as m from 'motet'; export * as w from 'motet/worker';
     export * as player from 'motet/worklet'; export * as live from 'motet/live';
     export { modelUrl } from 'motet/model';`,
  );
  let modelUrl;
  ({ m, w, player, live, modelUrl } = await import(pathToFileURL(join(folder, 'all.mjs'))));
  model = await m.Model.load(modelUrl);
  encoder = new m.Encoder(model);
  decoder = new m.Decoder(model);
  packets = new m.Decoder(model, { framing: 'packets' });
  encoderWorker = await w.EncoderWorker.create(model);
  decoderWorker = await w.DecoderWorker.create(model);
  writer = await m.StreamWriter.create({ model });
  reader = await m.StreamReader.create({ model });
});

/** An array whose buffer was handed over: it looks empty. */
function detached(array) {
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

class Thing {}

// Values, and how an error tells them.
const VALUES = [
  [undefined, 'undefined'],
  [null, 'null'],
  [NaN, 'NaN'],
  [-1, '-1'],
  [-Infinity, '-Infinity'],
  [0.5, '0.5'],
  [6.9, '6.9'],
  [1e308, '1e+308'],
  [-5, '-5'],
  ['', "''"],
  ['x', "'x'"],
  ['6', "'6'"],
  ['x'.repeat(1e6), `'${'x'.repeat(40)}…'`],
  [true, 'true'],
  [false, 'false'],
  [7n, '7n'],
  [Symbol('seven'), 'Symbol(seven)'],
  [() => 7, 'a function'],
  [{}, 'an object'],
  [Object.create(null), 'an object'],
  [new Thing(), 'a Thing'],
  [new Map([['a', 7]]), 'a Map'],
  [new Date(0), 'a Date'],
  [/x/, 'a RegExp'],
  [[], 'an Array of 0'],
  [[7], 'an Array of 1'],
  [[[7, 7]], 'an Array of 1'],
  [new Int16Array(4), 'an Int16Array of 4'],
  [new Float64Array(4), 'a Float64Array of 4'],
  [new DataView(new ArrayBuffer(4)), 'a DataView'],
  [detached(new Uint8Array(4)), 'detached|Uint8Array'],
  [detached(new Float32Array(4)), 'detached|Float32Array'],
];

const isText = (value) => typeof value === 'string';
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isPlainObject = (value) => Object.prototype.toString.call(value) === '[object Object]';
const isFunction = (value) => typeof value === 'function';
const is =
  (...fit) =>
  (value) =>
    fit.includes(value);
const optional = (fits) => (value) => value === undefined || fits(value);
const isPositive = (value) => typeof value === 'number' && value > 0;
const isTime = (value) => typeof value === 'number' && value >= 0;
const pcm = () => [new Float32Array(8), new Float32Array(8)];
const bytes = () => new Uint8Array(8);
const stream = { getAudioTracks: () => [] }; // as much of one as is looked at before sound starts
// All that a writer without a model is told.
const head = { quality: 6, sampleRate: 44100, packetBytes: 14, modelIdentity: 'ab'.repeat(8) };
const context = { sampleRate: 48000, addEventListener() {} };

// What is called, the argument's name in the error, which of VALUES fit, and the call.
const CALLS = [
  ['Model.load', 'source', isText, (v) => m.Model.load(v)],
  ['Model.load', 'options', optional(isObject), (v) => m.Model.load(bytes(), v)],
  [
    'Model.load',
    'onProgress',
    optional(isFunction),
    (v) => m.Model.load(bytes(), { onProgress: v }),
  ],
  ['Model.load', 'signal', is(undefined), (v) => m.Model.load(bytes(), { signal: v })],
  ['Model.load', 'wasm', optional(isText), (v) => m.Model.load(bytes(), { wasm: v })],
  ['packetBytes', 'quality', is(), (v) => model.packetBytes(v)],
  ['bitrate', 'quality', is(), (v) => model.bitrate(v)],
  ['new Encoder', 'model', is(), (v) => new m.Encoder(v)],
  ['new Encoder', 'options', optional(isObject), (v) => new m.Encoder(model, v)],
  ['new Encoder', 'quality', is(undefined), (quality) => new m.Encoder(model, { quality })],
  ['new Encoder', 'channels', is(undefined), (channels) => new m.Encoder(model, { channels })],
  ['new Encoder', 'framing', is(undefined), (framing) => new m.Encoder(model, { framing })],
  ['new Encoder', 'coding', is(undefined), (coding) => new m.Encoder(model, { coding })],
  [
    'new Encoder',
    'tags',
    (v) => v === undefined || isPlainObject(v) || (Array.isArray(v) && v.length === 0),
    (tags) => new m.Encoder(model, { tags }),
  ],
  [
    'new Encoder',
    'tags',
    is('', 'x', '6', VALUES[12][0]),
    (title) => new m.Encoder(model, { tags: { title } }),
  ],
  [
    'new Encoder',
    'packetsPerPage',
    is(undefined),
    (v) => new m.Encoder(model, { packetsPerPage: v }),
  ],
  ['new Encoder', 'samples', is(undefined), (samples) => new m.Encoder(model, { samples })],
  ['encode', 'channelData', is(), (v) => encoder.encode(v)],
  ['encode', 'channelData', is(), (v) => encoder.encode([new Float32Array(4), v])],
  ['new Decoder', 'model', is(), (v) => new m.Decoder(v)],
  ['new Decoder', 'options', optional(isObject), (v) => new m.Decoder(model, v)],
  [
    'new Decoder',
    'quality',
    is(undefined),
    (v) => new m.Decoder(model, { framing: 'packets', quality: v }),
  ],
  [
    'new Decoder',
    'channels',
    is(undefined),
    (v) => new m.Decoder(model, { framing: 'packets', channels: v }),
  ],
  ['new Decoder', 'framing', is(undefined), (framing) => new m.Decoder(model, { framing })],
  [
    'new Decoder',
    'maxConcealedSeconds',
    optional(isTime),
    (v) => new m.Decoder(model, { maxConcealedSeconds: v }),
  ],
  [
    'decodeFile',
    'maxConcealedSeconds',
    optional(isTime),
    (v) => m.decodeFile(model, bytes(), { maxConcealedSeconds: v }),
  ],
  ['decode', 'bytes', is(), (v) => decoder.decode(v)],
  ['decodeSome', 'bytes', is(), (v) => decoder.decodeSome(v, 44100)],
  ['decodeSome', 'samples', isPositive, (v) => decoder.decodeSome(bytes(), v)],
  ['conceal', 'packets', is(), (v) => packets.conceal(v)],
  ['seek', 'sample', is(), (v) => decoder.seek(v, bytes())],
  ['seek', 'source', is(), (v) => decoder.seek(0, v)],
  ['seek', 'source.size', is(), (size) => decoder.seek(0, { size, read: bytes })],
  ['encodeFile', 'model', is(), (v) => m.encodeFile(v, pcm())],
  ['encodeFile', 'channelData', is(), (v) => m.encodeFile(model, v)],
  ['encodeFile', 'options', optional(isObject), (v) => m.encodeFile(model, pcm(), v)],
  ['encodeFile', 'quality', is(undefined), (v) => m.encodeFile(model, pcm(), { quality: v })],
  ['encodeFile', 'coding', is(undefined), (v) => m.encodeFile(model, pcm(), { coding: v })],
  ['encodeFile', 'sampleRate', is(undefined), (v) => m.encodeFile(model, pcm(), { sampleRate: v })],
  ['encodeFile', 'workers', is(undefined), (v) => m.encodeFile(model, pcm(), { workers: v })],
  [
    'encodeFile',
    'onProgress',
    optional(isFunction),
    (v) => m.encodeFile(model, pcm(), { onProgress: v }),
  ],
  ['encodeFile', 'signal', is(undefined), (v) => m.encodeFile(model, pcm(), { signal: v })],
  ['decodeFile', 'model', is(), (v) => m.decodeFile(v, bytes())],
  ['decodeFile', 'bytes', is(), (v) => m.decodeFile(model, v)],
  ['decodeFile', 'options', optional(isObject), (v) => m.decodeFile(model, bytes(), v)],
  ['decodeFile', 'workers', is(undefined), (v) => m.decodeFile(model, bytes(), { workers: v })],
  [
    'decodeFile',
    'onProgress',
    optional(isFunction),
    (v) => m.decodeFile(model, bytes(), { onProgress: v }),
  ],
  ['decodeFile', 'signal', is(undefined), (v) => m.decodeFile(model, bytes(), { signal: v })],
  ['info', 'bytes', is(), (v) => m.info(v)],
  ['info', 'options', optional(isObject), (v) => m.info(bytes(), v)],
  ['info', 'wasm', optional(isText), (v) => m.info(bytes(), { wasm: v })],
  ['readFeatures', 'model', is(), (v) => m.readFeatures(v, bytes())],
  ['readFeatures', 'bytes', is(), (v) => m.readFeatures(model, v)],
  ['EntropyModel.load', 'source', isText, (v) => m.EntropyModel.load(v)],
  ['EntropyModel.load', 'options', optional(isObject), (v) => m.EntropyModel.load(bytes(), v)],
  ['StreamReader.create', 'options', optional(isObject), (v) => m.StreamReader.create(v)],
  ['StreamReader.create', 'model', is(undefined), (v) => m.StreamReader.create({ model: v })],
  ['StreamReader.create', 'wasm', optional(isText), (v) => m.StreamReader.create({ wasm: v })],
  ['read', 'bytes', is(), (v) => reader.read(v)],
  ['StreamWriter.create', 'options', optional(isObject), (v) => m.StreamWriter.create(v)],
  [
    'StreamWriter.create',
    'model',
    is(undefined),
    (v) => m.StreamWriter.create({ ...head, model: v }),
  ],
  ['StreamWriter.create', 'quality', is(), (v) => m.StreamWriter.create({ ...head, quality: v })],
  [
    'StreamWriter.create',
    'channels',
    is(undefined),
    (v) => m.StreamWriter.create({ ...head, channels: v }),
  ],
  [
    'StreamWriter.create',
    'coding',
    is(undefined),
    (v) => m.StreamWriter.create({ model, coding: v }),
  ],
  [
    'StreamWriter.create',
    'samples',
    is(undefined),
    (v) => m.StreamWriter.create({ ...head, samples: v }),
  ],
  [
    'StreamWriter.create',
    'preSkip',
    is(undefined, 0),
    (v) => m.StreamWriter.create({ ...head, preSkip: v }),
  ],
  [
    'StreamWriter.create',
    'tags',
    (v) => v === undefined || isPlainObject(v) || (Array.isArray(v) && v.length === 0),
    (v) => m.StreamWriter.create({ ...head, tags: v }),
  ],
  [
    'StreamWriter.create',
    'packetsPerPage',
    is(undefined),
    (v) => m.StreamWriter.create({ ...head, packetsPerPage: v }),
  ],
  [
    'StreamWriter.create',
    'sampleRate',
    is(),
    (v) => m.StreamWriter.create({ ...head, sampleRate: v }),
  ],
  [
    'StreamWriter.create',
    'packetBytes',
    is(),
    (v) => m.StreamWriter.create({ ...head, packetBytes: v }),
  ],
  [
    'StreamWriter.create',
    'modelIdentity',
    is(),
    (v) => m.StreamWriter.create({ ...head, modelIdentity: v }),
  ],
  [
    'StreamWriter.create',
    'wasm',
    optional(isText),
    (v) => m.StreamWriter.create({ ...head, wasm: v }),
  ],
  ['write', 'packets', is(), (v) => writer.write(v)],
  ['skip', 'packets', is(), (v) => writer.skip(v)],
  ['finish', 'samples', is(), (v) => writer.finish(v)],
  ['isMotet', 'bytes', is(), (v) => m.isMotet(v)],
  ['streamFrom', 'bytes', is(), (v) => m.streamFrom(v, 0)],
  ['streamFrom', 'seconds', isTime, (v) => m.streamFrom(bytes(), v)],
  ['streamFrom', 'options', optional(isObject), (v) => m.streamFrom(bytes(), 0, v)],
  ['streamFrom', 'wasm', optional(isText), (v) => m.streamFrom(bytes(), 0, { wasm: v })],
  ['EncoderWorker.create', 'model', is(), (v) => w.EncoderWorker.create(v)],
  ['EncoderWorker.create', 'options', optional(isObject), (v) => w.EncoderWorker.create(model, v)],
  [
    'EncoderWorker.create',
    'samples',
    is(undefined),
    (v) => w.EncoderWorker.create(model, { samples: v }),
  ],
  [
    'EncoderWorker.create',
    'signal',
    is(undefined),
    (v) => w.EncoderWorker.create(model, { signal: v }),
  ],
  ['EncoderWorker encode', 'channelData', is(), (v) => encoderWorker.encode(v)],
  ['EncoderWorker encode', 'options', optional(isObject), (v) => encoderWorker.encode(pcm(), v)],
  [
    'EncoderWorker encode',
    'transfer',
    is(undefined, true, false),
    (v) => encoderWorker.encode(pcm(), { transfer: v }),
  ],
  [
    'EncoderWorker encode',
    'signal',
    is(undefined),
    (v) => encoderWorker.encode(pcm(), { signal: v }),
  ],
  ['EncoderWorker flush', 'options', optional(isObject), (v) => encoderWorker.flush(v)],
  ['DecoderWorker.create', 'model', is(), (v) => w.DecoderWorker.create(v)],
  ['DecoderWorker.create', 'options', optional(isObject), (v) => w.DecoderWorker.create(model, v)],
  [
    'DecoderWorker.create',
    'framing',
    is(undefined),
    (v) => w.DecoderWorker.create(model, { framing: v }),
  ],
  ['DecoderWorker decode', 'bytes', is(), (v) => decoderWorker.decode(v)],
  ['DecoderWorker decode', 'options', optional(isObject), (v) => decoderWorker.decode(bytes(), v)],
  ['DecoderWorker decodeSome', 'bytes', is(), (v) => decoderWorker.decodeSome(v, 1)],
  ['DecoderWorker decodeSome', 'samples', isPositive, (v) => decoderWorker.decodeSome(bytes(), v)],
  ['DecoderWorker conceal', 'packets', is(), (v) => decoderWorker.conceal(v)],
  ['DecoderWorker seek', 'sample', is(), (v) => decoderWorker.seek(v, bytes())],
  ['DecoderWorker seek', 'source', is(), (v) => decoderWorker.seek(0, v)],
  ['DecoderWorker seek', 'options', optional(isObject), (v) => decoderWorker.seek(0, bytes(), v)],
  ['StreamPlayer.create', 'context', is(), (v) => player.StreamPlayer.create(v, model)],
  ['StreamPlayer.create', 'model', is(), (v) => player.StreamPlayer.create(context, v)],
  [
    'StreamPlayer.create',
    'options',
    optional(isObject),
    (v) => player.StreamPlayer.create(context, model, v),
  ],
  [
    'StreamPlayer.create',
    'bufferSeconds',
    optional(isPositive),
    (v) => player.StreamPlayer.create(context, model, { bufferSeconds: v }),
  ],
  [
    'StreamPlayer.create',
    'startSeconds',
    optional(isTime),
    (v) => player.StreamPlayer.create(context, model, { startSeconds: v }),
  ],
  [
    'StreamPlayer.create',
    'skipSeconds',
    optional(isTime),
    (v) => player.StreamPlayer.create(context, model, { skipSeconds: v }),
  ],
  ['LiveLoop.start', 'context', is(), (v) => player.LiveLoop.start(v, model, { stream })],
  ['LiveLoop.start', 'model', is(), (v) => player.LiveLoop.start(context, v, { stream })],
  [
    'LiveLoop.start',
    'options',
    optional(isObject),
    (v) => player.LiveLoop.start(context, model, v),
  ],
  ['LiveLoop.start', 'stream', is(), (v) => player.LiveLoop.start(context, model, { stream: v })],
  [
    'LiveLoop.start',
    'quality',
    is(undefined),
    (v) => player.LiveLoop.start(context, model, { stream, quality: v }),
  ],
  [
    'LiveLoop.start',
    'onLatency',
    optional(isFunction),
    (v) => player.LiveLoop.start(context, model, { stream, onLatency: v }),
  ],
  [
    'LiveLoop.start',
    'onError',
    optional(isFunction),
    (v) => player.LiveLoop.start(context, model, { stream, onError: v }),
  ],
  ...['LiveEncoder', 'LiveDecoder'].flatMap((name) => {
    const make = (options, of, by) => live[name].create(of, by, { onPacket() {}, ...options });
    return [
      [`${name}.create`, 'context', is(), (v) => make({}, v, model)],
      [`${name}.create`, 'model', is(), (v) => make({}, context, v)],
      [`${name}.create`, 'quality', is(undefined), (quality) => make({ quality }, context, model)],
      [
        `${name}.create`,
        'channels',
        is(undefined),
        (channels) => make({ channels }, context, model),
      ],
      [
        `${name}.create`,
        'onError',
        optional(isFunction),
        (onError) => make({ onError }, context, model),
      ],
    ];
  }),
  [
    'LiveEncoder.create',
    'options',
    optional(isObject),
    (v) => live.LiveEncoder.create(context, model, v),
  ],
  [
    'LiveEncoder.create',
    'onPacket',
    isFunction,
    (onPacket) => live.LiveEncoder.create(context, model, { onPacket }),
  ],
  [
    'LiveDecoder.create',
    'options',
    optional(isObject),
    (v) => live.LiveDecoder.create(context, model, v),
  ],
  [
    'LiveDecoder.create',
    'bufferMs',
    (v) => v === undefined || (typeof v === 'number' && v >= 0 && v <= 2000),
    (bufferMs) => live.LiveDecoder.create(context, model, { bufferMs }),
  ],
  ...[
    ['new Model', () => m.Model],
    ['new EntropyModel', () => m.EntropyModel],
    ['new StreamReader', () => m.StreamReader],
    ['new StreamWriter', () => m.StreamWriter],
    ['new EncoderWorker', () => w.EncoderWorker],
    ['new DecoderWorker', () => w.DecoderWorker],
    ['new LiveEncoder', () => live.LiveEncoder],
    ['new LiveDecoder', () => live.LiveDecoder],
    ['new StreamPlayer', () => player.StreamPlayer],
    ['new LiveLoop', () => player.LiveLoop],
  ].map(([name, get]) => [name, undefined, is(), (v) => new (get())(v)]),
];

for (const [call, argument, fits, make] of CALLS) {
  test(`${call}: ${argument ?? 'not for callers'}`, async () => {
    const wrong = VALUES.filter(([value]) => !fits(value));
    assert.ok(wrong.length >= 20, `${wrong.length} values do not fit`);
    for (const [value, told] of wrong) {
      const error = await Promise.resolve()
        .then(() => make(value))
        .then(
          () => assert.fail(`${told} was taken`),
          (reason) => reason,
        );
      assert.ok(error instanceof m.MotetError, `${told}: ${error.stack}`);
      assert.equal(error.code, 'invalid-argument', `${told}: ${error.message}`);
      assert.match(error.message, /wanted/);
      assert.ok(error.message.length < 250, error.message);
      if (!argument) continue;
      assert.ok(error.message.includes(argument), `${told}: ${error.message}`);
      // Of an array with something wrong in it, or tags, the thing is told.
      const names = told.split('|');
      const within = /^(tags|channelData)$/.test(argument) && typeof value === 'object';
      assert.ok(
        within || names.some((name) => error.message.includes(name)),
        `${told}: ${error.message}`,
      );
    }
  });
}

test('what fits is taken: a Map of tags, empty arrays that are not detached', async () => {
  const tags = new Map([
    ['title', 'a'],
    ['artist', 'b'],
  ]);
  const bytes = await m.encodeFile(model, [new Float32Array(0)], { tags });
  const facts = await m.info(bytes);
  assert.deepEqual(facts.tags, [
    ['title', 'a'],
    ['artist', 'b'],
  ]);
  assert.equal(facts.samples, 0);
  assert.equal(decoder.decode(new Uint8Array(0)).samplesDecoded, 0);
  assert.equal((await m.decodeFile(model, bytes.buffer.slice(0))).samplesDecoded, 0);
});

test('a Response that was read before is refused', async () => {
  const response = new Response('text');
  await response.text();
  await assert.rejects(m.Model.load(response), {
    code: 'invalid-argument',
    message: /read before/,
  });
});
