// What came out: name, quality, bit rate, ratio, size, and the ways to save it.
import type { SoundFormat } from '../audio/sound-writer';
import { announce, byId } from './elements';
import { bitRate, fileSize, ratio, speed } from './format';

export interface ResultFigures {
  bytes: number;
  /** Seconds. */
  duration: number;
  channels: number;
  /**
   * Whether the file is there. While it is not, they are computed: exactly, or as what it has at most,
   * because entropy coding saves as much as the music lets it.
   */
  bytesAre: 'measured' | 'exact' | 'at most';
}

const DEBOUNCE_MS = 350;

export class ResultCard {
  readonly #card = byId('result', HTMLElement);
  readonly #title = byId('result-title', HTMLElement);
  readonly #facts = byId('result-facts', HTMLElement);
  readonly #notes = byId('result-notes', HTMLElement);
  readonly #quality = byId('quality', HTMLInputElement);
  readonly #qualityValue = byId('quality-value', HTMLOutputElement);
  readonly #row = byId('quality-row', HTMLElement);
  readonly #speed = byId('figure-speed', HTMLElement);
  readonly #saveMotet = byId('save-motet', HTMLButtonElement);
  readonly #saveWav = byId('save-wav', HTMLButtonElement);
  readonly #saveFlac = byId('save-flac', HTMLButtonElement);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `onQuality` comes at once, `onEncode` when the slider rests. */
  constructor(actions: {
    onQuality: (quality: number) => void;
    onEncode: (quality: number) => void;
    onSaveMotet: () => void;
    onSaveSound: (format: SoundFormat) => void;
  }) {
    this.#quality.addEventListener('input', () => {
      this.#showQuality();
      actions.onQuality(this.quality);
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => actions.onEncode(this.quality), DEBOUNCE_MS);
    });
    this.#showQuality();
    this.#saveMotet.addEventListener('click', actions.onSaveMotet);
    this.#saveWav.addEventListener('click', () => actions.onSaveSound('wav'));
    this.#saveFlac.addEventListener('click', () => actions.onSaveSound('flac'));
  }

  get quality(): number {
    return this.#quality.valueAsNumber;
  }

  set quality(value: number) {
    this.#quality.valueAsNumber = value;
    this.#showQuality();
  }

  /** `adjustable`: the music is there, so another quality is possible. `notes`: what was left out. */
  show(title: string, facts: string, adjustable: boolean, notes: readonly string[] = []): void {
    clearTimeout(this.#timer);
    this.#title.textContent = title;
    this.#facts.textContent = facts;
    this.#notes.textContent = notes.join(' ');
    this.#row.hidden = !adjustable;
    this.#saveMotet.hidden = !adjustable;
    this.#card.hidden = false;
  }

  hide(): void {
    clearTimeout(this.#timer);
    this.#card.hidden = true;
  }

  /** While it encodes there is nothing to save. */
  set ready(ready: boolean) {
    this.#saveMotet.disabled = !ready;
    this.#saveWav.disabled = !ready;
    this.#saveFlac.disabled = !ready;
  }

  showFigures({ bytes, duration, channels, bytesAre }: ResultFigures): void {
    const seconds = Math.max(duration, 1e-6);
    const measured = bytesAre === 'measured';
    const [most, least] = bytesAre === 'at most' ? ['≤\u00a0', '≥\u00a0'] : ['', ''];
    const texts = {
      rate: most + bitRate((bytes * 8) / 1000 / seconds),
      ratio: least + ratio((seconds * 44100 * 2 * channels) / bytes),
      size: most + fileSize(bytes),
    };
    byId('figure-rate', HTMLElement).textContent = texts.rate;
    byId('figure-ratio', HTMLElement).textContent = texts.ratio;
    byId('figure-size', HTMLElement).textContent = texts.size;
    this.#card.toggleAttribute('data-measured', measured);
    if (measured) announce(`${texts.size}, ${texts.ratio}, ${texts.rate}`);
  }

  showSpeed(timesRealTime: number | undefined): void {
    this.#speed.parentElement!.hidden = timesRealTime === undefined;
    this.#speed.textContent = timesRealTime === undefined ? '' : speed(timesRealTime);
  }

  #showQuality(): void {
    this.#qualityValue.value = `${this.quality} of ${this.#quality.max}`;
  }
}
