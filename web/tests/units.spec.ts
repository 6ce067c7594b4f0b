// Parts that need no page: the stream container against docs/FORMAT.md, the statistics, the mixdown.
import { expect, test } from '@playwright/test';
import { AbxTest, guessingProbability } from '../src/listening/abx';
import { agreement } from '../src/engine/near-ties';
import { crc32 } from '../src/stream/crc32';
import {
  isMotet,
  type Page,
  packStream,
  pagesOf,
  unpackStream,
  type StreamHead,
} from '../src/stream/container';

const packetsOf = (samples: number): number => Math.ceil((samples + 2304) / 1024);
const samples = 400 * 1024;
const head: StreamHead = {
  sampleRate: 44100,
  channels: 2,
  quality: 6,
  packetBytes: 14,
  coding: 'fixed',
  samples,
  modelIdentity: '00a51c02f29a883a',
  tags: [
    ['title', 'Frère Jacques'],
    ['title', 'again'],
  ],
};
const count = packetsOf(samples);
const packets = Uint8Array.from({ length: count * 14 }, (_, i) => (i * 37) & 255);
const pages = pagesOf(packets, 14);

test('codes that differ are near ties only where a hundred-thousandth of gain changes the whole packet', async () => {
  const [tie, deep, far] = [2, 5, 9]; // packets of four codes
  const first = new Uint8Array(40).fill(7);
  const second = first.slice();
  second[4 * tie + 1] = 8;
  second[4 * deep] = second[4 * deep + 3] = 9;
  second[4 * far + 2] = 1;
  const gains: number[] = [];
  const encodeAt = async (gain: number): Promise<Uint8Array> => {
    gains.push(gain);
    const packets = first.slice();
    if (gain > 1) packets[4 * tie + 1] = 8;
    if (gain < 1 - 5e-6) packets[4 * deep] = packets[4 * deep + 3] = 9;
    packets[4 * far + 2] = 3; // another code still, whatever the gain
    return packets;
  };
  expect(await agreement(first, second, 4, encodeAt)).toEqual({
    codes: 40,
    equalCodes: 36,
    nearTies: 3,
  });
  for (const gain of gains) expect(Math.abs(gain - 1)).toBeLessThan(1.01e-5);

  gains.length = 0;
  await agreement(first, first.slice(), 4, encodeAt);
  expect(gains, 'equal packets need no second look').toEqual([]);
  const short = await agreement(first, first.subarray(0, 36), 4, encodeAt);
  expect(short).toEqual({ codes: 40, equalCodes: 36, nearTies: 0 });
});

test('CRC32 is the one of zlib and PNG', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  expect(crc32(new TextEncoder().encode('1234'), new TextEncoder().encode('56789'))).toBe(
    0xcbf43926,
  );
});

test('a stream comes back as it went in', () => {
  const bytes = packStream(pages, head, count);
  expect(isMotet(bytes)).toBe(true);
  const stream = unpackStream(bytes, packetsOf);
  expect(stream.head).toEqual(head);
  expect(stream.pages).toEqual(pages);
  expect(stream.lost).toEqual([]);
  expect(stream.complete).toBe(true);
});

test('pages are of 128 packets, and all packets are in them', () => {
  expect(pages.map((page) => [page.packet, page.packets])).toEqual([
    [0, 128],
    [128, 128],
    [256, 128],
    [384, count - 384],
  ]);
  expect(pagesOf(packets.subarray(128 * 14), 14, 128)).toEqual(pages.slice(1));
  expect(Buffer.concat(pages.map(({ payload }) => payload)).equals(packets)).toBe(true);
});

test('an entropy-coded page has as many bytes as its packets at most, and one at least', () => {
  const entropy: StreamHead = { ...head, coding: 'entropy' };
  const withFirst = (bytes: number): Page[] => [
    { ...pages[0]!, payload: new Uint8Array(bytes).fill(1) },
    ...pages.slice(1),
  ];
  for (const bytes of [1, 700, 128 * 14]) {
    const stream = unpackStream(packStream(withFirst(bytes), entropy, count), packetsOf);
    expect(stream.head).toEqual(entropy);
    expect(stream.pages).toEqual(withFirst(bytes));
    expect(stream.lost).toEqual([]);
  }
  const lost = [{ packet: 0, packets: 128 }];
  for (const bytes of [0, 128 * 14 + 1]) {
    const stream = unpackStream(packStream(withFirst(bytes), entropy, count), packetsOf);
    expect(stream.lost, `${bytes} bytes`).toEqual(lost);
  }
  const fixed = unpackStream(packStream(withFirst(700), head, count), packetsOf);
  expect(fixed.lost, 'packets of fixed width are all there').toEqual(lost);
});

test('a coding that nobody knows yet is told from damage', () => {
  const bytes = packStream(pages, head, count);
  bytes[22] = 2;
  const size = bytes[12]!;
  new DataView(bytes.buffer).setUint32(size - 4, crc32(bytes.subarray(0, size - 4)), true);
  expect(() => unpackStream(bytes, packetsOf)).toThrow(
    /of a kind that the ONNX engine cannot read/,
  );
});

test('a page that does not hold is lost, and the rest is not', () => {
  const bytes = packStream(pages, head, count);
  const header = bytes[12]!;
  bytes[header + 14 + 128 * 14 + 40]! ^= 1; // inside the second page
  const stream = unpackStream(bytes, packetsOf);
  expect(stream.lost).toEqual([{ packet: 128, packets: 128 }]);
  expect(stream.pages).toEqual([pages[0], pages[2], pages[3]]);
  expect(stream.complete).toBe(true);
});

test('lost packets stay lost when a stream is packed again', () => {
  const left = [...pagesOf(packets.subarray(0, 100 * 14), 14), pages[2]!];
  const stream = unpackStream(packStream(left, head, count), packetsOf);
  expect(stream.lost).toEqual([
    { packet: 100, packets: 156 },
    { packet: 384, packets: count - 384 },
  ]);
});

test('a stream that ends early says so', () => {
  const bytes = packStream(pages, head, count);
  const stream = unpackStream(bytes.subarray(0, bytes.length - 100), packetsOf);
  expect(stream.complete).toBe(false);
  expect(stream.lost).toEqual([{ packet: 384, packets: packetsOf(samples) - 384 }]);
});

test('no byte of the header can change unnoticed', () => {
  const good = packStream(pages, head, count);
  for (let at = 0; at < good[12]!; ++at) {
    const bytes = good.slice();
    bytes[at]! ^= 1;
    expect(() => unpackStream(bytes, packetsOf), `byte ${at}`).toThrow();
  }
});

test('the p-value of a blind test is the binomial one', () => {
  expect(guessingProbability(0, 0)).toBe(1);
  expect(guessingProbability(5, 10)).toBeCloseTo(638 / 1024, 12);
  expect(guessingProbability(9, 10)).toBeCloseTo(11 / 1024, 12);
  expect(guessingProbability(16, 16)).toBeCloseTo(1 / 65536, 12);
});

test('a blind test draws both sides, and counts the right answers', () => {
  const abx = new AbxTest();
  for (let i = 0; i < 64; ++i) abx.answer('A');
  expect(new Set(abx.trials.map(({ x }) => x)).size, 'A and B both come').toBe(2);
  expect(abx.correct).toBe(abx.trials.filter(({ x }) => x === 'A').length);
});
