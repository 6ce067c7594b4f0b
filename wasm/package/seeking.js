// Seeking in a stream wherever its bytes are: the core says which it wants, a few kilobytes here and there.
import { checkBytes, checkInteger, isArrayBuffer, unfit } from './arguments.js';

/** Of what a seek reads: the whole stream's bytes, or whoever reads them, as {size, read(offset, bytes)}. */
export function checkSource(source) {
  if (ArrayBuffer.isView(source) || isArrayBuffer(source)) {
    const bytes = checkBytes(source, 'source');
    return {
      size: bytes.length,
      read: (offset, count) => bytes.subarray(offset, offset + count),
    };
  }
  if (typeof source?.read !== 'function')
    throw unfit('source', source, 'the bytes of a stream, or an object with size and read()');
  checkInteger('source.size', source.size, 0, Number.MAX_SAFE_INTEGER);
  return source;
}

/**
 * Reads what `begin(size)`, and then `go(bytes, number)`, want until that is nothing: `number` is that of the
 * seek, which comes with what it wants. Gives the byte at which the stream is to go on.
 */
export async function seekIn(source, begin, go) {
  let wanted = await begin(source.size);
  while (wanted.bytes > 0) {
    const read = await source.read(wanted.offset, wanted.bytes);
    wanted = await go(checkBytes(read, 'what source.read() gives'), wanted.number);
  }
  return wanted.offset;
}
