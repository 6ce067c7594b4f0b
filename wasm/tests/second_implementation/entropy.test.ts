// The entropy coding of the second implementation: contexts and bytes against docs/FORMAT.md, read as
// plainly as it stands there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from './crc32.js';
import { codingOrder, contextsOf } from './coding-order.js';
import { EntropyModel } from './entropy-model.js';
import {
  type BandsConfig,
  bytesOfPacket,
  bytesOfTones,
  nameOf,
  offsetOfBands,
  offsetOfTones,
  type PacketConfig,
  quantizersOf,
  type TonesConfig,
} from './ladder.js';

const plain: PacketConfig = { quantizer: { per_level: 4, context: 2 } };
const tones: TonesConfig = { first: 3, lines: 27, count: 4, from_quality: 6 };
const withTones = { ...plain, tones };
const withPlaces = { ...plain, tones: { ...tones, phases: 4, pans: 3 } };
const bands: BandsConfig = { edges: [12, 16, 24, 40, 65, 110, 186], from_quality: 6 };
const withBands = { ...plain, bands };
const withBoth = { ...withPlaces, bands };
const usual = quantizersOf(plain);
const names = usual.map(nameOf);

/** A ladder of its own, with steps of several quantizers and of halves of them. */
const ladder = [
  ...['coarse.0', 'coarse.1', 'mid.0', 'mid.1', 'fine.0', 'fine.1', 'coarse.2, coarse.3'],
  ...['mid.2', 'fine.2 even', 'fine.2 odd', 'fine.3', 'mid.3'],
];
const withLadder = { ...plain, ladder };
/** Another, that leaves the order of stages, levels and frames wherever one may. */
const oddLadder = [
  ...['fine.0 odd', 'mid.0, coarse.0', 'fine.0 even, fine.1 even, fine.2 even', 'mid.1 odd'],
  ...['fine.1 odd', 'coarse.1, coarse.2', 'mid.1 even, mid.2', 'fine.2 odd, fine.3', 'mid.3'],
  'coarse.3',
];
/** With tones and bands of the size that they have in the shipped model. */
const shippedTones = { first: 40, lines: 240, count: 12, from_quality: 6, phases: 8, pans: 5 };
const shippedBands = { edges: Array.from({ length: 23 }, (_, i) => 10 * i), from_quality: 6 };
const largeWithLadder = { ...withLadder, tones: shippedTones, bands: shippedBands };

/** The same numbers in every run. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const bandsFrom = (from_quality: number): BandsConfig => ({ ...bands, from_quality });

// --- Order and context ----------------------------------------------------------------------------

const qualitiesOf = ({ ladder }: PacketConfig): number[] =>
  Array.from({ length: ladder?.length ?? 12 }, (_, i) => i + 1);

const packetSizes = (config: PacketConfig): number[] =>
  qualitiesOf(config).map((quality) => bytesOfPacket(config, quality));

/** Of each quantizer in a packet. */
const firstOffsets = (config: PacketConfig): number[] =>
  quantizersOf(config).map(({ codes }) => codes[0]!.offset);

/** Of the frames of each quantizer: the lowest quality that has the code, and its byte in the packet. */
const placesOf = (config: PacketConfig): Record<string, string> =>
  Object.fromEntries(
    quantizersOf(config).map((quantizer) => [
      nameOf(quantizer),
      quantizer.codes.map(({ quality, offset }) => `${quality}@${offset}`).join(' '),
    ]),
  );

test('the ladder is that of docs/ARCHITECTURE.md', () => {
  assert.equal(
    names.join(' '),
    'coarse.0 coarse.1 mid.0 mid.1 fine.0 fine.1 coarse.2 coarse.3 mid.2 mid.3 fine.2 fine.3',
  );
  assert.deepEqual(packetSizes(plain), [1, 2, 4, 6, 10, 14, 15, 16, 18, 20, 24, 28]);
  const eight = { ...plain, tones: { first: 40, lines: 240, count: 8, from_quality: 6 } };
  assert.deepEqual(packetSizes(eight), [1, 2, 4, 6, 10, 30, 31, 32, 34, 36, 40, 44]);
  assert.deepEqual(firstOffsets(eight), [0, 1, 2, 4, 6, 10, 30, 31, 32, 34, 36, 40]);
  assert.deepEqual(
    [5, 6, 12].map((quality) => offsetOfTones(eight, quality)),
    [undefined, 14, 14],
  );
  for (const places of [{ phases: 8, pans: 5 }, { phases: 2 }, { pans: 3 }]) {
    const larger = { ...plain, tones: { ...eight.tones, ...places } };
    assert.deepEqual(packetSizes(larger), [1, 2, 4, 6, 10, 38, 39, 40, 42, 44, 48, 52]);
    assert.equal(offsetOfTones(larger, 12), 14);
  }
});

