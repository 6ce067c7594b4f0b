// What is measured of a minute of music: levels by bands, stereo width, tempo.
import FFT from 'fft.js';
import { hannWindow } from '../hann-window';
import { RATE } from './source';

const WINDOW = 2048;
const HOP = 512;

/** Thirds of an octave from 100 Hz to 20 kHz, and one band for all below (as in core/metrics). */
export const BANDS_HZ = [
  50, 100, 125, 160, 200, 250, 315, 400, 500, 630, 800, 1000, 1250, 1600, 2000, 2500, 3150, 4000,
  5000, 6300, 8000, 10_000, 12_500, 16_000, 20_000,
];

const bandOfBin = (bin: number): number =>
  Math.max(0, Math.floor(10 * Math.log10((bin * RATE) / WINDOW) - 18.5));

export interface Look {
  widthDb: number | null;
  tempo: number | null;
  spectrum: (number | null)[];
}

/** `samples`: 16-bit stereo, interleaved. */
export function lookAt(samples: Int16Array): Look {
  const frames = samples.length >> 1;
  const mid = new Float64Array(frames);
  let midEnergy = 0;
  let sideEnergy = 0;
  for (let i = 0; i < frames; ++i) {
    const left = samples[2 * i]! / 32768;
    const right = samples[2 * i + 1]! / 32768;
    mid[i] = (left + right) / 2;
    midEnergy += mid[i]! ** 2;
    sideEnergy += ((left - right) / 2) ** 2;
  }
  const fft = new FFT(WINDOW);
  const shape = hannWindow(WINDOW);
  const frame = new Array<number>(WINDOW);
  const spectrum = fft.createComplexArray();
  const powers = new Float64Array(BANDS_HZ.length);
  const flux: number[] = [];
  let last = new Float64Array(BANDS_HZ.length);
  for (let begin = 0; begin + WINDOW <= frames; begin += HOP) {
    for (let n = 0; n < WINDOW; ++n) frame[n] = mid[begin + n]! * shape[n]!;
    fft.realTransform(spectrum, frame);
    const own = new Float64Array(BANDS_HZ.length);
    for (let bin = 1; bin <= WINDOW / 2; ++bin) {
      const band = bandOfBin(bin);
      if (band >= own.length) break;
      own[band]! += (spectrum[2 * bin]! ** 2 + spectrum[2 * bin + 1]! ** 2) / (WINDOW / 2) ** 2;
    }
    let rise = 0;
    const compressed = own.map((power) => Math.log10(1 + 1e4 * Math.sqrt(power)));
    own.forEach((power, band) => {
      powers[band]! += power;
      rise += Math.max(0, compressed[band]! - last[band]!);
    });
    if (begin > 0) flux.push(rise);
    last = compressed;
  }
  const strongest = Math.max(...powers);
  return {
    widthDb: midEnergy > 0 && sideEnergy > 0 ? 10 * Math.log10(sideEnergy / midEnergy) : null,
    tempo: tempoOf(flux),
    spectrum: [...powers].map((power) =>
      power > strongest * 1e-10 ? 10 * Math.log10(power / strongest) : null,
    ),
  };
}

/**
 * The period at which the rises of the spectrum are most like themselves, weighted by how usual a tempo
 * is: a log-normal around 120 beats per minute, an octave wide (Ellis: "Beat tracking by dynamic
 * programming", 2007).
 */
export function tempoOf(flux: readonly number[]): number | null {
  if (flux.length < 400) return null;
  const mean = flux.reduce((sum, value) => sum + value, 0) / flux.length;
  // Spread over three frames: a period lies between two whole numbers of frames.
  const centred = flux.map(
    (value, i) => (flux[i - 1] ?? mean) / 4 + value / 2 + (flux[i + 1] ?? mean) / 4 - mean,
  );
  const energy = centred.reduce((sum, value) => sum + value * value, 0);
  if (energy === 0) return null;
  const rate = RATE / HOP;
  const first = Math.round((60 / 220) * rate);
  const scores: number[] = [];
  for (let lag = first; lag <= (60 / 40) * rate; ++lag) {
    let sum = 0;
    for (let i = lag; i < centred.length; ++i) sum += centred[i]! * centred[i - lag]!;
    const octaves = Math.log2((60 * rate) / lag / 120);
    scores.push((sum / energy) * Math.exp(-0.5 * octaves ** 2));
  }
  const best = scores.indexOf(Math.max(...scores));
  const [before, here, after] = [scores[best - 1], scores[best]!, scores[best + 1]];
  if (here <= 0.05 || before === undefined || after === undefined) return null;
  // The top of the parabola through three points lies between whole numbers of frames.
  const top = (before - after) / (2 * (before - 2 * here + after));
  return (60 * rate) / (first + best + top);
}
