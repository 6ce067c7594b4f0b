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
  type StreamPart,
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
  parts: [],
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
  const cut = parts[2]!.subarray(0, parts[2]!.length - 22); // without the end page
  const lost = [{ packet: count, packets: packetsOf(samples + most) - count }];
  assert.deepEqual(unpackStream(cut, packetsOf).lost, lost);
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

/** The stream with something else in its header, of which the checksum holds. */
function withHeader(
  bytes: Uint8Array<ArrayBuffer>,
  change: (fields: DataView) => void,
): Uint8Array {
  const changed = bytes.slice();
  const fields = new DataView(changed.buffer);
  const size = fields.getUint32(12, true);
  change(fields);
  fields.setUint32(size - 4, crc32(changed.subarray(0, size - 4)), true);
  return changed;
}

test('a version, flag or coding that nobody knows yet is told from damage', () => {
  const bytes = packStream(pages, head, count);
  const changes: Array<(fields: DataView) => void> = [
    (fields) => fields.setUint16(8, 1, true),
    ...[2, 3, 5, 6, 8].map((flags) => (fields: DataView) => fields.setUint16(10, flags, true)),
    (fields) => fields.setUint8(22, 2),
  ];
  for (const change of changes)
    assert.throws(() => unpackStream(withHeader(bytes, change)), { code: 'newer-version' });
  const flipped = bytes.slice();
  flipped[10] = 2; // and the checksum does not hold
  assert.throws(() => unpackStream(flipped), { code: 'damaged' });
});

