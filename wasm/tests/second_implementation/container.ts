// The `.motet` stream of docs/FORMAT.md, version 0: pages to bytes and back, whatever the coding of
// their payload.
import { crc32 } from './crc32.js';

const MAGIC = Uint8Array.of(0x4d, 0x6f, 0x74, 0x65, 0x74, 0x0d, 0x0a, 0x1a);
const SYNC = [0x4d, 0xf5] as const;
const FIXED_HEADER = 50;
const PRE_SKIP = 1; // flag
const PRE_SKIP_BYTES = 4;
const PAGE_HEADER = 14;
const END_PAGE = 1;
const UNKNOWN_LENGTH = 0xffffffffffffffffn;
export const PACKETS_PER_PAGE = 128;
const MAX_SKIP = 65536; // packets that a page may be ahead

/** Of payloads: packets as they are, or entropy-coded. */
const CODINGS = ['fixed', 'entropy'] as const;
export type Coding = (typeof CODINGS)[number];

export interface StreamHead {
  sampleRate: number;
  channels: 1 | 2;
  quality: number;
  /** Before entropy coding. */
  packetBytes: number;
  coding: Coding;
  /** Per channel. */
  samples: number;
  /** Samples per channel that are dropped after the codec's delay. */
  preSkip: number;
  /** 16 hexadecimal digits. */
  modelIdentity: string;
  tags: ReadonlyArray<readonly [string, string]>;
}

export interface LostPackets {
  packet: number;
  packets: number;
}

/** Packets that come one after another. */
export interface Page {
  /** The first of them in the stream. */
  packet: number;
  packets: number;
  /** As many bytes as the packets have: they themselves. Fewer: they are entropy-coded. */
  payload: Uint8Array;
}

export interface Unpacked {
  head: StreamHead;
  /** In order; between them packets may be lost. */
  pages: Page[];
  lost: LostPackets[];
  /** False if the stream ended without its end page. */
  complete: boolean;
}

export function isMotet(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, at) => bytes[at] === byte);
}

/** Packets in pages, as most streams have them; the first is packet `first` of the stream. */
export function pagesOf(packets: Uint8Array, packetBytes: number, first = 0): Page[] {
  const pages: Page[] = [];
  const size = PACKETS_PER_PAGE * packetBytes;
  for (let at = 0; at < packets.length; at += size) {
    const payload = packets.subarray(at, at + size);
    pages.push({
      packet: first + at / packetBytes,
      packets: payload.length / packetBytes,
      payload,
    });
  }
  return pages;
}

/** `packets`: of the whole stream, with those that are in no page. */
export function packStream(
  pages: readonly Page[],
  head: StreamHead,
  packets: number,
): Uint8Array<ArrayBuffer> {
  const parts = [writeHeader(head)];
  for (const page of pages) parts.push(writePage(0, page.packets, page.packet, page.payload));
  const length = new Uint8Array(8);
  view(length).setBigUint64(0, BigInt(head.samples), true);
  parts.push(writePage(END_PAGE, 0, packets, length));
  return joinBytes(parts);
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
}

/** What ends the reading of a stream. */
export class StreamFault extends Error {
  constructor(
    readonly code: 'damaged' | 'newer-version',
    message: string,
  ) {
    super(message);
  }
}

const damaged = (message: string): StreamFault => new StreamFault('damaged', message);

/** `packetsOf` says how many packets a complete stream of so many samples has. */
export function unpackStream(bytes: Uint8Array, packetsOf: (samples: number) => number): Unpacked {
  const { head, size, samples } = readHeader(bytes);
  const pages: Page[] = [];
  const lost: LostPackets[] = [];
  let passed = 0;
  let length = samples;
  let complete = false;
  let at = size;
  while (at + PAGE_HEADER <= bytes.length && !complete) {
    const page = readPage(bytes, at, head, passed);
    if (page === undefined) {
      ++at;
      continue;
    }
    if (page.index > passed) lost.push({ packet: passed, packets: page.index - passed });
    if (page.end) {
      complete = true;
      length ??= Number(view(page.payload).getBigUint64(0, true));
      if (head.preSkip + length > page.index * 1024) throw damaged('it contradicts itself');
      passed = page.index;
    } else {
      pages.push({ packet: page.index, packets: page.count, payload: page.payload });
      passed = page.index + page.count;
    }
    at += page.size;
  }
  const wanted = length === undefined ? passed : packetsOf(length);
  if (passed < wanted) lost.push({ packet: passed, packets: wanted - passed });
  return { head: { ...head, samples: length ?? passed * 1024 }, pages, lost, complete };
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function writeHeader(head: StreamHead): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const tags = head.tags.map(
    ([key, value]) => [encoder.encode(key), encoder.encode(value)] as const,
  );
  const skips = head.preSkip > 0;
  const begin = FIXED_HEADER + (skips ? PRE_SKIP_BYTES : 0); // of the tags
  const size = tags.reduce((sum, [key, value]) => sum + 6 + key.length + value.length, begin + 4);
  const bytes = new Uint8Array(size);
  const fields = view(bytes);
  bytes.set(MAGIC);
  fields.setUint32(12, size, true);
  fields.setUint32(16, head.sampleRate, true);
  bytes[20] = head.channels;
  bytes[21] = head.quality;
  bytes[22] = CODINGS.indexOf(head.coding);
  bytes[23] = head.packetBytes;
  fields.setBigUint64(24, BigInt(head.samples), true);
  fields.setBigUint64(32, BigInt(`0x${head.modelIdentity}`), true);
  fields.setUint16(48, tags.length, true);
  if (skips) {
    fields.setUint16(10, PRE_SKIP, true);
    fields.setUint32(FIXED_HEADER, head.preSkip, true);
  }
  let at = begin;
  for (const [key, value] of tags) {
    fields.setUint16(at, key.length, true);
    bytes.set(key, at + 2);
    fields.setUint32(at + 2 + key.length, value.length, true);
    bytes.set(value, at + 6 + key.length);
    at += 6 + key.length + value.length;
  }
  fields.setUint32(size - 4, crc32(bytes.subarray(0, size - 4)), true);
  return bytes;
}

