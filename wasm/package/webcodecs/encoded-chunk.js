// EncodedAudioChunk where there is none (Node, older browsers).
export class MotetEncodedAudioChunk {
  #bytes;

  constructor(init) {
    const { type, timestamp, duration = null, data } = init ?? {};
    if (type !== 'key' && type !== 'delta')
      throw new TypeError(`type is '${type}', wanted 'key' or 'delta'`);
    if (!Number.isFinite(timestamp))
      throw new TypeError(`timestamp is ${timestamp}, wanted microseconds`);
    if (duration !== null && !(duration >= 0))
      throw new TypeError(`duration is ${duration}, wanted microseconds`);
    if (!(data instanceof ArrayBuffer) && !ArrayBuffer.isView(data))
      throw new TypeError('data is no ArrayBuffer and no view of one');
    this.#bytes = ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice()
      : new Uint8Array(data.slice(0));
    this.type = type;
    this.timestamp = Math.trunc(timestamp);
    this.duration = duration === null ? null : Math.trunc(duration);
    this.byteLength = this.#bytes.length;
  }

  copyTo(destination) {
    const view = ArrayBuffer.isView(destination) ? destination : new Uint8Array(destination);
    if (view.byteLength < this.byteLength)
      throw new TypeError(
        `the destination has ${view.byteLength} bytes, wanted ${this.byteLength}`,
      );
    new Uint8Array(view.buffer, view.byteOffset).set(this.#bytes);
  }
}

/** Packets as the EncodedAudioChunk of this place. Each can be decoded from: they are key chunks. */
export function chunkOf(data, timestamp, duration) {
  const Type = globalThis.EncodedAudioChunk ?? MotetEncodedAudioChunk;
  return new Type({
    type: 'key',
    timestamp: Math.round(timestamp),
    duration: Math.round(duration),
    data,
  });
}

/** A copy of what an EncodedAudioChunk, or an object of its shape, holds. */
export function bytesOf(chunk) {
  if (
    typeof chunk?.copyTo !== 'function' ||
    typeof chunk.byteLength !== 'number' ||
    typeof chunk.timestamp !== 'number' ||
    (chunk.type !== 'key' && chunk.type !== 'delta')
  )
    throw new TypeError('wanted an EncodedAudioChunk, or an object of its shape');
  const bytes = new Uint8Array(chunk.byteLength);
  chunk.copyTo(bytes);
  return bytes;
}
