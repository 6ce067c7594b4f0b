// Sound in the tests: reading, writing and comparing it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Sound {
  sampleRate: number;
  channelData: Float32Array[];
  /** Per channel. */
  samples: number;
}

/** The chunks of a WAV file by name, in their order; all sizes must hold. */
export function wavChunks(bytes: Buffer): Map<string, Buffer> {
  const name = (at: number): string => bytes.toString('latin1', at, at + 4);
  if (name(0) !== 'RIFF' || name(8) !== 'WAVE') throw new Error('not a WAV file');
  if (bytes.readUInt32LE(4) !== bytes.length - 8) throw new Error('the length does not hold');
  const chunks = new Map<string, Buffer>();
  for (let at = 12; at < bytes.length;) {
    const size = bytes.readUInt32LE(at + 4);
    if (at + 8 + size > bytes.length) throw new Error(`chunk ${name(at)} ends too late`);
    chunks.set(name(at), bytes.subarray(at + 8, at + 8 + size));
    at += 8 + size + (size % 2);
  }
  return chunks;
}

/** 16-bit PCM as the page and this file write it. */
export function readWav(bytes: Buffer): Sound {
  const chunks = wavChunks(bytes);
  const [format, data] = [chunks.get('fmt ')!, chunks.get('data')!];
  if (format.readUInt16LE(0) !== 1) throw new Error('not a WAV file of PCM');
  const channels = format.readUInt16LE(2);
  const sampleRate = format.readUInt32LE(4);
  const samples = data.length / 2 / channels;
  const channelData = Array.from({ length: channels }, (_, channel) =>
    Float32Array.from(
      { length: samples },
      (_, i) => data.readInt16LE(2 * (i * channels + channel)) / 32767,
    ),
  );
  return { sampleRate, channelData, samples };
}

/** How far the difference of two sounds is below the first, in dB. */
export function belowDb(sound: Float32Array[], other: Float32Array[]): number {
  let [squares, differences] = [0, 1e-30];
  sound.forEach((data, channel) =>
    data.forEach((value, i) => {
      squares += value ** 2;
      differences += (value - other[channel]![i]!) ** 2;
    }),
  );
  return 10 * Math.log10(squares / differences);
}

export function wavHeader(dataBytes: number, channels: number, sampleRate: number): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + dataBytes, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * channels * 2, 28);
  header.writeUInt16LE(channels * 2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(dataBytes, 40);
  return header;
}

/** Channels as 16-bit PCM, interleaved. */
export function interleave(channelData: readonly Float32Array[]): Buffer {
  const channels = channelData.length;
  const bytes = Buffer.alloc(channelData[0]!.length * channels * 2);
  channelData.forEach((data, channel) =>
    data.forEach((value, i) => {
      const clipped = Math.max(-1, Math.min(1, value));
      bytes.writeInt16LE(Math.round(clipped * 32767), 2 * (i * channels + channel));
    }),
  );
  return bytes;
}

export function writeWav(
  file: string,
  channelData: readonly Float32Array[],
  sampleRate: number,
): void {
  const data = interleave(channelData);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(
    file,
    Buffer.concat([wavHeader(data.length, channelData.length, sampleRate), data]),
  );
}

/** The same with 32-bit floats, which every browser decodes to the very same samples: of 16 bits each makes others. */
export function writeFloatWav(
  file: string,
  channelData: readonly Float32Array[],
  sampleRate: number,
): void {
  const channels = channelData.length;
  const data = Buffer.alloc(channelData[0]!.length * channels * 4);
  channelData.forEach((plane, channel) =>
    plane.forEach((value, i) => {
      data.writeFloatLE(value, (i * channels + channel) * 4);
    }),
  );
  const header = wavHeader(data.length, channels, sampleRate);
  header.writeUInt16LE(3, 20); // floats
  header.writeUInt32LE(sampleRate * channels * 4, 28);
  header.writeUInt16LE(channels * 4, 32);
  header.writeUInt16LE(32, 34);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, Buffer.concat([header, data]));
}

export function rms(data: Float32Array): number {
  return Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / Math.max(1, data.length));
}

/** Of the energy in pieces of 20 ms: how alike two recordings rise and fall, −1..1. */
export function envelopeCorrelation(a: Float32Array, b: Float32Array): number {
  const piece = 882;
  const count = Math.floor(Math.min(a.length, b.length) / piece);
  const envelope = (data: Float32Array): number[] =>
    Array.from({ length: count }, (_, i) =>
      Math.log(1e-4 + rms(data.subarray(i * piece, (i + 1) * piece))),
    );
  const [x, y] = [envelope(a), envelope(b)];
  const mean = (values: number[]): number => values.reduce((s, v) => s + v, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const sum = (f: (i: number) => number): number => x.reduce((s, _, i) => s + f(i), 0);
  const covariance = sum((i) => (x[i]! - mx) * (y[i]! - my));
  return covariance / Math.sqrt(sum((i) => (x[i]! - mx) ** 2) * sum((i) => (y[i]! - my) ** 2));
}

/** Where `needle` (some hundred samples) is in `hay`, each sample within `tolerance`; or undefined. */
export function find(
  needle: Float32Array,
  hay: Float32Array,
  tolerance: number,
  from = 0,
): number | undefined {
  for (let at = from; at + needle.length <= hay.length; ++at) {
    let i = 0;
    while (i < needle.length && Math.abs(needle[i]! - hay[at + i]!) <= tolerance) ++i;
    if (i === needle.length) return at;
  }
  return undefined;
}
