// A spectrogram: time from left to right, frequency upwards on a logarithmic axis, level as colour.
import { interpolateInferno } from 'd3-scale-chromatic';
import FFT from 'fft.js';
import { hannWindow } from '../../hann-window';
import { RATE } from './sounds';

const WINDOW = 2048;
export const LOWEST = 40; // Hz
export const HIGHEST = 20_000;
const QUIETEST = -100; // dB of full scale
const LOUDEST = -15;

const COLOURS = Array.from({ length: 256 }, (_, i) => {
  const text = interpolateInferno(i / 255);
  const parts = text.startsWith('#')
    ? [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16))
    : text.match(/\d+/g)!.map(Number);
  return parts as [number, number, number];
});

/** Draws the mean of both channels into a canvas, in the canvas's own pixels. */
export function drawSpectrogram(canvas: HTMLCanvasElement, sound: AudioBuffer): void {
  const { width, height } = canvas;
  const context = canvas.getContext('2d')!;
  const image = context.createImageData(width, height);
  const channels = Array.from({ length: sound.numberOfChannels }, (_, i) =>
    sound.getChannelData(i),
  );
  const fft = new FFT(WINDOW);
  const shape = hannWindow(WINDOW);
  const frame = new Array<number>(WINDOW);
  const spectrum = fft.createComplexArray();
  const levels = new Float64Array(WINDOW / 2 + 1);
  // Rows of pixels as places in the spectrum.
  const places = Array.from({ length: height }, (_, y) => {
    const part = 1 - (y + 0.5) / height;
    return (LOWEST * (HIGHEST / LOWEST) ** part * WINDOW) / RATE;
  });
  for (let x = 0; x < width; ++x) {
    const centre = Math.floor(((x + 0.5) / width) * sound.length);
    for (let n = 0; n < WINDOW; ++n) {
      const at = centre - WINDOW / 2 + n;
      let sum = 0;
      if (at >= 0 && at < sound.length) for (const channel of channels) sum += channel[at]!;
      frame[n] = (sum / channels.length) * shape[n]!;
    }
    fft.realTransform(spectrum, frame);
    for (let k = 0; k < levels.length; ++k) {
      const power = spectrum[2 * k]! ** 2 + spectrum[2 * k + 1]! ** 2;
      levels[k] = 10 * Math.log10(power / (WINDOW / 4) ** 2 + 1e-12);
    }
    for (let y = 0; y < height; ++y) {
      const place = places[y]!;
      const next = places[y - 1] ?? place;
      let level: number;
      if (next - place > 1) {
        // Several bins in one pixel: the loudest is seen.
        level = QUIETEST;
        for (let k = Math.floor(place); k <= next; ++k) level = Math.max(level, levels[k]!);
      } else {
        const below = Math.floor(place);
        level = levels[below]! + (place - below) * (levels[below + 1]! - levels[below]!);
      }
      const part = (level - QUIETEST) / (LOUDEST - QUIETEST);
      const [r, g, b] = COLOURS[Math.round(255 * Math.min(Math.max(part, 0), 1))]!;
      image.data.set([r, g, b, 255], 4 * (y * width + x));
    }
  }
  context.putImageData(image, 0, 0);
}
