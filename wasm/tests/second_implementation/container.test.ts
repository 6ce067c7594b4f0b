// The container of the second implementation against docs/FORMAT.md.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from './crc32.js';
import {
  isMotet,
  type Page,
  packStream,
  pagesOf,
  unpackStream,
  type StreamHead,
} from './container.js';

const packetsOf = (samples: number): number => Math.ceil((samples + 2304) / 1024);
const samples = 400 * 1024;
const head: StreamHead = {
  sampleRate: 44100,
  channels: 2,
  quality: 6,
  packetBytes: 14,
  coding: 'fixed',
  samples,
  preSkip: 0,
  modelIdentity: '00a51c02f29a883a',
  tags: [
    ['title', 'Frère Jacques'],
    ['title', 'again'],
  ],
};
const count = packetsOf(samples);
const packets = Uint8Array.from({ length: count * 14 }, (_, i) => (i * 37) & 255);
const pages = pagesOf(packets, 14);

test('CRC32 is the one of zlib and PNG', () => {
  assert.equal(crc32(new TextEncoder().encode('123456789')), 0xcbf43926);
  assert.equal(
    crc32(new TextEncoder().encode('1234'), new TextEncoder().encode('56789')),
    0xcbf43926,
  );
});

test('a stream comes back as it went in', () => {
  const bytes = packStream(pages, head, count);
  assert.equal(isMotet(bytes), true);
  const stream = unpackStream(bytes, packetsOf);
  assert.deepEqual(stream.head, head);
  assert.deepEqual(stream.pages, pages);
  assert.deepEqual(stream.lost, []);
  assert.equal(stream.complete, true);
});

test('a pre-skip is in the header of the streams that have one', () => {
  const most = count * 1024 - samples;
  const parts = [0, 1, most].map((preSkip) => packStream(pages, { ...head, preSkip }, count));
  assert.deepEqual(
    parts.map((bytes) => unpackStream(bytes, packetsOf).head.preSkip),
    [0, 1, most],
  );
  assert.equal(parts[1]!.length, parts[0]!.length + 4);
});

test('packets that cannot hold the pre-skip and the samples contradict them', () => {
  for (const preSkip of [count * 1024 - samples + 1, 2 ** 32 - 1])
    assert.throws(() => unpackStream(packStream(pages, { ...head, preSkip }, count), packetsOf), {
      code: 'damaged',
    });
});

test('pages are of 128 packets, and all packets are in them', () => {
  assert.deepEqual(
    pages.map((page) => [page.packet, page.packets]),
    [
      [0, 128],
      [128, 128],
      [256, 128],
      [384, count - 384],
    ],
  );
  assert.deepEqual(pagesOf(packets.subarray(128 * 14), 14, 128), pages.slice(1));
  assert.equal(Buffer.concat(pages.map(({ payload }) => payload)).equals(packets), true);
});

test('an entropy-coded page has as many bytes as its packets at most, and one at least', () => {
  const entropy: StreamHead = { ...head, coding: 'entropy' };
  const withFirst = (bytes: number): Page[] => [
    { ...pages[0]!, payload: new Uint8Array(bytes).fill(1) },
    ...pages.slice(1),
  ];
  for (const bytes of [1, 700, 128 * 14]) {
    const stream = unpackStream(packStream(withFirst(bytes), entropy, count), packetsOf);
    assert.deepEqual(stream.head, entropy);
    assert.deepEqual(stream.pages, withFirst(bytes));
    assert.deepEqual(stream.lost, []);
  }
  const lost = [{ packet: 0, packets: 128 }];
  for (const bytes of [0, 128 * 14 + 1]) {
    const stream = unpackStream(packStream(withFirst(bytes), entropy, count), packetsOf);
    assert.deepEqual(stream.lost, lost, `${bytes} bytes`);
  }
  const fixed = unpackStream(packStream(withFirst(700), head, count), packetsOf);
  assert.deepEqual(fixed.lost, lost, 'packets of fixed width are all there');
});

test('a coding that nobody knows yet is told from damage', () => {
  const bytes = packStream(pages, head, count);
  bytes[22] = 2;
  const size = bytes[12]!;
  new DataView(bytes.buffer).setUint32(size - 4, crc32(bytes.subarray(0, size - 4)), true);
  assert.throws(() => unpackStream(bytes, packetsOf), { code: 'newer-version' });
});

test('a page that does not hold is lost, and the rest is not', () => {
  const bytes = packStream(pages, head, count);
  const header = bytes[12]!;
  bytes[header + 14 + 128 * 14 + 40]! ^= 1; // inside the second page
  const stream = unpackStream(bytes, packetsOf);
  assert.deepEqual(stream.lost, [{ packet: 128, packets: 128 }]);
  assert.deepEqual(stream.pages, [pages[0], pages[2], pages[3]]);
  assert.equal(stream.complete, true);
});

test('lost packets stay lost when a stream is packed again', () => {
  const left = [...pagesOf(packets.subarray(0, 100 * 14), 14), pages[2]!];
  const stream = unpackStream(packStream(left, head, count), packetsOf);
  assert.deepEqual(stream.lost, [
    { packet: 100, packets: 156 },
    { packet: 384, packets: count - 384 },
  ]);
});

test('a stream that ends early says so', () => {
  const bytes = packStream(pages, head, count);
  const stream = unpackStream(bytes.subarray(0, bytes.length - 100), packetsOf);
  assert.equal(stream.complete, false);
  assert.deepEqual(stream.lost, [{ packet: 384, packets: packetsOf(samples) - 384 }]);
});

test('no byte of the header can change unnoticed', () => {
  const good = packStream(pages, head, count);
  for (let at = 0; at < good[12]!; ++at) {
    const bytes = good.slice();
    bytes[at]! ^= 1;
    assert.throws(() => unpackStream(bytes, packetsOf), Error, `byte ${at}`);
  }
});