test('levels of bands lie behind the codes of their first quality, and behind tones that begin there', () => {
  const eight = { first: 40, lines: 240, count: 8, from_quality: 6 };
  const layout = (config: PacketConfig): object => ({
    bytes: packetSizes(config),
    codes: firstOffsets(config),
    tones: [5, 6, 7, 12].map((quality) => offsetOfTones(config, quality)),
    bands: [5, 6, 7, 12].map((quality) => offsetOfBands(config, quality)),
  });
  const none = [undefined, undefined, undefined, undefined];
  assert.deepEqual(layout(withBands), {
    bytes: [1, 2, 4, 6, 10, 20, 21, 22, 24, 26, 30, 34],
    codes: [0, 1, 2, 4, 6, 10, 20, 21, 22, 24, 26, 30],
    tones: none,
    bands: [undefined, 14, 14, 14],
  });
  assert.deepEqual(layout({ ...withBands, tones: eight }), {
    bytes: [1, 2, 4, 6, 10, 36, 37, 38, 40, 42, 46, 50],
    codes: [0, 1, 2, 4, 6, 10, 36, 37, 38, 40, 42, 46],
    tones: [undefined, 14, 14, 14],
    bands: [undefined, 30, 30, 30],
  });
  assert.deepEqual(layout({ ...plain, bands: bandsFrom(5), tones: eight }), {
    bytes: [1, 2, 4, 6, 16, 36, 37, 38, 40, 42, 46, 50],
    codes: [0, 1, 2, 4, 6, 16, 36, 37, 38, 40, 42, 46],
    tones: [undefined, 20, 20, 20],
    bands: [10, 10, 10, 10],
  });
  assert.deepEqual(layout({ ...plain, bands: bandsFrom(12), tones: eight }), {
    bytes: [1, 2, 4, 6, 10, 30, 31, 32, 34, 36, 40, 50],
    codes: [0, 1, 2, 4, 6, 10, 30, 31, 32, 34, 36, 40],
    tones: [undefined, 14, 14, 14],
    bands: [undefined, undefined, undefined, 44],
  });
});

test('a model says its own ladder: each quality adds codes of one quantizer, of several, or of every other frame', () => {
  assert.deepEqual(packetSizes(withLadder), [1, 2, 4, 6, 10, 14, 16, 18, 20, 22, 26, 28]);
  const sizes = [1, 2, 4, 6, 10, 72, 74, 76, 78, 80, 84, 86];
  assert.deepEqual(packetSizes(largeWithLadder), sizes);
  assert.deepEqual(
    [5, 6, 12].flatMap((quality) => [
      offsetOfTones(largeWithLadder, quality),
      offsetOfBands(largeWithLadder, quality),
    ]),
    [undefined, undefined, 14, 50, 14, 50],
  );
  assert.deepEqual(placesOf(largeWithLadder), {
    'coarse.0': '1@0',
    'coarse.1': '2@1',
    'mid.0': '3@2 3@3',
    'mid.1': '4@4 4@5',
    'fine.0': '5@6 5@7 5@8 5@9',
    'fine.1': '6@10 6@11 6@12 6@13',
    'coarse.2': '7@72',
    'coarse.3': '7@73',
    'mid.2': '8@74 8@75',
    'mid.3': '12@84 12@85',
    'fine.2': '9@76 10@78 9@77 10@79',
    'fine.3': '11@80 11@81 11@82 11@83',
  });
  const odd = { ...plain, ladder: oddLadder, bands: bandsFrom(2) }; // 6 bands
  assert.deepEqual(packetSizes(odd), [2, 11, 17, 18, 20, 22, 25, 31, 33, 34]);
  assert.equal(offsetOfBands(odd, 10), 5);
  assert.deepEqual(placesOf(odd), {
    'coarse.0': '2@4',
    'coarse.1': '6@20',
    'mid.0': '2@2 2@3',
    'mid.1': '7@22 4@17',
    'fine.0': '3@11 1@0 3@12 1@1',
    'fine.1': '3@13 5@18 3@14 5@19',
    'coarse.2': '6@21',
    'coarse.3': '10@33',
    'mid.2': '7@23 7@24',
    'mid.3': '9@31 9@32',
    'fine.2': '3@15 8@25 3@16 8@26',
    'fine.3': '8@27 8@28 8@29 8@30',
  });
});

test('a ladder that says the usual order changes nothing', () => {
  assert.deepEqual(quantizersOf({ ...withBoth, ladder: names }), quantizersOf(withBoth));
  const [said, unsaid] = [modelOf({ ...withBoth, ladder: names }, 4), modelOf(withBoth, 4)];
  for (const quality of [1, 6, 9, 12]) {
    const packets = likelyPackets(unsaid, quality, 30, 2);
    const payload = said.coder(quality).encode(packets);
    assert.deepEqual(payload, unsaid.coder(quality).encode(packets));
    assert.ok(payload.length < packets.length);
  }
});

/** "f2" for each code of fine.2 that packets of a quality have. */
const codesInOrder = (config: PacketConfig, quality: number): string[] =>
  codingOrder(quantizersOf(config), quality).map(({ quantizer }) =>
    names[quantizer]!.replace(/^(.)\w+\./, '$1'),
  );

test('the codes come in the order of docs/FORMAT.md', () => {
  const said = (quality: number): string => codesInOrder(plain, quality).join(' ');
  const first = 'c0 c1 m0 m1 m0 m1 f0 f1 f0 f1 f0 f1 f0 f1';
  assert.equal(said(12), `${first} c2 c3 m2 m3 m2 m3 f2 f3 f2 f3 f2 f3 f2 f3`);
  assert.equal(said(7), `${first} c2`);
  assert.equal(said(3), 'c0 c1 m0 m0');
  assert.deepEqual(
    codingOrder(usual, 4).map(({ frame }) => frame),
    [0, 0, 0, 0, 1, 1],
  );
});

