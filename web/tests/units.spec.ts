// Parts that need no page: the stream container against docs/FORMAT.md, the statistics, the mixdown.
import { expect, test } from '@playwright/test';
import { AbxTest, guessingProbability } from '../src/listening/abx';
import { agreement } from '../src/engine/near-ties';
import { crc32 } from '../src/stream/crc32';
import { isMotet, packStream, unpackStream, type StreamHead } from '../src/stream/container';

const packetsOf = (samples: number): number => Math.ceil((samples + 2304) / 1024);
const samples = 400 * 1024;
const head: StreamHead = {
  sampleRate: 44100,
  channels: 2,
  quality: 6,
  packetBytes: 14,
  samples,
  modelIdentity: '00a51c02f29a883a',
  tags: [
    ['title', 'Frère Jacques'],
    ['title', 'again'],
  ],
};
const packets = Uint8Array.from({ length: packetsOf(samples) * 14 }, (_, i) => (i * 37) & 255);

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
  const bytes = packStream(packets, head);
  expect(isMotet(bytes)).toBe(true);
  const stream = unpackStream(bytes, packetsOf);
  expect(stream.head).toEqual(head);
  expect(stream.packets).toEqual(packets);
  expect(stream.lost).toEqual([]);
  expect(stream.complete).toBe(true);
});

test('a page that does not hold is lost, and the rest is not', () => {
  const bytes = packStream(packets, head);
  const header = bytes[12]!;
  bytes[header + 14 + 128 * 14 + 40]! ^= 1; // inside the second page
  const stream = unpackStream(bytes, packetsOf);
  expect(stream.lost).toEqual([{ packet: 128, packets: 128 }]);
  expect(stream.packets.subarray(256 * 14)).toEqual(packets.subarray(256 * 14));
  expect(stream.complete).toBe(true);
});

test('lost packets stay lost when a stream is packed again', () => {
  const lost = [{ packet: 100, packets: 30 }];
  expect(unpackStream(packStream(packets, head, lost), packetsOf).lost).toEqual(lost);
});

test('a stream that ends early says so', () => {
  const bytes = packStream(packets, head);
  const stream = unpackStream(bytes.subarray(0, bytes.length - 100), packetsOf);
  expect(stream.complete).toBe(false);
  expect(stream.lost).toEqual([{ packet: 384, packets: packetsOf(samples) - 384 }]);
});

test('no byte of the header can change unnoticed', () => {
  const good = packStream(packets, head);
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
