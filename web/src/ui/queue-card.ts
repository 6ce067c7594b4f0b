// Many files: a line for each, and ways to save them all.
import type { SoundFormat } from '../audio/sound-writer';
import { byId, make } from './elements';

/** What became of a file, in words. */
export interface Outcome {
  text: string;
  failed?: boolean;
}

const QUALITIES = Array.from({ length: 12 }, (_, i) => String(i + 1));

export class QueueCard {
  readonly #card = byId('queue', HTMLElement);
  readonly #title = byId('queue-title', HTMLElement);
  readonly #files = byId('queue-files', HTMLOListElement);
  readonly #quality = byId('queue-quality', HTMLSelectElement);
  readonly #sum = byId('queue-sum', HTMLOutputElement);
  readonly #format = byId('queue-format', HTMLSelectElement);
  readonly #zip = byId('queue-zip', HTMLButtonElement);
  readonly #folder = byId('queue-folder', HTMLButtonElement);
  readonly #saved = byId('queue-saved', HTMLElement);
  #lines: HTMLElement[] = [];

  constructor(actions: { onQuality: () => void; onZip: () => void; onFolder: () => void }) {
    this.#quality.replaceChildren(...QUALITIES.map((value) => new Option(value)));
    this.#quality.addEventListener('change', () => actions.onQuality());
    this.#zip.addEventListener('click', () => actions.onZip());
    this.#folder.addEventListener('click', () => actions.onFolder());
    this.#folder.hidden = !('showDirectoryPicker' in window);
  }

  get quality(): number {
    return Number(this.#quality.value);
  }

  /** What they are saved as. */
  get format(): 'motet' | SoundFormat {
    return this.#format.value as 'motet' | SoundFormat;
  }

  show(names: readonly string[], quality: number): void {
    this.#quality.value = String(quality);
    // Whoever brings coded files alone wants their sound.
    this.#format.value = names.every((name) => /\.motet$/i.test(name)) ? 'flac' : 'motet';
    this.showSaved('');
    this.#title.textContent = `${names.length} files`;
    this.#lines = names.map(() => make('span', { className: 'figure' }));
    this.#files.replaceChildren(
      ...names.map((name, i) => make('li', {}, make('span', {}, name), this.#lines[i]!)),
    );
    this.#card.hidden = false;
  }

  /** `index`: of the file in the list. */
  showOutcome(index: number, { text, failed = false }: Outcome): void {
    const line = this.#lines[index]!;
    line.textContent = text;
    line.classList.toggle('failed', failed);
  }

  /** `words` about all of them; while some are still encoded, there is nothing to save. */
  showSum(words: string, ready: boolean): void {
    this.#sum.value = words;
    this.#zip.disabled = !ready;
    this.#folder.disabled = !ready;
    this.showSaved('');
  }

  /** Of all of them, in words. */
  showSaved(words: string): void {
    this.#saved.textContent = words;
  }

  hide(): void {
    this.#card.hidden = true;
  }
}