function writePage(
  flags: number,
  count: number,
  index: number,
  payload: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const page = new Uint8Array(PAGE_HEADER + payload.length);
  const fields = view(page);
  page.set(SYNC);
  page[2] = flags;
  page[3] = count;
  fields.setUint32(4, index, true);
  fields.setUint16(8, payload.length, true);
  page.set(payload, PAGE_HEADER);
  fields.setUint32(10, crc32(page.subarray(0, 10), payload), true);
  return page;
}

function readHeader(bytes: Uint8Array): {
  head: StreamHead;
  size: number;
  samples: number | undefined;
} {
  if (!isMotet(bytes)) throw damaged('its magic is another');
  if (bytes.length < FIXED_HEADER + 4) throw damaged('it ends inside its header');
  const fields = view(bytes);
  const coding = CODINGS[bytes[22]!];
  const flags = fields.getUint16(10, true);
  if (fields.getUint16(8, true) !== 0 || flags > PRE_SKIP || coding === undefined) {
    throw new StreamFault('newer-version', 'a version, flag or coding that nobody knows yet');
  }
  const size = fields.getUint32(12, true);
  if (size < FIXED_HEADER + 4 || size > Math.min(bytes.length, 1 << 20))
    throw damaged(`header of ${size} bytes`);
  if (fields.getUint32(size - 4, true) !== crc32(bytes.subarray(0, size - 4))) {
    throw damaged('the checksum of the header does not hold');
  }
  const [channels, quality, packetBytes] = [bytes[20]!, bytes[21]!, bytes[23]!];
  if (channels < 1 || channels > 2) throw damaged(`${channels} channels`);
  if (quality < 1 || quality > 12) throw damaged(`quality ${quality}`);
  if (packetBytes < 1) throw damaged('packets of no bytes');
  const length = fields.getBigUint64(24, true);
  const samples = length === UNKNOWN_LENGTH ? undefined : Number(length);
  const tags: Array<[string, string]> = [];
  const decoder = new TextDecoder();
  const skips = flags === PRE_SKIP;
  if (skips && size < FIXED_HEADER + PRE_SKIP_BYTES + 4) throw damaged('no pre-skip fits');
  let at = FIXED_HEADER + (skips ? PRE_SKIP_BYTES : 0);
  for (let left = fields.getUint16(48, true); left > 0; --left) {
    if (at + 6 > size - 4) throw damaged('a tag does not fit');
    const keyEnd = at + 2 + fields.getUint16(at, true);
    if (keyEnd + 4 > size - 4) throw damaged('a tag does not fit');
    const end = keyEnd + 4 + fields.getUint32(keyEnd, true);
    if (end > size - 4) throw damaged('a tag does not fit');
    tags.push([
      decoder.decode(bytes.subarray(at + 2, keyEnd)),
      decoder.decode(bytes.subarray(keyEnd + 4, end)),
    ]);
    at = end;
  }
  return {
    head: {
      sampleRate: fields.getUint32(16, true),
      channels: channels as 1 | 2,
      quality,
      packetBytes,
      coding,
      samples: samples ?? 0,
      preSkip: skips ? fields.getUint32(FIXED_HEADER, true) : 0,
      modelIdentity: fields.getBigUint64(32, true).toString(16).padStart(16, '0'),
      tags,
    },
    size,
    samples,
  };
}

interface PageAt {
  end: boolean;
  count: number;
  index: number;
  payload: Uint8Array;
  size: number;
}

/** The page at `at`, if an intact one begins there. */
function readPage(
  bytes: Uint8Array,
  at: number,
  { packetBytes, coding }: StreamHead,
  passed: number,
): PageAt | undefined {
  if (bytes[at] !== SYNC[0] || bytes[at + 1] !== SYNC[1] || bytes[at + 2]! > END_PAGE)
    return undefined;
  const fields = view(bytes);
  const end = bytes[at + 2] === END_PAGE;
  const count = bytes[at + 3]!;
  const index = fields.getUint32(at + 4, true);
  const length = fields.getUint16(at + 8, true);
  const most = count * packetBytes;
  const least = coding === 'fixed' ? most : 1;
  if (end ? count !== 0 || length !== 8 : count === 0 || length < least || length > most)
    return undefined;
  if (index < passed || index > passed + MAX_SKIP) return undefined;
  const payload = bytes.subarray(at + PAGE_HEADER, at + PAGE_HEADER + length);
  if (payload.length < length) return undefined;
  if (fields.getUint32(at + 10, true) !== crc32(bytes.subarray(at, at + 10), payload))
    return undefined;
  return { end, count, index, payload, size: PAGE_HEADER + length };
}
