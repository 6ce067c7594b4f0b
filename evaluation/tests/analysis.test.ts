// Tests what the analysis promises: intervals that hold the truth as often as they say, the sign test
// against its formula, entropies of sources whose entropy is known.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { bootstrap, quantile } from '../src/analysis/bootstrap';
import { codesOf, type Ladder, ladderOf, packetsOf, statisticsOf } from '../src/analysis/codes';
import { goodness, METRICS } from '../src/analysis/metrics';
import { random } from '../src/analysis/random';
import { signTest } from '../src/analysis/sign-test';

/** Of a normal distribution (Box and Muller). */
const normal = (next: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());

test('a 95 % interval holds the mean of the distribution about 95 times of 100', () => {
  const next = random(7);
  let held = 0;
  for (let i = 0; i < 300; ++i) {
    const values = Array.from({ length: 40 }, () => 3 + normal(next));
    const { low, high } = bootstrap(values, 400)!;
    if (low <= 3 && 3 <= high) ++held;
  }
  assert.ok(held >= 270 && held <= 297, `${held} of 300`);
});

test('an interval is as wide as the theory of large samples says', () => {
  const next = random(8);
  const values = Array.from({ length: 400 }, () => normal(next));
  const { mean, low, high } = bootstrap(values)!;
  const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
  const theory = (2 * 1.96 * deviation) / Math.sqrt(values.length);
  assert.ok(Math.abs(high - low - theory) < 0.1 * theory, `${high - low}, theory ${theory}`);
});

test('what is not there does not count, and nothing has no interval', () => {
  assert.deepEqual(bootstrap([2, null, 2, undefined]), { mean: 2, low: 2, high: 2, count: 2 });
  assert.equal(bootstrap([null]), undefined);
  assert.deepEqual(bootstrap([1, 2, 3]), bootstrap([1, 2, 3]), 'the same in every run');
});

test('a quantile lies between its neighbours in proportion', () => {
  assert.equal(quantile([10, 20, 30], 0.5), 20);
  assert.equal(quantile([10, 20], 0.25), 12.5);
});

// scipy.stats.binomtest(wins, wins + losses).pvalue
test('the sign test gives the exact probabilities of the binomial distribution', () => {
  const series = (wins: number, losses: number, ties: number): number[] => [
    ...Array.from({ length: wins }, () => 1),
    ...Array.from({ length: losses }, () => -1),
    ...Array.from({ length: ties }, () => 0),
  ];
  const close = (p: number, wanted: number): void =>
    assert.ok(Math.abs(p - wanted) < 1e-9, `${p}, wanted ${wanted}`);
  close(signTest(series(10, 0, 0)).p, 0.001953125);
  close(signTest(series(30, 14, 3)).p, 0.022628841205914796);
  close(signTest(series(5, 5, 1)).p, 1);
  close(signTest([]).p, 1);
  const { wins, losses, ties } = signTest(series(30, 14, 3));
  assert.deepEqual([wins, losses, ties], [30, 14, 3]);
});

test('codes drawn evenly have all entries as perplexity, and nothing to save', () => {
  const next = random(1);
  const codes = Uint8Array.from({ length: 60_000 }, () => Math.floor(next() * 256));
  const { entropy, perplexity, conditional, unused } = statisticsOf('x', [codes], 256);
  assert.ok(entropy > 7.99 && perplexity > 254, String(perplexity));
  assert.ok(Math.abs(conditional - 8) < 0.08, String(conditional));
  assert.equal(unused, 0);
});

// Stays with probability 3/4, else goes to one of 16 at random: H = h(3/4 + 1/64) + (15/64) log2 15.
test('the conditional entropy is that of the Markov chain, the other that of its even distribution', () => {
  const next = random(2);
  let state = 0;
  const codes = Uint8Array.from({ length: 200_000 }, () => {
    if (next() >= 0.75) state = Math.floor(next() * 16);
    return state;
  });
  const stay = 0.75 + 0.25 / 16;
  const truth =
    -stay * Math.log2(stay) - (1 - stay) * Math.log2(1 - stay) + (1 - stay) * Math.log2(15);
  const { entropy, conditional, unused } = statisticsOf('x', [codes], 256);
  assert.ok(Math.abs(entropy - 4) < 0.01, String(entropy));
  assert.ok(Math.abs(conditional - truth) < 0.02, `${conditional}, theory ${truth}`);
  assert.equal(unused, 240);
});

const quantizer = { per_level: 4, context: 2, entries: 256 };
/** In the shipped model's order. */
const ORDER = [
  ...['coarse.0', 'coarse.1', 'mid.0', 'mid.1', 'fine.0', 'fine.1'],
  ...['coarse.2', 'coarse.3', 'mid.2', 'mid.3', 'fine.2', 'fine.3'],
];

