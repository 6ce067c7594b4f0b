// One piece of work at a time: its progress, its cancel button, its failure.
import type { Progress } from '../engine/contract';
import { isAbort, problemOf } from '../problem';
import { announce, byId, make } from './elements';
import { percent, speed } from './format';

export type Report = (text: string, progress?: Partial<Progress>) => void;

export class Activity {
  readonly #card = byId('activity', HTMLElement);
  readonly #text = byId('activity-text', HTMLElement);
  readonly #bar = byId('activity-bar', HTMLProgressElement);
  readonly #speed = byId('activity-speed', HTMLOutputElement);
  readonly #problem = byId('problem', HTMLElement);
  #controller: AbortController | undefined;
  #running: string | undefined;

  constructor(private readonly onBusy: (busy: boolean) => void) {
    byId('activity-cancel', HTMLButtonElement).addEventListener('click', () => {
      this.abort();
      announce('Cancelled');
    });
  }

  /** The work that goes on, in the words that run() was given. */
  get running(): string | undefined {
    return this.#running;
  }

  /** Ends the work that goes on, if any. */
  abort(): void {
    this.#controller?.abort();
    this.#controller = undefined;
    this.#running = undefined;
    this.#card.hidden = true;
    this.onBusy(false);
  }

  /** Undefined if the work was cancelled, or failed and its problem is on the page. */
  async run<T>(
    text: string,
    work: (signal: AbortSignal, report: Report) => Promise<T>,
  ): Promise<T | undefined> {
    this.abort();
    this.clearProblem();
    const controller = (this.#controller = new AbortController());
    this.#running = text;
    this.onBusy(true);
    const { signal } = controller;
    const report: Report = (sentence, progress) => {
      if (!signal.aborted) this.#show(sentence, progress);
    };
    report(text);
    this.#card.hidden = false;
    try {
      const result = await work(signal, report);
      return signal.aborted ? undefined : result;
    } catch (error) {
      if (!signal.aborted && !isAbort(error)) this.showProblem(error);
      return undefined;
    } finally {
      if (this.#controller === controller) this.abort();
    }
  }

  showProblem(error: unknown): void {
    const problem = problemOf(error);
    const dismiss = make('button', { type: 'button', textContent: 'Close' });
    dismiss.addEventListener('click', () => this.clearProblem());
    const card = make(
      'div',
      { className: 'card problem' },
      make('strong', { textContent: 'This did not work' }),
      make('p', { textContent: problem.message }),
    );
    if (problem.detail !== '') {
      const details = make(
        'details',
        {},
        make('summary', { textContent: 'Details' }),
        problem.detail,
      );
      card.append(details);
    }
    card.append(make('div', { className: 'actions' }, dismiss));
    card.dataset.code = problem.code;
    this.#problem.replaceChildren(card);
    card.scrollIntoView({ block: 'nearest' });
  }

  get hasProblem(): boolean {
    return this.#problem.firstChild !== null;
  }

  clearProblem(): void {
    this.#problem.replaceChildren();
  }

  #show(text: string, { fraction, timesRealTime }: Partial<Progress> = {}): void {
    // A live region speaks each change, so it must not change with every percent.
    if (this.#text.textContent !== text) this.#text.textContent = text;
    if (fraction === undefined) this.#bar.removeAttribute('value');
    else this.#bar.value = fraction;
    const parts: string[] = [];
    if (fraction !== undefined) parts.push(percent(fraction));
    if (timesRealTime !== undefined && timesRealTime > 0) parts.push(speed(timesRealTime));
    this.#speed.value = parts.join(' · ');
  }
}
