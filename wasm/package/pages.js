// As much of the pages of a stream (docs/FORMAT.md) as is needed to give those of a segment other
// numbers: so every worker reads and writes a stream of its own.
const PAGE_HEADER = 14;
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
