// CRC32 of zlib and PNG: polynomial 0xEDB88320, initial and final complement.
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; ++bit) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** Of the parts as if they were one. */
export function crc32(...parts: Uint8Array[]): number {
  let value = 0xffffffff;
  for (const part of parts) {
    for (const byte of part) value = (value >>> 8) ^ TABLE[(value ^ byte) & 255]!;
  }
  return (value ^ 0xffffffff) >>> 0;
}