test('tags are well-formed, have keys and fill the header', () => {
  const bytes = packStream(pages, head, count);
  const end = bytes[12]! - 4;
  const changes: Array<(fields: DataView) => void> = [
    (fields) => fields.setUint8(52, 0xff), // of a key
    (fields) => fields.setUint8(end - 1, 0xff), // of a value
    (fields) => fields.setUint16(48, 1, true),
    (fields) => fields.setUint16(48, 3, true),
  ];
  for (const change of changes)
    assert.throws(() => unpackStream(withHeader(bytes, change)), { code: 'damaged' });
  const nameless = packStream(pages, { ...head, tags: [['', 'value']] }, count);
  assert.throws(() => unpackStream(nameless), { code: 'damaged' });
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

const parts: StreamPart[] = [
  { samples: 200 * 1024, packets: packetsOf(200 * 1024), preSkip: 0 },
  { samples: 1, packets: packetsOf(1 + 5000), preSkip: 5000 },
  { samples: 150 * 1024, packets: packetsOf(150 * 1024), preSkip: 0 },
];
const joined: StreamHead = { ...head, samples: 350 * 1024 + 1, parts };
const joinedCount = parts.reduce((sum, part) => sum + part.packets, 0);
const joinedPackets = packets.subarray(0, joinedCount * 14);
const joinedPages = pagesOf(joinedPackets, 14, 0, parts);
const [first, second] = [parts[0]!.packets, parts[0]!.packets + parts[1]!.packets]; // ends

test('a joined stream comes back as it went in', () => {
  const bytes = packStream(joinedPages, joined, joinedCount);
  assert.deepEqual(unpackStream(bytes, packetsOf), {
    head: joined,
    pages: joinedPages,
    lost: [],
    complete: true,
  });
  const fields = new DataView(bytes.buffer);
  assert.equal(fields.getUint16(10, true), 4);
  assert.equal(bytes.length, packStream(joinedPages, head, joinedCount).length + 4 + 3 * 16);
  assert.deepEqual(
    [50, 54, 62, 66, 70, 78, 82].map((at) => fields.getUint32(at, true)),
    [3, 200 * 1024, first, 0, 1, parts[1]!.packets, 5000],
  );
});

test('pages are cut where parts end, and all packets are in them', () => {
  assert.deepEqual(
    joinedPages.map((page) => [page.packet, page.packets]),
    [
      [0, 128],
      [128, first - 128],
      [first, second - first],
      [second, 128],
      [second + 128, joinedCount - second - 128],
    ],
  );
  assert.equal(
    Buffer.concat(joinedPages.map(({ payload }) => payload)).equals(joinedPackets),
    true,
  );
  const later = joinedPackets.subarray(first * 14);
  assert.deepEqual(pagesOf(later, 14, first, parts), joinedPages.slice(2));
});

/** A page of packets of the joined stream. */
const pageOf = (packet: number, packets: number): Page => ({
  packet,
  packets,
  payload: joinedPackets.slice(packet * 14, (packet + packets) * 14),
});

test('a page of two parts is not intact, nor is one of none', () => {
  const lostOf = (...pages: Page[]) => {
    const stream = unpackStream(packStream(pages, joined, joinedCount), packetsOf);
    assert.equal(stream.complete, true);
    return stream.lost;
  };
  const [begin, , middle, ...end] = joinedPages as [Page, Page, Page, ...Page[]];
  const held = pageOf(128, first - 128);
  assert.deepEqual(lostOf(begin, held, middle, ...end), []);
  assert.deepEqual(lostOf(begin, pageOf(128, first - 128 + 1), middle, ...end), [
    { packet: 128, packets: first - 128 },
  ]);
  assert.deepEqual(lostOf(begin, pageOf(first - 1, 20), ...end), [
    { packet: 128, packets: second - 128 },
  ]);
  const more = { ...pageOf(0, 1), packet: joinedCount };
  const beyond = { ...pageOf(0, 2), packet: joinedCount - 1 };
  assert.deepEqual(lostOf(...joinedPages, more), []);
  assert.deepEqual(lostOf(...joinedPages.slice(0, 4), beyond), [
    { packet: second + 128, packets: joinedCount - second - 128 },
  ]);
});

test('packets of several parts may be lost in a row', () => {
  const left = [joinedPages[0]!, joinedPages[4]!];
  const stream = unpackStream(packStream(left, joined, joinedCount), packetsOf);
  assert.deepEqual(stream.lost, [{ packet: 128, packets: second }]);
  assert.deepEqual(stream.pages, left);
});

test('a joined stream that ends early says so', () => {
  const bytes = packStream(joinedPages, joined, joinedCount);
  const cut = bytes.subarray(0, bytes.length - 100);
  const stream = unpackStream(cut, packetsOf);
  assert.equal(stream.complete, false);
  assert.deepEqual(stream.head, joined);
  assert.deepEqual(stream.lost, [{ packet: second + 128, packets: joinedCount - second - 128 }]);
  assert.deepEqual(unpackStream(cut).lost, [], 'where nobody knows the delay');
});

/** It is damaged, in the way that the message says. */
const refused = (bytes: Uint8Array, message: RegExp, known?: typeof packetsOf): void =>
  assert.throws(() => unpackStream(bytes, known), { code: 'damaged', message });

test('the end page has the packets of all parts', () => {
  for (const wrong of [joinedCount + 1, joinedCount + 65536])
    refused(packStream(joinedPages, joined, wrong), /of its parts/);
  refused(packStream(joinedPages.slice(0, 4), joined, joinedCount - 1), /of its parts/);
});

test('parts that contradict the stream are refused', () => {
  for (const more of [-1, 1, 2 ** 32])
    refused(
      packStream(joinedPages, { ...joined, samples: joined.samples + more }, joinedCount),
      /not its samples/,
    );
  const bytes = packStream(joinedPages, joined, joinedCount);
  const unknown = withHeader(bytes, (fields) => fields.setBigUint64(24, 2n ** 64n - 1n, true));
  refused(unknown, /not its samples/);
});

/** Of two parts, of which the header says what it likes, and no pages. */
const streamOf = (...parts: StreamPart[]): Uint8Array => {
  const samples = parts.reduce((sum, part) => sum + part.samples, 0);
  const packets = parts.reduce((sum, part) => sum + part.packets, 0);
  return packStream([], { ...joined, samples, parts }, Math.min(packets, 2 ** 32 - 1));
};

test('parts that contradict their own packets are refused', () => {
  const good = parts[0]!;
  const holds = { samples: 3 * 1024 - 700, packets: 3, preSkip: 700 };
  unpackStream(streamOf(good, holds));
  refused(streamOf(good, { ...holds, preSkip: 701 }), /cannot hold/);
  refused(streamOf(good, { ...holds, preSkip: 2 ** 32 - 1 }), /cannot hold/);
  refused(streamOf({ ...holds, samples: holds.samples + 1 }, good), /cannot hold/);
  refused(streamOf(good, { ...holds, samples: 2 ** 63 }), /cannot hold/);
  refused(streamOf(good, { ...holds, packets: 0 }), /cannot hold/);
  refused(streamOf(good, { ...holds, samples: 0 }), /without samples/);
  refused(streamOf(good, { samples: 0, packets: 0, preSkip: 0 }), /without samples/);
  // Where the delay is known, so is how many packets there are.
  for (const packets of [good.packets - 1, good.packets + 1]) {
    unpackStream(streamOf(good, { ...good, packets }));
    refused(streamOf(good, { ...good, packets }), /not as many packets/, packetsOf);
  }
});

test('all parts together have fewer than 2³² packets', () => {
  const part = { samples: 1, packets: 2 ** 31, preSkip: 0 };
  unpackStream(streamOf(part, { ...part, packets: 2 ** 31 - 1 }));
  refused(streamOf(part, part), /more packets/);
});

test('the table of parts has two at least, and is in the header', () => {
  const tags = [['a', 'tag!!']] as const; // with the checksum as long as a part
  const bytes = packStream(joinedPages, { ...joined, tags }, joinedCount);
  const withCount = (count: number) =>
    withHeader(bytes, (fields) => fields.setUint32(50, count, true));
  assert.deepEqual(unpackStream(withCount(3)).pages, joinedPages);
  for (const few of [0, 1]) refused(withCount(few), /^\d parts/);
  for (const many of [4, 2 ** 32 - 1]) refused(withCount(many), /parts fit/);
  const none = packStream(pages, { ...head, tags: [] }, count);
  refused(
    withHeader(none, (fields) => fields.setUint16(10, 4, true)),
    /no number of parts/,
  );
});

test('no byte of the header of a joined stream can change unnoticed', () => {
  const good = packStream(joinedPages, joined, joinedCount);
  for (let at = 0; at < good[12]!; ++at) {
    const bytes = good.slice();
    bytes[at]! ^= 1;
    assert.throws(() => unpackStream(bytes), { name: 'Error' }, `byte ${at}`);
  }
});