test('that is the usual order of quantizers whatever the ladder, without the codes that the quality lacks', () => {
  const said = (quality: number): string => codesInOrder(withLadder, quality).join(' ');
  const first = 'c0 c1 m0 m1 m0 m1 f0 f1 f0 f1 f0 f1 f0 f1';
  assert.equal(said(6), first);
  assert.equal(said(8), `${first} c2 c3 m2 m2`);
  assert.equal(said(9), `${first} c2 c3 m2 m2 f2 f2`);
  assert.equal(said(10), `${first} c2 c3 m2 m2 f2 f2 f2 f2`);
  assert.equal(said(11), `${first} c2 c3 m2 m2 f2 f3 f2 f3 f2 f3 f2 f3`);
  assert.equal(said(12), codesInOrder(plain, 12).join(' '));
  const frames = (quality: number): string =>
    codingOrder(quantizersOf(withLadder), quality)
      .map(({ frame }) => frame)
      .join('');
  assert.equal(frames(9), '00001100112233' + '00' + '01' + '02');
  assert.equal(frames(10), '00001100112233' + '00' + '01' + '0123');
  const odd = { ...plain, ladder: oddLadder };
  assert.equal(codesInOrder(odd, 1).join(' '), 'f0 f0');
  assert.equal(codesInOrder(odd, 4).join(' '), 'c0 m0 m0 m1 f0 f1 f0 f0 f1 f0 f2 f2');
});

test('the contexts of a quantizer are those of docs/FORMAT.md', () => {
  const counts = usual.map((_, quantizer) => contextsOf(usual, quantizer).length);
  assert.deepEqual(counts, [17, 18, 13, 14, 13, 14, 21, 22, 17, 18, 17, 18]);
  /** Codes that are known for a frame, the page's first frame being 0. */
  const known = (name: string, frame: number): string =>
    contextsOf(usual, names.indexOf(name))
      .map(({ quantizer, divisor, factor, offset }) => {
        return `${names[quantizer]}@${Math.floor(frame / divisor) * factor + offset}`;
      })
      .join(' ');
  assert.equal(
    known('coarse.1', 5),
    'coarse.1@4 coarse.1@3 coarse.1@2 coarse.1@1 coarse.0@5 coarse.0@4 mid.0@8 mid.0@9 ' +
      'mid.1@8 mid.1@9 fine.0@16 fine.0@17 fine.0@18 fine.0@19 fine.1@16 fine.1@17 fine.1@18 fine.1@19',
  );
  assert.equal(
    known('mid.0', 11),
    'mid.0@10 mid.0@9 mid.0@8 mid.0@7 coarse.0@5 coarse.0@4 coarse.1@5 coarse.1@4 mid.1@10 ' +
      'fine.0@18 fine.0@19 fine.1@18 fine.1@19',
  );
  assert.equal(
    known('mid.3', 11),
    'mid.3@10 mid.3@9 mid.3@8 mid.3@7 coarse.0@5 coarse.0@4 coarse.1@5 coarse.1@4 ' +
      'mid.0@11 mid.0@10 mid.1@11 mid.1@10 fine.0@22 fine.0@23 fine.1@22 fine.1@23 mid.2@11 mid.2@10',
  );
});

test('they are the same whatever the ladder, and 256 where the quality lacks the code', () => {
  for (const ladder of [withLadder.ladder, oddLadder]) {
    const own = quantizersOf({ ...plain, ladder });
    for (const quantizer of own.keys())
      assert.deepEqual(contextsOf(own, quantizer), contextsOf(usual, quantizer));
  }
  const seen = (name: string, quality: number, frame: number): number[] => {
    const size = bytesOfPacket(withLadder, quality);
    const packets = Uint8Array.from({ length: 2 * size }, (_, i) => i);
    return contextOf(codesOf(withLadder, quality, packets), names.indexOf(name), frame);
  };
  const X = 256;
  // Of 20 bytes; the own codes of frames 5, 4, 3 and 2, then c0, c1, m0, m1, f0, f1, and f3 of frame 5.
  const others = [20, 0, 21, 1, 23, 22, 25, 24, 28, 27, 32, 31];
  assert.deepEqual(seen('fine.2', 9, 6), [X, 38, X, 19, ...others, X]);
  assert.deepEqual(seen('fine.2', 9, 0).slice(0, 4), [X, X, X, X]);
  // Of 22 bytes, and at quality 11 of 26.
  assert.deepEqual(seen('fine.2', 10, 6).slice(0, 4), [42, 40, 21, 19]);
  assert.deepEqual(seen('fine.3', 11, 6).slice(-2), [45, 46]);
  assert.deepEqual(seen('mid.2', 9, 3).slice(-1), [X]);
  assert.deepEqual(seen('mid.2', 12, 3).slice(-1), [28 + 26]);
});

test('no code is context before it was coded', () => {
  for (const [per_level, context] of [
    [4, 2],
    [3, 2],
    [4, 1],
    [2, 3],
  ] as const) {
    const quantizers = quantizersOf({ quantizer: { per_level, context } });
    const most = quantizers.length; // qualities
    const said = new Set<string>();
    const early: string[] = [];
    for (let packet = 0; packet < 4; ++packet) {
      for (const { quantizer, frame: inPacket } of codingOrder(quantizers, most)) {
        const frame = packet * quantizers[quantizer]!.codes.length + inPacket;
        for (const { quantizer: of, divisor, factor, offset } of contextsOf(
          quantizers,
          quantizer,
        )) {
          const at = Math.floor(frame / divisor) * factor + offset;
          if (at >= 0 && !said.has(`${of} ${at}`)) early.push(`${quantizer} ${frame}: ${of} ${at}`);
        }
        said.add(`${quantizer} ${frame}`);
      }
    }
    assert.deepEqual(early, []);
  }
});

// --- Network and range coder ------------------------------------------------------------------------

const [EMBEDDING, HIDDEN] = [4, 8];

interface Tensor {
  name: string;
  shape: number[];
  values: number[];
}

