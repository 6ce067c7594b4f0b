// Many files: a line for each, and one button that saves them all.
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
  readonly #save = byId('queue-save', HTMLButtonElement);
  #lines: HTMLElement[] = [];

  constructor(actions: { onQuality: () => void; onSave: () => void }) {
    this.#quality.replaceChildren(...QUALITIES.map((value) => new Option(value)));
    this.#quality.addEventListener('change', () => actions.onQuality());
    this.#save.addEventListener('click', () => actions.onSave());
  }

  get quality(): number {
    return Number(this.#quality.value);
  }

  show(names: readonly string[], quality: number): void {
    this.#quality.value = String(quality);
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
    this.#save.disabled = !ready;
  }

  hide(): void {
    this.#card.hidden = true;
  }
}
