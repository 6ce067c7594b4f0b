// What the engines that run in Node measure alike. Processor time, of all threads of the process: other programs on
// the machine do not count, the compiler of WebAssembly does.
import { readFileSync } from 'node:fs';

export function processorSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** The result of `action`, and the seconds that it took. */
export async function seconds(action) {
  const begin = processorSeconds();
  const result = await action();
  return [result, processorSeconds() - begin];
}

/** Interleaved stereo of 32-bit floats at 44.1 kHz. */
export function readMusic(file) {
  const bytes = readFileSync(file);
  const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
  const planes = [0, 1].map((channel) =>
    Float32Array.from({ length: samples.length >> 1 }, (_, i) => samples[2 * i + channel]),
  );
  return { planes, seconds: planes[0].length / 44100 };
}

/** The same with every number to a thousandth. */
export function round(value) {
  if (typeof value === 'number') return Math.round(value * 1e3) / 1e3;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, round(each)]));
}