/** Biases such that some codes are much likelier than others, as after training. */
function randomTensors(seed: number, config: PacketConfig = withTones): Tensor[] {
  const random = randomNumbers(seed);
  const integers = (count: number, most: number): number[] =>
    Array.from({ length: count }, () => random(2 * most + 1) - most);
  const networks = usual.flatMap((_, quantizer) => {
    const inputs = contextsOf(usual, quantizer).length * EMBEDDING;
    const tensor = (name: string, shape: number[], most: number): Tensor => ({
      name: `entropy.${names[quantizer]}.${name}`,
      shape,
      values: integers(
        shape.reduce((a, b) => a * b, 1),
        most,
      ),
    });
    return [
      tensor('embedding', [257, EMBEDDING], 127),
      tensor('hidden.weight', [HIDDEN, inputs], 127),
      tensor('hidden.bias', [HIDDEN], 20000),
      tensor('output.weight', [256, HIDDEN], 12),
      tensor('output.bias', [256], 6000),
    ];
  });
  // Tones are seldom but go on, and some of their symbols are much likelier than others.
  const weights = (name: string, count: number, weight: (i: number) => number): Tensor => ({
    name: `entropy.${name}`,
    shape: [count],
    values: Array.from({ length: count }, (_, i) => 1 + Math.floor(weight(i))),
  });
  const few = (): number => 65534 * (random(1000) / 1000) ** 6;
  // Levels of bands change by a little, and now and then by more.
  const nearlySteady = (i: number): number =>
    few() / 100 + random(2000) * Math.max(0, 4 - Math.min(i % 32, 32 - (i % 32)));
  const { phases = 1, pans = 1 } = config.tones ?? {};
  return [
    ...networks,
    weights('tones.flags', 128, (i) =>
      i % 2 === 0 ? random(35000) + (i % 4 === 0 ? 30000 : 0) : random(20000),
    ),
    weights('tones.levels', 96, few),
    ...(phases > 1 ? [weights('tones.phases', (3 + phases) * phases, few)] : []),
    ...(pans > 1 ? [weights('tones.pans', (pans + 1) * pans, few)] : []),
    ...(config.bands ? [weights('bands.levels', 108 * 32, nearlySteady)] : []),
  ];
}

/** A file of tensors as docs/FORMAT.md has it: matrices as int8, vectors as f32. */
function tensorFile(tensors: Tensor[], json: object): Buffer {
  const text = Buffer.from(JSON.stringify(json));
  const blobs = tensors.map(({ shape, values }) => {
    if (shape.length === 1) return Buffer.from(Float32Array.from(values).buffer);
    const scales = Buffer.from(new Float32Array(shape[0]!).fill(1).buffer);
    return Buffer.concat([scales, Buffer.from(Int8Array.from(values).buffer)]);
  });
  const padded = (bytes: number): number => Math.ceil(bytes / 64) * 64;
  const tableBytes = tensors.reduce(
    (sum, { name, shape }) => sum + 2 + name.length + 2 + 4 * shape.length + 20,
    0,
  );
  let offset = padded(64 + text.length + tableBytes);
  const table = tensors.map(({ name, shape }, i) => {
    const entry = Buffer.alloc(2 + name.length + 2 + 4 * shape.length + 20);
    entry.writeUInt16LE(name.length, 0);
    entry.write(name, 2);
    let at = 2 + name.length;
    entry[at++] = shape.length === 1 ? 0 : 2;
    entry[at++] = shape.length;
    for (const length of shape) at = entry.writeUInt32LE(length, at);
    entry.writeBigUInt64LE(BigInt(offset), at);
    entry.writeBigUInt64LE(BigInt(blobs[i]!.length), at + 8);
    entry.writeUInt32LE(crc32(blobs[i]!), at + 16);
    offset = padded(offset + blobs[i]!.length);
    return entry;
  });
  const file = Buffer.alloc(offset);
  file.write('MOTETMDL');
  file.writeUInt32LE(1, 8);
  file.writeUInt32LE(text.length, 12);
  file.writeUInt32LE(tensors.length, 16);
  file.writeUInt32LE(tableBytes, 20);
  file.writeBigUInt64LE(BigInt(file.length), 24);
  file.writeUInt32LE(crc32(text, ...table), 32);
  file.writeUInt32LE(crc32(file.subarray(0, 60)), 60);
  Buffer.concat([text, ...table]).copy(file, 64);
  let at = padded(64 + text.length + tableBytes);
  for (const blob of blobs) {
    blob.copy(file, at);
    at += padded(blob.length);
  }
  return file;
}

const JSON_WITH_ENTROPY = {
  identity: '0123456789abcdef',
  model: withTones,
  entropy: { embedding: EMBEDDING, hidden: HIDDEN },
};

const modelOf = (config: PacketConfig, seed: number): EntropyModel =>
  new EntropyModel(
    tensorFile(randomTensors(seed, config), { ...JSON_WITH_ENTROPY, model: config }),
  );

/** Weights of the codes of a quantizer, by the formulas of docs/FORMAT.md one after another. */
function plainWeights(
  tensors: Map<string, number[]>,
  quantizer: number,
  context: number[],
): number[] {
  const of = (name: string, owner = quantizer): number[] =>
    tensors.get(`entropy.${names[owner]}.${name}`)!;
  const x = contextsOf(usual, quantizer).flatMap(({ quantizer: owner }, i) =>
    of('embedding', owner).slice(context[i]! * EMBEDDING, (context[i]! + 1) * EMBEDDING),
  );
  const row = (matrix: number[], index: number, width: number): number[] =>
    matrix.slice(index * width, (index + 1) * width);
  const dot = (a: number[], b: number[]): number => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
  const h = of('hidden.bias').map((bias, j) => {
    const sum = bias + dot(row(of('hidden.weight'), j, x.length), x);
    return Math.min(127, Math.max(0, Math.floor((sum + 256) / 512)));
  });
  const z = of('output.bias').map((bias, k) => bias + dot(row(of('output.weight'), k, HIDDEN), h));
  const highest = Math.max(...z);
  return z.map((value) => {
    const d = highest - value;
    const t = d % 512;
    const m = 32768 - Math.floor((t * (22006 - Math.floor((5622 * t) / 512))) / 512);
    return d >= 8192 ? 1 : 1 + Math.floor(m / 2 ** Math.floor(d / 512));
  });
}

