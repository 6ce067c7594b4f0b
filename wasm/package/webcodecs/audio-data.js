// AudioData where there is none (Node, older browsers): float samples of WebCodecs' shape.
const BYTES = 4;

/** Raw audio, with the members of WebCodecs' AudioData that its shape has; float formats alone. */
export class MotetAudioData {
  #samples; // planar, plane after plane
  format = 'f32-planar';

  constructor(init) {
    const { format, sampleRate, numberOfFrames, numberOfChannels, timestamp, data } = init ?? {};
    if (format !== 'f32-planar' && format !== 'f32')
      throw new TypeError(`format is '${format}', wanted 'f32-planar' or 'f32'`);
    for (const [name, value] of Object.entries({ sampleRate, numberOfFrames, numberOfChannels }))
      if (!Number.isSafeInteger(value) || value < 1)
        throw new TypeError(`${name} is ${value}, wanted a whole number of at least 1`);
    if (!Number.isFinite(timestamp))
      throw new TypeError(`timestamp is ${timestamp}, wanted microseconds`);
    if (!(data instanceof ArrayBuffer) && !ArrayBuffer.isView(data))
      throw new TypeError('data is no ArrayBuffer and no view of one');
    const bytes = ArrayBuffer.isView(data)
      ? data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength)
      : data.slice(0);
    const count = numberOfFrames * numberOfChannels;
    if (bytes.byteLength < count * BYTES)
      throw new TypeError(`data has ${bytes.byteLength} bytes, wanted ${count * BYTES}`);
    const samples = new Float32Array(bytes, 0, count);
    this.#samples =
      format === 'f32-planar' ? samples : planar(samples, numberOfFrames, numberOfChannels);
    this.sampleRate = sampleRate;
    this.numberOfFrames = numberOfFrames;
    this.numberOfChannels = numberOfChannels;
    this.timestamp = Math.trunc(timestamp);
    this.duration = Math.round((numberOfFrames / sampleRate) * 1e6);
  }

  allocationSize(options) {
    return this.#plane(options).length * BYTES;
  }

  copyTo(destination, options) {
    const plane = this.#plane(options);
    const view = ArrayBuffer.isView(destination) ? destination : new Uint8Array(destination);
    if (view.byteLength < plane.length * BYTES)
      throw new RangeError(
        `the destination has ${view.byteLength} bytes, wanted ${plane.length * BYTES}`,
      );
    new Uint8Array(view.buffer, view.byteOffset).set(
      new Uint8Array(plane.buffer, plane.byteOffset, plane.byteLength),
    );
  }

  clone() {
    this.#alive();
    return new MotetAudioData({ ...this, data: this.#samples });
  }

  close() {
    this.#samples = undefined;
    this.format = null;
    this.numberOfFrames = this.numberOfChannels = this.sampleRate = this.duration = 0;
  }

  #alive() {
    if (!this.#samples) throw new DOMException('the AudioData was closed', 'InvalidStateError');
  }

  #plane({ planeIndex, frameOffset = 0, frameCount, format = 'f32-planar' } = {}) {
    this.#alive();
    if (format !== 'f32-planar')
      throw new DOMException(`format is '${format}', wanted 'f32-planar'`, 'NotSupportedError');
    if (!Number.isSafeInteger(planeIndex) || planeIndex < 0 || planeIndex >= this.numberOfChannels)
      throw new RangeError(
        `planeIndex is ${planeIndex}, there are ${this.numberOfChannels} planes`,
      );
    const begin = planeIndex * this.numberOfFrames;
    const end = frameOffset + (frameCount ?? this.numberOfFrames - frameOffset);
    if (frameOffset < 0 || end > this.numberOfFrames || end < frameOffset)
      throw new RangeError(`frames ${frameOffset} to ${end} are not among ${this.numberOfFrames}`);
    return this.#samples.subarray(begin + frameOffset, begin + end);
  }
}

function planar(samples, frames, channels) {
  const planes = new Float32Array(samples.length);
  for (let c = 0; c < channels; ++c)
    for (let i = 0; i < frames; ++i) planes[c * frames + i] = samples[i * channels + c];
  return planes;
}

/** Planes as the AudioData of this place, the browser's own where there is one. */
export function audioDataOf(planes, sampleRate, timestamp) {
  const numberOfFrames = planes[0].length;
  const data = new Float32Array(numberOfFrames * planes.length);
  planes.forEach((plane, c) => data.set(plane, c * numberOfFrames));
  const Type = globalThis.AudioData ?? MotetAudioData;
  return new Type({
    format: 'f32-planar',
    sampleRate,
    numberOfFrames,
    numberOfChannels: planes.length,
    timestamp,
    data,
  });
}

/** A copy of what an AudioData, or an object of its shape, holds. */
export function planesOf(data) {
  if (typeof data?.copyTo !== 'function' || typeof data.numberOfFrames !== 'number')
    throw new TypeError('wanted an AudioData, or an object of its shape');
  if (data.format === null || data.numberOfFrames === 0)
    throw new TypeError('the AudioData was closed');
  const { numberOfChannels, numberOfFrames, sampleRate, timestamp } = data;
  const planes = Array.from({ length: numberOfChannels }, (_, planeIndex) => {
    const plane = new Float32Array(numberOfFrames);
    data.copyTo(plane, { planeIndex, format: 'f32-planar' });
    return plane;
  });
  return { planes, numberOfFrames, sampleRate, timestamp };
}