/** Of a file that has a configuration alone. */
function ladderOfConfig(model: object): Ladder {
  const folder = mkdtempSync(join(tmpdir(), 'motet-'));
  const file = join(folder, 'model');
  const json = JSON.stringify({ model });
  const head = Buffer.alloc(64);
  head.write('MOTETMDL');
  head.writeUInt32LE(json.length, 12);
  writeFileSync(file, Buffer.concat([head, Buffer.from(json)]));
  try {
    return ladderOf(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const offsetsOf = ({ quantizers }: Ladder, name: string): number[] =>
  quantizers.find((each) => each.name === name)!.offsets;

test('every byte of a packet of the shipped model is a code of one quantizer, or of the tones or the levels of bands', () => {
  const { qualities, quantizers, entries } = ladderOf('../models/motet.motetmodel');
  assert.equal(entries, 256);
  assert.equal(qualities, 12);
  assert.deepEqual(
    quantizers.map(({ name }) => name),
    ORDER,
  );
  const codes = quantizers.flatMap(({ offsets }) => offsets).sort((a, b) => a - b);
  const beforeTones = Array.from({ length: 14 }, (_, i) => i);
  const behind = beforeTones.map((i) => 14 + 36 + 24 + i);
  assert.deepEqual(codes, [...beforeTones, ...behind]);
});

test('each quality adds a quantizer, and codes are taken from packets in the order of time', () => {
  const { qualities, quantizers } = ladderOfConfig({ quantizer });
  assert.equal(qualities, 12);
  let offset = 0;
  for (const { name, offsets } of quantizers) {
    const frames = { coarse: 1, mid: 2, fine: 4 }[name.split('.')[0]!]!;
    assert.deepEqual(
      offsets,
      Array.from({ length: frames }, () => offset++),
      name,
    );
  }
  const packets = Uint8Array.from({ length: 56 }, (_, i) => i);
  assert.deepEqual([...codesOf(packets, 28, quantizers[2]!)], [2, 3, 30, 31]);
});

test('a model says its own ladder: of each quality a quantizer, several, or every other frame of one', () => {
  const ladder = [
    ...ORDER.slice(0, 6),
    ...['coarse.2, coarse.3', 'mid.2 odd', 'fine.2 even, mid.2 even', 'fine.2 odd, fine.3'],
    'mid.3',
  ];
  const own = ladderOfConfig({ quantizer, ladder, bands: { edges: [1, 2, 3], from_quality: 7 } });
  assert.equal(own.qualities, 11);
  assert.deepEqual(
    own.quantizers.map(({ name }) => name),
    ORDER,
  );
  assert.deepEqual(offsetsOf(own, 'fine.1'), [10, 11, 12, 13]);
  assert.deepEqual(offsetsOf(own, 'coarse.3'), [15]);
  assert.deepEqual(offsetsOf(own, 'mid.2'), [21, 18]); // behind two bands
  assert.deepEqual(offsetsOf(own, 'fine.2'), [19, 22, 20, 23]);
  assert.deepEqual(offsetsOf(own, 'fine.3'), [24, 25, 26, 27]);
  assert.deepEqual(offsetsOf(own, 'mid.3'), [28, 29]);
  const packets = Uint8Array.from({ length: 60 }, (_, i) => i);
  const fine = own.quantizers[10]!;
  assert.deepEqual([...codesOf(packets, 30, fine)], [19, 22, 20, 23, 49, 52, 50, 53]);
  assert.deepEqual(ladderOfConfig({ quantizer, ladder: ORDER }), ladderOfConfig({ quantizer }));
});

test('tones take two bytes each in a packet, three where they have several phases or pans, and a band one', () => {
  const lastOffset = (tones?: object, bands?: object): number =>
    offsetsOf(ladderOfConfig({ quantizer, tones, bands }), 'fine.3')[0]!;
  const tones = { count: 8, from_quality: 6 };
  assert.equal(lastOffset(), 24);
  assert.equal(lastOffset(tones), 24 + 16);
  assert.equal(lastOffset({ ...tones, phases: 1, pans: 1 }), 24 + 16);
  for (const places of [{ phases: 8, pans: 5 }, { phases: 8 }, { pans: 5 }])
    assert.equal(lastOffset({ ...tones, ...places }), 24 + 24);
  const bands = { edges: [10, 12, 15, 20], from_quality: 7 };
  assert.equal(lastOffset(undefined, bands), 24 + 3);
  assert.equal(lastOffset(tones, bands), 24 + 16 + 3);
});

test('what is no stream of fixed-width codes is refused', () => {
  assert.throws(() => packetsOf(new Uint8Array(60)), /does not begin with "Motet"/);
  const stream = new Uint8Array(60);
  stream.set(Buffer.from('Motet'));
  stream[22] = 1;
  assert.throws(() => packetsOf(stream), /coding 1, wanted 0/);
});

test('every metric says which way is better', () => {
  assert.equal(new Set(METRICS.map(({ key }) => key)).size, METRICS.length);
  assert.ok(goodness('low', 1) > goodness('low', 2));
  assert.ok(goodness('high', 2) > goodness('high', 1));
  assert.ok(goodness('zero', -0.5) > goodness('zero', 1));
});
