// Checksums of docs/FORMAT.md made right in a stream that was changed.
import { crc32 } from '../support.mjs';

/** Of the header, and of everything behind it that looks like a page. */
export function repairStream(bytes) {
  const fields = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 54) return;
  const header = fields.getUint32(12, true);
  if (header < 54 || header > bytes.length) return;
  fields.setUint32(header - 4, crc32(bytes.subarray(0, header - 4)), true);
  for (let at = header; at + 14 <= bytes.length;) {
    const end = at + 14 + fields.getUint16(at + 8, true);
    if (bytes[at] !== 0x4d || bytes[at + 1] !== 0xf5 || end > bytes.length) {
      ++at;
      continue;
    }
    const crc = crc32(Buffer.concat([bytes.subarray(at, at + 10), bytes.subarray(at + 14, end)]));
    fields.setUint32(at + 10, crc, true);
    at = end;
  }
}
