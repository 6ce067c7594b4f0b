// As much of the pages of a stream (docs/FORMAT.md) as is needed to give those of a segment other
// numbers: so every worker reads and writes a stream of its own.
const PAGE_HEADER = 14;
const FIXED_HEADER = 50; // bytes of a stream's header before what may be missing
const FLAGS = 10; // offsets in it
const HEADER_BYTES = 12;
const TAG_COUNT = 48;
const PRE_SKIP = 1; // flags
const JOINED = 4;
const PART_BYTES = 16;
const FIRST_PACKET = 4; // offsets of fields
const PAYLOAD_BYTES = 8;
const CHECKSUM = 10;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; ++bit) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** The CRC32 of zlib and PNG, of bytes that follow others. */
function crc32(bytes, before = 0) {
  let value = ~before;
  for (const byte of bytes) value = (value >>> 8) ^ TABLE[(value ^ byte) & 255];
  return ~value >>> 0;
}

/** The page that begins at byte `at`; undefined if none does, or not all of it is there. */
export function pageAt(bytes, at) {
  if (bytes.length - at < PAGE_HEADER || bytes[at] !== 0x4d || bytes[at + 1] !== 0xf5)
    return undefined;
  const fields = new DataView(bytes.buffer, bytes.byteOffset + at);
  const end = at + PAGE_HEADER + fields.getUint16(PAYLOAD_BYTES, true);
  if (end > bytes.length) return undefined;
  const head = crc32(bytes.subarray(at, at + CHECKSUM));
  const payload = bytes.subarray(at + PAGE_HEADER, end);
  if (crc32(payload, head) !== fields.getUint32(CHECKSUM, true)) return undefined;
  return {
    begin: at,
    end,
    first: fields.getUint32(FIRST_PACKET, true),
    packets: bytes[at + 3],
    isLast: (bytes[at + 2] & 1) === 1,
  };
}

/** The samples that the end page says. */
export function samplesOf(endPage) {
  const payload = new DataView(endPage.buffer, endPage.byteOffset + PAGE_HEADER);
  return Number(payload.getBigUint64(0, true));
}

/** The same end page with another length, in place; renumber() makes its checksum. */
export function setSamples(endPage, samples) {
  const payload = new DataView(endPage.buffer, endPage.byteOffset + PAGE_HEADER);
  payload.setBigUint64(0, BigInt(samples), true);
}

/** The bytes of a page whose header is intact, of their own. */
export function pageBytes(bytes, at) {
  const fields = new DataView(bytes.buffer, bytes.byteOffset + at);
  return bytes.slice(at, at + PAGE_HEADER + fields.getUint16(PAYLOAD_BYTES, true));
}

/** The header at the beginning of a stream. */
export function headerOf(bytes) {
  const fields = new DataView(bytes.buffer, bytes.byteOffset);
  return bytes.subarray(0, fields.getUint32(HEADER_BYTES, true));
}

/** Gives a header the length of its stream, in place. */
export function setLength(header, samples) {
  const fields = new DataView(header.buffer, header.byteOffset, header.byteLength);
  fields.setBigUint64(24, BigInt(samples), true);
  fields.setUint32(header.length - 4, crc32(header.subarray(0, -4)), true);
}

/** The same header of a stream of unknown length that is not joined, without pre-skip and tags. */
export function plainHeader(header) {
  const plain = new Uint8Array(FIXED_HEADER + 4);
  plain.set(header.subarray(0, TAG_COUNT));
  plain[FLAGS] = 0;
  const fields = new DataView(plain.buffer);
  fields.setUint32(HEADER_BYTES, plain.length, true);
  fields.setBigUint64(24, 2n ** 64n - 1n, true);
  fields.setUint32(FIXED_HEADER, crc32(plain.subarray(0, FIXED_HEADER)), true);
  return plain;
}

/** What of a header stands before its tags. */
function bytesBeforeTags(header) {
  if (header[FLAGS] === PRE_SKIP) return FIXED_HEADER + 4;
  if (header[FLAGS] !== JOINED) return FIXED_HEADER;
  const parts = new DataView(header.buffer, header.byteOffset).getUint32(FIXED_HEADER, true);
  return FIXED_HEADER + 4 + parts * PART_BYTES;
}

/**
 * The same header of a stream of these parts, each of `samples`, `packets` and `preSkip`. Of one that is
 * alone the samples may be undefined: its end page says them.
 */
export function withParts(header, parts) {
  const isJoined = parts.length > 1;
  const [{ samples, preSkip }] = parts;
  const more = isJoined ? 4 + parts.length * PART_BYTES : preSkip > 0 ? 4 : 0;
  const tags = header.subarray(bytesBeforeTags(header));
  const changed = new Uint8Array(FIXED_HEADER + more + tags.length);
  changed.set(header.subarray(0, FIXED_HEADER));
  changed.set(tags, FIXED_HEADER + more);
  changed[FLAGS] = isJoined ? JOINED : preSkip > 0 ? PRE_SKIP : 0;
  const fields = new DataView(changed.buffer);
  fields.setUint32(HEADER_BYTES, changed.length, true);
  const sum = isJoined ? parts.reduce((all, part) => all + part.samples, 0) : samples;
  fields.setBigUint64(24, sum === undefined ? 2n ** 64n - 1n : BigInt(sum), true);
  if (isJoined) {
    fields.setUint32(FIXED_HEADER, parts.length, true);
    parts.forEach((part, i) => {
      const at = FIXED_HEADER + 4 + i * PART_BYTES;
      fields.setBigUint64(at, BigInt(part.samples), true);
      fields.setUint32(at + 8, part.packets, true);
      fields.setUint32(at + 12, part.preSkip, true);
    });
  } else if (preSkip > 0) {
    fields.setUint32(FIXED_HEADER, preSkip, true);
  }
  fields.setUint32(changed.length - 4, crc32(changed.subarray(0, -4)), true);
  return changed;
}

/** Counts the packets of intact pages, and nothing but them, from `more` packets later on, in place. */
export function renumber(pages, more) {
  const fields = new DataView(pages.buffer, pages.byteOffset, pages.byteLength);
  for (let at = 0, end; at < pages.length; at = end) {
    end = at + PAGE_HEADER + fields.getUint16(at + PAYLOAD_BYTES, true);
    fields.setUint32(at + FIRST_PACKET, fields.getUint32(at + FIRST_PACKET, true) + more, true);
    const head = crc32(pages.subarray(at, at + CHECKSUM));
    fields.setUint32(at + CHECKSUM, crc32(pages.subarray(at + PAGE_HEADER, end), head), true);
  }
  return pages;
}