/** A code or another symbol, with the weights that it is coded by. */
interface Said {
  code: number;
  weights: number[];
}

/** Level, phase and pan of the tone of each line, if it has one. */
type Lines = Array<{ l: number; q: number; b: number } | undefined>;

/** Of bytes that an encoder writes, and that may go on behind the tones. */
function linesOf(bytes: Uint8Array, { count, phases, pans }: TonesConfig): Lines {
  const lines: Lines = [];
  for (let tone = 0; tone < count; ++tone) {
    const [line, l, place] =
      phases || pans
        ? bytes.subarray(3 * tone, 3 * tone + 3)
        : [...bytes.subarray(2 * tone, 2 * tone + 2), 0];
    const b = Math.floor(place! / (phases ?? 1));
    if (line! > 0) lines[line! - 1] = { l: l!, q: place! - b * (phases ?? 1), b };
  }
  return lines;
}

/** The symbols of a packet's tones, by the sentences of docs/FORMAT.md. */
function plainTones(
  tensors: Map<string, number[]>,
  config: TonesConfig,
  now: Lines,
  before: Lines,
  earlier: Lines,
): Said[] {
  const symbols: Said[] = [];
  const say = (name: string, size: number, context: number, code: number): void => {
    const table = tensors.get(`entropy.tones.${name}`)!;
    symbols.push({ code, weights: table.slice(size * context, size * (context + 1)) });
  };
  let left = config.count;
  for (let i = 0; i < config.lines && left > 0; ++i) {
    const bits = [before[i], before[i - 1] ?? before[i + 1], now[i - 1]];
    const context =
      bits.reduce((sum, bit, at) => sum + (bit ? 2 ** at : 0), 0) +
      8 * Math.floor((8 * i) / config.lines);
    const tone = now[i];
    say('flags', 2, context, tone ? 1 : 0);
    if (!tone) continue;
    --left;
    const from = before[i] ?? before[i - 1] ?? before[i + 1];
    const table = before[i] ? 0 : from ? 1 : 2;
    say('levels', 32, table, (tone.l - (from?.l ?? 0) + 32) % 32);
    const { phases: P, pans: B } = config;
    if (P) {
      const h = (config.first + i) % 2 ? P / 2 : 0;
      const [q1, q2] = [before[i]?.q, earlier[i]?.q];
      const turned = q1 === undefined || q2 === undefined ? table : 3 + ((q1 - q2 - h + 2 * P) % P);
      say('phases', P, turned, (tone.q - (from?.q ?? 0) - h + 2 * P) % P);
    }
    if (B) say('pans', B, from?.b ?? B, tone.b);
  }
  return symbols;
}

/** The symbols of a packet's levels of bands, likewise. */
function plainBands(
  tensors: Map<string, number[]>,
  now: number[],
  before: number[],
  earlier: number[],
): Said[] {
  const table = tensors.get('entropy.bands.levels')!;
  const cut = (x: number, least: number, most: number): number =>
    x < least ? least : x > most ? most : x;
  return now.map((l, b) => {
    const [a, a2] = [before[b]!, earlier[b]!];
    const [u, u2] = [now[b - 1]!, before[b - 1]!];
    const s = cut(a - a2, -1, 1);
    const d = cut(u - u2, -3, 3);
    const t = cut(Math.floor((u - a) / 2), -2, 2);
    const context = b === 0 ? 106 + s : d + 3 + 7 * (s + 1 + 3 * (t + 2));
    return { code: (l - a + 32) % 32, weights: table.slice(32 * context, 32 * (context + 1)) };
  });
}

/** The levels of each packet, if it has some. */
function levelsOf(config: PacketConfig, quality: number, packets: Uint8Array): number[][] {
  const offset = offsetOfBands(config, quality);
  if (offset === undefined) return [];
  const size = bytesOfPacket(config, quality);
  const end = offset + config.bands!.edges.length - 1;
  return Array.from({ length: packets.length / size }, (_, packet) => [
    ...packets.subarray(packet * size + offset, packet * size + end),
  ]);
}

type CodeOf = (quantizer: number, frame: number) => number;

/** Codes of packets by frames of the page: 256 before it, and where the quality lacks the code. */
function codesOf(config: PacketConfig, quality: number, packets: Uint8Array): CodeOf {
  const quantizers = quantizersOf(config);
  const size = bytesOfPacket(config, quality);
  return (quantizer, frame) => {
    const { codes } = quantizers[quantizer]!;
    if (frame < 0) return 256;
    const code = codes[frame % codes.length]!;
    const packet = Math.floor(frame / codes.length);
    return code.quality > quality ? 256 : packets[packet * size + code.offset]!;
  };
}

/** The codes that are known for one. */
const contextOf = (codeOf: CodeOf, quantizer: number, frame: number): number[] =>
  contextsOf(usual, quantizer).map(({ quantizer: of, divisor, factor, offset }) =>
    codeOf(of, Math.floor(frame / divisor) * factor + offset),
  );

