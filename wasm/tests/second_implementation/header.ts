// The header of the `.motet` stream of docs/FORMAT.md, version 0: to bytes and back.
import { crc32 } from './crc32.js';

const MAGIC = Uint8Array.of(0x4d, 0x6f, 0x74, 0x65, 0x74, 0x0d, 0x0a, 0x1a);
const FIXED_HEADER = 50;
const PRE_SKIP = 1; // flags, of which a stream has one at most
const JOINED = 4;
const PRE_SKIP_BYTES = 4;
const PART_COUNT_BYTES = 4;
const PART_BYTES = 16;
const UNKNOWN_LENGTH = 0xffffffffffffffffn;

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
  /** Samples per channel that are dropped after the codec's delay; 0 if joined. */
  preSkip: number;
  /** 16 hexadecimal digits. */
  modelIdentity: string;
  tags: ReadonlyArray<readonly [string, string]>;
  /** Of a joined stream two or more, otherwise none. */
  parts: readonly StreamPart[];
}

export interface StreamPart {
  /** Per channel. */
  samples: number;
  packets: number;
  preSkip: number;
}

export function isMotet(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, at) => bytes[at] === byte);
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

export const damaged = (message: string): StreamFault => new StreamFault('damaged', message);
const newer = (what: string): StreamFault =>
  new StreamFault('newer-version', `a ${what} that nobody knows yet`);

export function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function writeHeader(head: StreamHead): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const tags = head.tags.map(
    ([key, value]) => [encoder.encode(key), encoder.encode(value)] as const,
  );
  const joined = head.parts.length > 1;
  const skips = !joined && head.preSkip > 0;
  let begin = FIXED_HEADER; // of the tags
  if (skips) begin += PRE_SKIP_BYTES;
  if (joined) begin += PART_COUNT_BYTES + head.parts.length * PART_BYTES;
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
  if (joined) {
    fields.setUint16(10, JOINED, true);
    fields.setUint32(FIXED_HEADER, head.parts.length, true);
    head.parts.forEach(({ samples, packets, preSkip }, part) => {
      const entry = FIXED_HEADER + PART_COUNT_BYTES + part * PART_BYTES;
      fields.setBigUint64(entry, BigInt(samples), true);
      fields.setUint32(entry + 8, packets, true);
      fields.setUint32(entry + 12, preSkip, true);
    });
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

export function readHeader(bytes: Uint8Array): {
  head: StreamHead;
  size: number;
  samples: number | undefined;
} {
  if (!isMotet(bytes)) throw damaged('its magic is another');
  if (bytes.length < FIXED_HEADER + 4) throw damaged('it ends inside its header');
  const fields = view(bytes);
  if (fields.getUint16(8, true) !== 0) throw newer('version');
  const size = fields.getUint32(12, true);
  if (size < FIXED_HEADER + 4 || size > Math.min(bytes.length, 1 << 20))
    throw damaged(`header of ${size} bytes`);
  if (fields.getUint32(size - 4, true) !== crc32(bytes.subarray(0, size - 4))) {
    throw damaged('the checksum of the header does not hold');
  }
  const flags = fields.getUint16(10, true);
  if (flags !== 0 && flags !== PRE_SKIP && flags !== JOINED) throw newer('flag');
  const coding = CODINGS[bytes[22]!];
  if (coding === undefined) throw newer('coding');
  const [channels, quality, packetBytes] = [bytes[20]!, bytes[21]!, bytes[23]!];
  if (channels < 1 || channels > 2) throw damaged(`${channels} channels`);
  if (quality < 1 || quality > 12) throw damaged(`quality ${quality}`);
  if (packetBytes < 1) throw damaged('packets of no bytes');
  const length = fields.getBigUint64(24, true);
  const samples = length === UNKNOWN_LENGTH ? undefined : Number(length);
  const skips = flags === PRE_SKIP;
  if (skips && size < FIXED_HEADER + PRE_SKIP_BYTES + 4) throw damaged('no pre-skip fits');
  const parts = flags === JOINED ? readParts(fields, size) : [];
  const tags: Array<[string, string]> = [];
  let at = FIXED_HEADER;
  if (skips) at += PRE_SKIP_BYTES;
  if (flags === JOINED) at += PART_COUNT_BYTES + parts.length * PART_BYTES;
  for (let left = fields.getUint16(48, true); left > 0; --left) {
    if (at + 6 > size - 4) throw damaged('a tag does not fit');
    const keyEnd = at + 2 + fields.getUint16(at, true);
    if (keyEnd + 4 > size - 4) throw damaged('a tag does not fit');
    const end = keyEnd + 4 + fields.getUint32(keyEnd, true);
    if (end > size - 4) throw damaged('a tag does not fit');
    if (keyEnd === at + 2) throw damaged('a tag without a key');
    tags.push([
      readText(bytes.subarray(at + 2, keyEnd)),
      readText(bytes.subarray(keyEnd + 4, end)),
    ]);
    at = end;
  }
  if (at !== size - 4) throw damaged('more behind its tags');
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
      parts,
    },
    size,
    samples,
  };
}

function readText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw damaged('a tag that is not UTF-8');
  }
}

/** The parts of a joined stream, by its whole header of `size` bytes. */
function readParts(fields: DataView, size: number): StreamPart[] {
  const table = FIXED_HEADER + PART_COUNT_BYTES;
  if (size < table + 4) throw damaged('no number of parts fits');
  const count = fields.getUint32(FIXED_HEADER, true);
  if (count < 2) throw damaged(`${count} parts`);
  if (table + count * PART_BYTES > size - 4) throw damaged(`no ${count} parts fit`);
  const parts = Array.from({ length: count }, (_, part) => {
    const at = table + part * PART_BYTES;
    const samples = Number(fields.getBigUint64(at, true));
    const packets = fields.getUint32(at + 8, true);
    const preSkip = fields.getUint32(at + 12, true);
    if (samples < 1) throw damaged('a part without samples');
    if (preSkip + samples > packets * 1024) throw damaged('a part that its packets cannot hold');
    return { samples, packets, preSkip };
  });
  if (endsOf(parts).at(-1)! >= 2 ** 32) throw damaged('more packets than a stream can have');
  if (
    parts.reduce((sum, { samples }) => sum + samples, 0) !== Number(fields.getBigUint64(24, true))
  )
    throw damaged('its parts have not its samples');
  return parts;
}

/** Where the parts end, in packets of the stream; one that is not joined is one part without end. */
export function endsOf(parts: readonly StreamPart[]): number[] {
  let end = 0;
  return parts.length > 0 ? parts.map(({ packets }) => (end += packets)) : [Infinity];
}
