// The `.motet` stream of docs/FORMAT.md, version 0: pages to bytes and back, whatever the coding of
// their payload.
import { crc32 } from './crc32.js';
import {
  damaged,
  endsOf,
  readHeader,
  type StreamHead,
  type StreamPart,
  view,
  writeHeader,
} from './header.js';

export { isMotet, StreamFault, type StreamHead, type StreamPart } from './header.js';

const SYNC = [0x4d, 0xf5] as const;
const PAGE_HEADER = 14;
const END_PAGE = 1;
export const PACKETS_PER_PAGE = 128;
const MAX_SKIP = 65536; // packets that a page may be ahead

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

/**
 * Packets in pages, as most streams have them; the first is packet `first` of the stream. No page has
 * packets of two `parts`.
 */
export function pagesOf(
  packets: Uint8Array,
  packetBytes: number,
  first = 0,
  parts: readonly StreamPart[] = [],
): Page[] {
  const ends = endsOf(parts);
  const pages: Page[] = [];
  for (let at = 0; at < packets.length;) {
    const packet = first + at / packetBytes;
    const end = endAfter(ends, packet) ?? Infinity;
    const count = Math.min(PACKETS_PER_PAGE, end - packet);
    const payload = packets.subarray(at, at + count * packetBytes);
    pages.push({ packet, packets: payload.length / packetBytes, payload });
    at += payload.length;
  }
  return pages;
}

/** Where the part of that packet ends, if it is of one. */
const endAfter = (ends: readonly number[], packet: number): number | undefined =>
  ends.find((end) => end > packet);

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

/**
 * `packetsOf` says how many packets a complete stream of so many samples has. Without it nothing is
 * lost behind the last page, and a part may have more packets than it needs.
 */
export function unpackStream(bytes: Uint8Array, packetsOf?: (samples: number) => number): Unpacked {
  const { head, size, samples } = readHeader(bytes);
  const { parts, preSkip } = head;
  if (packetsOf && parts.some((part) => part.packets !== packetsOf(part.preSkip + part.samples)))
    throw damaged('a part has not as many packets as its samples');
  const ends = endsOf(parts);
  const whole = parts.length > 0 ? ends.at(-1) : undefined; // packets
  const pages: Page[] = [];
  const lost: LostPackets[] = [];
  let passed = 0;
  let length = samples;
  let complete = false;
  let at = size;
  while (at + PAGE_HEADER <= bytes.length && !complete) {
    const page = readPage(bytes, at, head, passed, ends);
    if (page === undefined) {
      ++at;
      continue;
    }
    if (page.index > passed) lost.push({ packet: passed, packets: page.index - passed });
    if (page.end) {
      complete = true;
      length ??= Number(view(page.payload).getBigUint64(0, true));
      if (preSkip + length > page.index * 1024) throw damaged('it contradicts itself');
      if (whole !== undefined && page.index !== whole)
        throw damaged(`${page.index} packets, and ${whole} of its parts`);
      passed = page.index;
    } else {
      pages.push({ packet: page.index, packets: page.count, payload: page.payload });
      passed = page.index + page.count;
    }
    at += page.size;
  }
  const wanted =
    length !== undefined && packetsOf ? (whole ?? packetsOf(preSkip + length)) : passed;
  if (passed < wanted) lost.push({ packet: passed, packets: wanted - passed });
  return { head: { ...head, samples: length ?? passed * 1024 }, pages, lost, complete };
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
  ends: readonly number[],
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
  if (!end && index + count > (endAfter(ends, index) ?? 0)) return undefined;
  const payload = bytes.subarray(at + PAGE_HEADER, at + PAGE_HEADER + length);
  if (payload.length < length) return undefined;
  if (fields.getUint32(at + 10, true) !== crc32(bytes.subarray(at, at + 10), payload))
    return undefined;
  return { end, count, index, payload, size: PAGE_HEADER + length };
}