/** Everything that is said of the packets. */
function plainSymbols(
  tensors: Map<string, number[]>,
  packets: Uint8Array,
  quality: number,
  config: PacketConfig,
): Said[] {
  const size = bytesOfPacket(config, quality);
  const quantizers = quantizersOf(config);
  const codeOf = codesOf(config, quality, packets);
  const symbols: Said[] = [];
  let [before, earlier]: [Lines, Lines] = [[], []];
  const levels = levelsOf(config, quality, packets);
  const none = levels[0]?.map(() => 0);
  for (let packet = 0; packet * size < packets.length; ++packet) {
    for (const { quantizer, frame: inPacket } of codingOrder(quantizers, quality)) {
      const frame = packet * quantizers[quantizer]!.codes.length + inPacket;
      const weights = plainWeights(tensors, quantizer, contextOf(codeOf, quantizer, frame));
      symbols.push({ code: codeOf(quantizer, frame), weights });
    }
    const offset = offsetOfTones(config, quality);
    if (offset !== undefined) {
      const begin = packet * size + offset;
      const now = linesOf(packets.subarray(begin), config.tones!);
      symbols.push(...plainTones(tensors, config.tones!, now, before, earlier));
      [earlier, before] = [before, now];
    }
    if (none) {
      const [last, lastButOne] = [levels[packet - 1] ?? none, levels[packet - 2] ?? none];
      symbols.push(...plainBands(tensors, levels[packet]!, last, lastButOne));
    }
  }
  return symbols;
}

/** The range coder with one number of any length: nothing is ever carried. */
function plainPayload(symbols: Said[]): Buffer {
  let low = 0n;
  let range = (1n << 48n) - 1n;
  let out = 0; // bytes above the 48 bits
  for (const { code, weights } of symbols) {
    const sum = (list: number[]): bigint => BigInt(list.reduce((a, b) => a + b, 0));
    const unit = range / sum(weights);
    low += unit * sum(weights.slice(0, code));
    range = unit * BigInt(weights[code]!);
    for (; range < 1n << 40n; range <<= 8n, low <<= 8n) ++out;
  }
  let bits = 48n;
  const named = (): bigint => (((low - 1n) >> bits) + 1n) << bits;
  while (named() > low + range - 1n) bits -= 8n;
  const bytes = Buffer.from(
    named()
      .toString(16)
      .padStart(2 * (out + 6), '0'),
    'hex',
  );
  let length = bytes.length;
  while (length > 1 && bytes[length - 1] === 0) --length;
  return bytes.subarray(0, length);
}

/** Codes such as the tables expect: what any bytes decode to. */
function likelyPackets(
  model: EntropyModel,
  quality: number,
  count: number,
  seed: number,
): Uint8Array<ArrayBuffer> {
  const random = randomNumbers(seed);
  const coder = model.coder(quality);
  const payload = Uint8Array.from({ length: count * coder.packetBytes - 1 }, () => random(256));
  return coder.decode(payload, count);
}

test('payloads are those that docs/FORMAT.md describes, byte for byte', () => {
  const withPhases = { ...plain, tones: { ...tones, phases: 16 } };
  const withPans = { ...plain, tones: { ...tones, pans: 15 } };
  for (const [config, qualities] of [
    [plain, [12, 6, 1, 9, 5]],
    [withTones, [12, 6, 1, 9, 5]],
    [withPlaces, [12, 6, 1]],
    [withPhases, [6]],
    [withPans, [6]],
    [withBands, [12, 6, 5, 7]],
    [withBoth, [6, 12, 5]],
    [{ ...withTones, bands: bandsFrom(5) }, [5, 6]],
    [{ ...withTones, bands: bandsFrom(12) }, [11, 12]],
    [{ ...plain, bands: bandsFrom(1) }, [1]],
    [withLadder, [9, 8, 10, 11, 12, 7]],
    [{ ...withLadder, tones, bands }, [9, 6]],
    [{ ...plain, ladder: oddLadder }, [1, 2, 3, 4, 6, 10]],
  ] as const)
    for (const [seed, quality] of qualities.entries()) {
      const tensors = randomTensors(seed, config);
      const values = new Map(tensors.map((tensor) => [tensor.name, tensor.values]));
      const model = modelOf(config, seed);
      const coder = model.coder(quality);
      for (const count of [1, 7, 40]) {
        const packets = likelyPackets(model, quality, count, seed);
        const payload = coder.encode(packets);
        const symbols = plainPayload(plainSymbols(values, packets, quality, config));
        const expected = symbols.length < packets.length ? symbols : packets;
        assert.deepEqual([...payload], [...expected], `quality ${quality}, ${count} packets`);
      }
    }
});

/** What is tested of models with tones, of either size in packets. */
const KINDS_OF_TONES = { tones: withTones, 'tones of several phases and pans': withPlaces };

for (const [kind, config] of Object.entries(KINDS_OF_TONES))
  test(`likely packets have ${kind} that begin, go on, move and end`, () => {
    const quality = 12;
    const size = bytesOfPacket(config, quality);
    const packets = likelyPackets(modelOf(config, 0), quality, 40, 0);
    const counts = { full: 0, begin: 0, goOn: 0, stay: 0, move: 0, end: 0 };
    const [phases, pans] = [new Set<number>(), new Set<number>()];
    let [before, earlier]: [Lines, Lines] = [[], []];
    for (let packet = 0; packet < 40; ++packet) {
      const begin = packet * size + offsetOfTones(config, quality)!;
      const now = linesOf(packets.subarray(begin), config.tones);
      counts.full += Number(now.filter((tone) => tone).length === tones.count);
      for (let i = 0; i < tones.lines; ++i) {
        const tone = now[i];
        if (tone) phases.add(tone.q);
        if (tone) pans.add(tone.b);
        if (!tone) counts.end += Number(before[i] !== undefined);
        else if (before[i]) ++counts[earlier[i] ? 'stay' : 'goOn'];
        else ++counts[before[i - 1] || before[i + 1] ? 'move' : 'begin'];
      }
      [earlier, before] = [before, now];
    }
    assert.ok(Math.min(...Object.values(counts)) >= 3, JSON.stringify(counts));
    assert.deepEqual([phases.size, pans.size], config === withPlaces ? [4, 3] : [1, 1]);
  });

