// Waveform and spectrogram of a recording, drawn by wavesurfer.js; the sound itself is not its business.
import WaveSurfer from 'wavesurfer.js';
import Spectrogram from 'wavesurfer.js/dist/plugins/spectrogram.esm.js';
import type { Side } from '../audio/compare-player';
import { type FrequencyScale, frequencyAxis, HIGHEST_HZ, lowestHz } from './frequency-axis';

const WAVEFORM_HEIGHT = 72; // the hash of wavesurfer's style in the page's policy depends on it
const SPECTROGRAM_HEIGHT = 128;

/** What of a recording is drawn: its seconds from…to. */
export interface View {
  from: number;
  to: number;
  scale: FrequencyScale;
}

const darkness = matchMedia('(prefers-color-scheme: dark)');

function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function rgb(hex: string): [number, number, number] {
  const value = parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255].map((byte) => byte / 255) as [
    number,
    number,
    number,
  ];
}

/** From the card's own colour through the recording's to the ink's. */
function colorMap(name: string): number[][] {
  const stops = [rgb(color('card')), rgb(color(name)), rgb(color('ink'))] as const;
  return Array.from({ length: 256 }, (_, i) => {
    const position = (i / 255) * 2;
    const [from, to] = position < 1 ? [stops[0], stops[1]] : [stops[1], stops[2]];
    const part = position < 1 ? position : position - 1;
    return [...from.map((value, channel) => value + (to[channel]! - value) * part), 1];
  });
}

/** One channel of what is seen, within ±1: wavesurfer would scale what is louder. */
function mono(buffer: AudioBuffer, { from, to }: View): Float32Array {
  const [first, end] = [from, to].map((seconds) => Math.round(seconds * buffer.sampleRate));
  const mixed = buffer.getChannelData(0).slice(first, end);
  if (buffer.numberOfChannels === 2) {
    const right = buffer.getChannelData(1).subarray(first, end);
    for (let i = 0; i < mixed.length; ++i) mixed[i] = (mixed[i]! + right[i]!) / 2;
  }
  for (let i = 0; i < mixed.length; ++i) mixed[i] = Math.max(-1, Math.min(1, mixed[i]!));
  return mixed;
}

export class Waveform {
  #drawing: WaveSurfer | undefined;
  #buffer: AudioBuffer | undefined;
  #axis: HTMLElement | undefined;
  #view!: View;
  #time = 0; // seconds of the recording

  constructor(
    private readonly container: HTMLElement,
    private readonly side: Side,
    private readonly onSeek: (seconds: number) => void,
  ) {
    container.role = 'img';
    darkness.addEventListener('change', () => this.#draw());
  }

  show(buffer: AudioBuffer, label: string, view: View): void {
    this.#buffer = buffer;
    this.#view = view;
    this.container.ariaLabel = label;
    this.#draw();
  }

  /** `seconds`: of the recording; what is drawn should hold them. */
  setTime(seconds: number): void {
    this.#time = seconds;
    this.#drawing?.setTime(seconds - this.#view.from);
  }

  clear(): void {
    this.#drawing?.destroy();
    this.#drawing = undefined;
    this.#buffer = undefined;
  }

  #draw(): void {
    this.#drawing?.destroy();
    const buffer = this.#buffer;
    if (buffer === undefined) return;
    const { from, to, scale } = this.#view;
    const drawing = WaveSurfer.create({
      container: this.container,
      height: WAVEFORM_HEIGHT,
      peaks: [mono(buffer, this.#view)],
      duration: to - from,
      waveColor: color(this.side),
      progressColor: color('ink'),
      cursorColor: color('ink'),
      cursorWidth: 2,
      normalize: false,
      hideScrollbar: true,
      plugins: [
        Spectrogram.create({
          height: SPECTROGRAM_HEIGHT,
          fftSamples: 1024,
          frequencyMin: lowestHz(scale),
          frequencyMax: HIGHEST_HZ,
          scale,
          labels: false, // they would lie on the picture
          gainDB: 0,
          rangeDB: 80,
          colorMap: colorMap(this.side),
        }),
      ],
    });
    drawing.on('ready', () => drawing.setTime(this.#time - from)); // before, it has no width
    drawing.on('click', (x) => this.onSeek(from + x * (to - from)));
    this.#drawing = drawing;
    this.#axis?.remove();
    this.#axis = frequencyAxis(scale, SPECTROGRAM_HEIGHT);
    this.container.append(this.#axis);
  }
}
