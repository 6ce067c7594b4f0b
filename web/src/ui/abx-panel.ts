// The blind test: which of A, B and X is heard, the answers, and the score.
import type { ComparePlayer, Side } from '../audio/compare-player';
import { AbxTest } from '../listening/abx';
import { byId } from './elements';

export class AbxPanel {
  readonly #panel = byId('abx', HTMLDetailsElement);
  readonly #pair = byId('abx-pair', HTMLSelectElement);
  readonly #sides = byId('abx-sides', HTMLFieldSetElement);
  readonly #play = byId('abx-play', HTMLButtonElement);
  readonly #score = byId('abx-score', HTMLElement);
  #test = new AbxTest();

  constructor(
    private readonly player: ComparePlayer,
    onBlind: () => void,
    onToggle: () => void,
  ) {
    this.#panel.addEventListener('toggle', () => {
      onBlind();
      if (this.blind) this.#hear();
      else player.hear('decoded');
    });
    this.#sides.addEventListener('change', () => this.#hear());
    this.#pair.addEventListener('change', () => this.reset());
    this.#play.addEventListener('click', onToggle);
    byId('abx-a', HTMLButtonElement).addEventListener('click', () => this.#answer('A'));
    byId('abx-b', HTMLButtonElement).addEventListener('click', () => this.#answer('B'));
    byId('abx-reset', HTMLButtonElement).addEventListener('click', () => this.reset());
    player.addEventListener('change', () => {
      this.#play.textContent = player.playing ? 'Pause' : 'Play';
      this.#play.ariaLabel = `${this.#play.textContent} the blind test`;
    });
    this.#showScore();
  }

  get blind(): boolean {
    return this.#panel.open;
  }

  /** Other recordings: earlier answers say nothing about them. */
  load(withOpus: boolean): void {
    if (!withOpus) this.#pair.selectedIndex = 0;
    this.reset();
  }

  /** A letter of the keyboard; returns whether it is one of the test's. */
  press(key: string): boolean {
    const value = (['A', 'B', 'X'] as const).find((each) => each.toLowerCase() === key);
    if (value !== undefined) this.#choose(value);
    return value !== undefined;
  }

  reset(): void {
    this.#test = new AbxTest();
    this.#choose('X');
    this.#showScore();
  }

  close(): void {
    this.#panel.open = false;
  }

  #choose(value: 'A' | 'B' | 'X'): void {
    const radio = this.#sides.querySelector<HTMLInputElement>(`input[value="${value}"]`)!;
    radio.checked = true;
    if (this.blind) this.#hear();
  }

  #hear(): void {
    const chosen = this.#sides.querySelector<HTMLInputElement>('input:checked')!.value;
    const side = chosen === 'X' ? this.#test.x : chosen;
    const [a, b] = this.#pair.value.split(' ') as [Side, Side];
    this.player.hear(side === 'A' ? a : b);
  }

  #answer(choice: 'A' | 'B'): void {
    this.#test.answer(choice);
    this.#choose('X');
    this.#showScore();
  }

  #showScore(): void {
    const { trials, correct, pValue } = this.#test;
    const last = trials.at(-1);
    if (last === undefined) {
      this.#score.textContent = 'No answers yet. Ten or more make a good test.';
      return;
    }
    const verdict = last.x === last.answer ? 'Right' : 'Wrong';
    this.#score.textContent =
      `${verdict}: it was ${last.x}. ${correct} of ${trials.length} right; ` +
      `somebody who guesses does as well with probability p = ${pValue.toFixed(3)}.`;
  }
}