test('levels of bands come in every context, and their payloads are those of docs/FORMAT.md', () => {
  const config = { ...plain, bands: bandsFrom(1) };
  const tensors = randomTensors(0, config);
  const values = new Map(tensors.map((tensor) => [tensor.name, tensor.values]));
  const model = modelOf(config, 0);
  const none = bands.edges.slice(1).map(() => 0);
  const [contexts, codes, all] = [new Set<string>(), new Set<number>(), new Set<number>()];
  for (let seed = 0; seed < 6; ++seed) {
    const packets = likelyPackets(model, 1, 255, seed);
    const payload = plainPayload(plainSymbols(values, packets, 1, config));
    assert.ok(payload.length < packets.length);
    assert.deepEqual([...model.coder(1).encode(packets)], [...payload]);
    const levels = levelsOf(config, 1, packets);
    for (const [packet, now] of levels.entries()) {
      const [before, earlier] = [levels[packet - 1] ?? none, levels[packet - 2] ?? none];
      for (const { code, weights } of plainBands(values, now, before, earlier)) {
        contexts.add(String(weights));
        codes.add(code);
      }
      for (const level of now) all.add(level);
    }
  }
  assert.deepEqual([contexts.size, codes.size, all.size], [108, 32, 32]);
});

/** What is said of packets of models with tones, with levels of bands, and with both. */
const KINDS_OF_PACKETS: Record<string, PacketConfig> = {
  ...KINDS_OF_TONES,
  'levels of bands': withBands,
  'tones and levels of bands': withBoth,
  'levels of bands before tones': { ...withTones, bands: bandsFrom(3) },
  'tones, levels of bands and a ladder of their own': { ...withBoth, ladder: oddLadder },
};

for (const [kind, config] of Object.entries(KINDS_OF_PACKETS))
  test(`packets with ${kind} come back, whatever they are and whether they become shorter or not`, () => {
    const model = modelOf(config, 3);
    const random = randomNumbers(5);
    for (const quality of qualitiesOf(config)) {
      const coder = model.coder(quality);
      const bytes = 255 * coder.packetBytes;
      const kinds: Record<string, Uint8Array<ArrayBuffer>> = {
        likely: likelyPackets(model, quality, 255, quality),
        random: Uint8Array.from({ length: bytes }, () => random(256)),
        zeros: new Uint8Array(bytes),
        highest: new Uint8Array(bytes).fill(255),
      };
      for (const [what, packets] of Object.entries(kinds)) {
        const payload = coder.encode(packets);
        assert.ok(payload.length > 0);
        assert.ok(payload.length <= packets.length);
        const again = coder.decode(payload, 255);
        assert.equal(Buffer.compare(again, packets), 0, `${what} packets of quality ${quality}`);
      }
      assert.ok(coder.encode(kinds.likely!).length < bytes, `quality ${quality}`);
    }
  });

for (const [kind, config, written, others] of [
  [
    'tones',
    withTones,
    [[], [5, 0], [1, 31, 27, 31], [2, 1, 3, 1, 4, 1, 5, 1]],
    {
      'lines that descend': [5, 1, 4, 1],
      'a line twice': [5, 1, 5, 1],
      'a level above 31': [5, 32],
      'a line that is not there': [28, 1],
      'a gap': [0, 0, 5, 1],
      'a level without a line': [0, 1],
    },
  ],
  [
    'tones of several phases and pans',
    withPlaces,
    [[], [5, 0, 0], [1, 31, 11, 27, 31, 11], [2, 1, 4, 3, 1, 3, 4, 1, 2, 5, 1, 1]],
    {
      'lines that descend': [5, 1, 0, 4, 1, 0],
      'a line twice': [5, 1, 0, 5, 1, 1],
      'a place above the highest': [5, 1, 12],
      'a gap': [0, 0, 0, 5, 1, 1],
      'a place without a line': [0, 0, 1],
    },
  ],
] as const)
  test(`a page with ${kind} that no encoder writes is left as it is`, () => {
    const model = modelOf(config, 3);
    const coder = model.coder(6);
    const page = (bytes: readonly number[]): Uint8Array<ArrayBuffer> => {
      const packets = likelyPackets(model, 6, 30, 2);
      const begin = 17 * coder.packetBytes + 14;
      packets.fill(0, begin, begin + bytesOfTones(config.tones));
      packets.set(bytes, begin);
      return packets;
    };
    for (const bytes of written)
      assert.ok(coder.encode(page(bytes)).length < page(bytes).length, `${bytes}`);
    for (const [what, bytes] of Object.entries<readonly number[]>(others))
      assert.deepEqual(coder.encode(page(bytes)), page(bytes), what);
  });

