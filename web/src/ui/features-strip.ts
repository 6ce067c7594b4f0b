// What the codes say about the music: chroma, onsets and timbre over time, as a picture and in words.
import type { MusicFeatures } from 'motet';
import type { FeaturesSummary } from '../engine/contract';
import { make } from './elements';

const NOTES = ['C', 'C♯', 'D', 'D♯', 'E', 'F', 'F♯', 'G', 'G♯', 'A', 'A♯', 'B'];
const CHROMA = 12;
const ONSET = 12;
const TIMBRE = ['centroid', 'spread', 'flatness', 'rolloff'] as const;
// The pictures above begin and end there, too (.track in cards.css).
const LABEL_WIDTH = 30;
const RIGHT = 12;
// Parts of the height.
const CHROMA_SHARE = 0.56;
const ONSET_SHARE = 0.16;

export class FeaturesStrip {
  readonly #figure = make('figure', { className: 'features' });
  readonly #canvas = make('canvas');
  readonly #words = make('figcaption');
  #features: FeaturesSummary | undefined;
  #fraction = 0;
  #seen: readonly [from: number, to: number] = [0, 1];
  #picture: OffscreenCanvas | undefined;

  /** `onSeek`: a click, at a fraction of the whole. */
  constructor(parent: HTMLElement, onSeek: (fraction: number) => void) {
    this.#canvas.addEventListener('click', ({ offsetX }) => {
      const span = this.#canvas.clientWidth - LABEL_WIDTH - RIGHT;
      const [from, to] = this.#seen;
      const place = Math.max(0, Math.min(1, (offsetX - LABEL_WIDTH) / span));
      onSeek(from + place * (to - from));
    });
    this.#canvas.role = 'img';
    this.#figure.append(this.#canvas, this.#words);
    this.#figure.hidden = true;
    parent.append(this.#figure);
    new ResizeObserver(() => this.#redraw()).observe(this.#canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#redraw());
  }

  show(features: FeaturesSummary): void {
    this.#features = features;
    const words = describe(features);
    this.#words.textContent = words;
    this.#canvas.ariaLabel = `Music features over time. ${words}`;
    this.#figure.hidden = features.rows === 0;
    this.#redraw();
  }

  hide(): void {
    this.#features = undefined;
    this.#figure.hidden = true;
  }

  /** The part that is drawn: fractions of the whole, 0..1. */
  setSeen(from: number, to: number): void {
    if (from === this.#seen[0] && to === this.#seen[1]) return;
    this.#seen = [from, to];
    this.#redraw();
  }

  /** Where the playing position is in the whole, 0..1. */
  setFraction(fraction: number): void {
    this.#fraction = fraction;
    this.#paint();
  }

  #redraw(): void {
    const { clientWidth, clientHeight } = this.#canvas;
    if (this.#features === undefined || clientWidth === 0) return;
    const scale = devicePixelRatio;
    this.#canvas.width = Math.round(clientWidth * scale);
    this.#canvas.height = Math.round(clientHeight * scale);
    this.#picture = new OffscreenCanvas(this.#canvas.width, this.#canvas.height);
    draw(this.#picture, partOf(this.#features, ...this.#seen), scale);
    this.#paint();
  }

  #paint(): void {
    const context = this.#canvas.getContext('2d');
    if (context === null || this.#picture === undefined) return;
    const { width, height } = this.#canvas;
    context.clearRect(0, 0, width, height);
    context.drawImage(this.#picture, 0, 0);
    const left = LABEL_WIDTH * devicePixelRatio;
    const span = width - left - RIGHT * devicePixelRatio;
    context.fillStyle = getComputedStyle(this.#canvas).color;
    const [from, to] = this.#seen;
    const position = (this.#fraction - from) / (to - from);
    context.fillRect(left + span * position, 0, 2 * devicePixelRatio, height);
  }
}

/** The rows of a part of the whole. */
function partOf(features: MusicFeatures, from: number, to: number): MusicFeatures {
  const first = Math.min(features.rows - 1, Math.floor(from * features.rows));
  const end = Math.max(first + 1, Math.ceil(to * features.rows));
  const width = features.names.length;
  const values = features.values.subarray(first * width, end * width);
  return { ...features, rows: end - first, values };
}

/** Means of the rows that fall into each of `columns` columns: columns × features values. */
function columnsOf({ values, rows, names }: MusicFeatures, columns: number): Float32Array {
  const width = names.length;
  const means = new Float32Array(columns * width);
  for (let column = 0; column < columns; ++column) {
    const from = Math.floor((column * rows) / columns);
    const to = Math.max(from + 1, Math.floor(((column + 1) * rows) / columns));
    for (let row = from; row < to; ++row) {
      for (let i = 0; i < width; ++i)
        means[column * width + i]! += values[row * width + i]! / (to - from);
    }
  }
  return means;
}

function draw(canvas: OffscreenCanvas, features: MusicFeatures, scale: number): void {
  const context = canvas.getContext('2d')!;
  const style = getComputedStyle(document.documentElement);
  const color = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const left = LABEL_WIDTH * scale;
  const span = canvas.width - left - RIGHT * scale;
  const columns = Math.max(1, Math.min(features.rows, Math.floor(span)));
  const means = columnsOf(features, columns);
  const names = features.names.length;
  const x = (column: number): number => left + (span * column) / columns;
  const value = (column: number, feature: number): number => means[column * names + feature]!;

  // The predictions keep to a part of 0…1, so chroma and hits are shown against their own range.
  const range = (from: number, to: number): ((column: number, feature: number) => number) => {
    let [low, high] = [Infinity, -Infinity];
    for (let column = 0; column < columns; ++column) {
      for (let feature = from; feature < to; ++feature) {
        low = Math.min(low, value(column, feature));
        high = Math.max(high, value(column, feature));
      }
    }
    return (column, feature) => (value(column, feature) - low) / Math.max(high - low, 0.05);
  };
  const chroma = range(0, CHROMA);
  const onset = range(ONSET, ONSET + 1);

  const rowHeight = (canvas.height * CHROMA_SHARE) / CHROMA;
  context.fillStyle = color('coarse');
  for (let note = 0; note < CHROMA; ++note) {
    const y = rowHeight * (CHROMA - 1 - note);
    for (let column = 0; column < columns; ++column) {
      context.globalAlpha = chroma(column, note);
      context.fillRect(x(column), y, x(column + 1) - x(column) + 0.5, rowHeight - scale * 0.5);
    }
  }
  context.globalAlpha = 1;

  const onsetBottom = canvas.height * (CHROMA_SHARE + ONSET_SHARE);
  const onsetHeight = canvas.height * (ONSET_SHARE - 0.02);
  context.fillStyle = color('mid');
  for (let column = 0; column < columns; ++column) {
    const height = onset(column, ONSET) * onsetHeight;
    context.fillRect(x(column), onsetBottom - height, x(column + 1) - x(column) + 0.5, height);
  }

  const timbreBottom = canvas.height - scale;
  const timbreHeight = canvas.height * (1 - CHROMA_SHARE - ONSET_SHARE - 0.04);
  const strokes = ['fine', 'coarse', 'soft', 'mid'];
  TIMBRE.forEach((_, i) => {
    context.strokeStyle = color(strokes[i]!);
    context.lineWidth = (i === 0 ? 2 : 1) * scale;
    context.globalAlpha = i === 0 ? 1 : 0.7;
    context.beginPath();
    for (let column = 0; column < columns; ++column) {
      context.lineTo(x(column), timbreBottom - value(column, ONSET + 1 + i) * timbreHeight);
    }
    context.stroke();
  });
  context.globalAlpha = 1;

  context.fillStyle = color('soft');
  context.font = `${Math.min(9 * scale, rowHeight)}px ${style.fontFamily}`;
  context.textBaseline = 'middle';
  for (let note = 0; note < CHROMA; ++note) {
    context.fillText(NOTES[note]!, 6 * scale, rowHeight * (CHROMA - 0.5 - note));
  }
  context.font = `${9 * scale}px ${style.fontFamily}`;
  context.fillText('hits', 6 * scale, onsetBottom - onsetHeight / 2);
  context.fillText('tone', 6 * scale, timbreBottom - timbreHeight / 2);
}

function describe({ names, values, rows, hitsPerMinute }: FeaturesSummary): string {
  const width = names.length;
  const mean = (feature: number): number => {
    let sum = 0;
    for (let row = 0; row < rows; ++row) sum += values[row * width + feature]!;
    return sum / Math.max(1, rows);
  };
  const notes = NOTES.map((note, i) => ({ note, strength: mean(i) }))
    .sort((a, b) => b.strength - a.strength)
    .slice(0, 3)
    .map(({ note }) => note);
  const timbre = TIMBRE.map((name, i) => `${name} ${mean(ONSET + 1 + i).toFixed(2)}`).join(', ');
  const hits =
    hitsPerMinute > 0 ? `about ${Math.round(hitsPerMinute)} hits per minute` : 'no clear hits';
  return (
    `Guessed from the codes, without decoding: strongest notes ${notes.join(', ')}; ` +
    `${hits}; tone colour (0 to 1): ${timbre}.`
  );
}