test('so is one with a level of a band above 31, at the qualities that have some', () => {
  for (const [config, quality] of [
    [withBands, 6],
    [withBands, 12],
    [withBoth, 6],
    [{ ...withTones, bands: bandsFrom(5) }, 6],
  ] as const) {
    const model = modelOf(config, 3);
    const coder = model.coder(quality);
    const likely = likelyPackets(model, quality, 30, 2);
    const begin = 17 * coder.packetBytes + offsetOfBands(config, quality)!;
    const page = (band: number, level: number): Uint8Array<ArrayBuffer> => {
      const packets = likely.slice();
      packets[begin + band] = level;
      return packets;
    };
    for (let band = 0; band < bands.edges.length - 1; ++band) {
      for (const level of [0, 31])
        assert.ok(coder.encode(page(band, level)).length < likely.length, `${band}: ${level}`);
      for (const level of [32, 255])
        assert.deepEqual(coder.encode(page(band, level)), page(band, level), `${band}: ${level}`);
    }
  }
});

test('below them a packet of a model with levels of bands is as of one without', () => {
  const [all, without] = [modelOf(withBands, 3), modelOf(plain, 3)];
  for (let quality = 1; quality < bands.from_quality; ++quality) {
    const packets = likelyPackets(without, quality, 30, 2);
    const payload = all.coder(quality).encode(packets);
    assert.deepEqual(payload, without.coder(quality).encode(packets));
    assert.ok(payload.length < packets.length);
  }
});

test('tables that do not hold are refused by name', () => {
  const tensors = randomTensors(1);
  const use = (file: Uint8Array): unknown => new EntropyModel(file).coder(12);
  const good = tensorFile(tensors, JSON_WITH_ENTROPY);
  use(good);
  for (const [at, words] of [
    [3, /not a file of tensors/],
    [30, /is damaged/],
    [70, /is damaged/],
    [good.length - 70, /entropy\.tones\.levels is damaged/],
  ] as const) {
    const file = Buffer.from(good);
    file[at]! ^= 1;
    assert.throws(() => use(file), words, `byte ${at}`);
  }
  assert.throws(() => use(good.subarray(0, 5000)), /is damaged/);
  const { entropy, ...without } = JSON_WITH_ENTROPY;
  assert.throws(() => use(tensorFile(tensors, without)), /has no entropy model/);
  const wider = { ...JSON_WITH_ENTROPY, entropy: { ...entropy, hidden: HIDDEN + 1 } };
  assert.throws(() => use(tensorFile(tensors, wider)), /hidden\.weight has the shape 8,/);
  assert.throws(
    () => use(tensorFile(tensors.slice(1), JSON_WITH_ENTROPY)),
    /there is no tensor entropy\.coarse\.0\.embedding/,
  );
  const fraction = randomTensors(1);
  fraction[2]!.values[0] = 0.5;
  assert.throws(
    () => use(tensorFile(fraction, JSON_WITH_ENTROPY)),
    /coarse\.0\.hidden\.bias holds something else than integers from -1048576 to 1048576/,
  );
  assert.throws(
    () => use(tensorFile(tensors.slice(0, -2), JSON_WITH_ENTROPY)),
    /there is no tensor entropy\.tones\.flags/,
  );
  use(tensorFile(tensors.slice(0, -2), { ...JSON_WITH_ENTROPY, model: plain }));
  for (const weight of [0, 65536, 1.5]) {
    const wrong = randomTensors(1);
    wrong.at(-1)!.values[50] = weight;
    assert.throws(
      () => use(tensorFile(wrong, JSON_WITH_ENTROPY)),
      /tones\.levels holds something else than integers from 1 to 65535/,
    );
  }
});

test('so are those of phases and pans, which only a model with several needs', () => {
  const use = (tensors: Tensor[], model: PacketConfig): unknown =>
    new EntropyModel(tensorFile(tensors, { ...JSON_WITH_ENTROPY, model })).coder(6);
  const tensors = randomTensors(1, withPlaces);
  use(tensors, withPlaces);
  use(tensors.slice(0, -2), withTones);
  use(tensors.slice(0, -2), { ...plain, tones: { ...tones, phases: 1, pans: 1 } });
  assert.throws(() => use(tensors.slice(0, -1), withPlaces), /there is no tensor .*tones\.pans/);
  assert.throws(() => use(tensors.slice(0, -2), withPlaces), /there is no tensor .*tones\.phases/);
  const other = (places: object): PacketConfig => ({ ...plain, tones: { ...tones, ...places } });
  for (const [places, words] of [
    [{ phases: 8, pans: 3 }, /tones\.phases has the shape 28, wanted 88/],
    [{ phases: 4, pans: 5 }, /tones\.pans has the shape 12, wanted 30/],
  ] as const)
    assert.throws(() => use(tensors, other(places)), words);
  tensors.at(-1)!.values[11] = 0;
  assert.throws(() => use(tensors, withPlaces), /tones\.pans holds something else than integers/);
});

test('so is that of levels of bands, which only their qualities need', () => {
  const use = (tensors: Tensor[], quality = 6): unknown =>
    new EntropyModel(tensorFile(tensors, { ...JSON_WITH_ENTROPY, model: withBoth })).coder(quality);
  const tensors = randomTensors(1, withBoth);
  use(tensors);
  use(tensors.slice(0, -1), 5);
  assert.throws(() => use(tensors.slice(0, -1)), /there is no tensor entropy\.bands\.levels/);
  const { name, values } = tensors.at(-1)!;
  const changed = (values: number[], shape = [values.length]): Tensor[] => [
    ...tensors.slice(0, -1),
    { name, shape, values },
  ];
  assert.throws(
    () => use(changed(values.slice(32))),
    /bands\.levels has the shape 3424, wanted 3456/,
  );
  assert.throws(() => use(changed(values, [108, 32])), /has the shape 108,32, wanted 3456/);
  for (const weight of [0, 65536, 1.5])
    assert.throws(
      () => use(changed(values.map((value, i) => (i === 1000 ? weight : value)))),
      /bands\.levels holds something else than integers from 1 to 65535/,
    );
});
