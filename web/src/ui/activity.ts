// One piece of work at a time, and beside it one thing that is loaded: progress, cancel button, failure.
import type { Progress } from '../engine/contract';
import { isAbort, problemOf } from '../problem';
import { byId, make } from './elements';
import { percent, speed } from './format';

export type Report = (text: string, progress?: Partial<Progress>) => void;

type Work<T> = (signal: AbortSignal, report: Report) => Promise<T>;

/** One that was cancelled stays until another takes its place, so that it can be started again. */
interface Task {
  /** In the words that run() or load() was given. */
  readonly text: string;
  readonly again: () => unknown;
  readonly controller: AbortController;
  /** What was reported last. */
  shown: Parameters<Report>;
}

const goesOn = (task: Task | undefined): boolean => task?.controller.signal.aborted === false;

export class Activity {
  readonly #card = byId('activity', HTMLElement);
  readonly #text = byId('activity-text', HTMLElement);
  readonly #bar = byId('activity-bar', HTMLProgressElement);
  readonly #speed = byId('activity-speed', HTMLOutputElement);
  readonly #cancel = byId('activity-cancel', HTMLButtonElement);
  readonly #again = byId('activity-again', HTMLButtonElement);
  readonly #problem = byId('problem', HTMLElement);
  #tasks: { work?: Task; load?: Task } = {};

  constructor(private readonly onBusy: (busy: boolean) => void) {
    this.#cancel.addEventListener('click', () => this.#cancelShown());
    this.#again.addEventListener('click', () => this.#shown?.again());
  }

  /** The work that goes on, in the words that run() was given. */
  get running(): string | undefined {
    return goesOn(this.#tasks.work) ? this.#tasks.work!.text : undefined;
  }

  get loading(): boolean {
    return goesOn(this.#tasks.load);
  }

  /** Ends all that goes on, if anything. */
  abort(): void {
    for (const { controller } of Object.values(this.#tasks)) controller.abort();
    this.#tasks = {};
    this.#show();
  }

  /**
   * Ends the work before it. Undefined if the work was cancelled, or failed and its problem is on the page.
   * `again` does after Cancel what led here. `follows`: nobody asked for it now, so a problem stays.
   */
  async run<T>(
    text: string,
    again: () => unknown,
    work: Work<T>,
    follows = false,
  ): Promise<T | undefined> {
    if (!this.loading) delete this.#tasks.load;
    if (!follows) this.clearProblem();
    return this.#start('work', text, again, work);
  }

  /** As run() does, but beside the work that goes on: nothing is lost if it fails or ends. */
  async load<T>(text: string, again: () => unknown, work: Work<T>): Promise<T | undefined> {
    this.clearProblem();
    return this.#start('load', text, again, work);
  }

  async #start<T>(
    slot: 'work' | 'load',
    text: string,
    again: () => unknown,
    work: Work<T>,
  ): Promise<T | undefined> {
    this.#tasks[slot]?.controller.abort();
    const controller = new AbortController();
    const { signal } = controller;
    const task: Task = { text, again, controller, shown: [text] };
    this.#tasks[slot] = task;
    const report: Report = (...shown) => {
      if (signal.aborted) return;
      task.shown = shown;
      this.#show();
    };
    this.#show();
    try {
      const result = await work(signal, report);
      return signal.aborted ? undefined : result;
    } catch (error) {
      if (!signal.aborted && !isAbort(error)) this.showProblem(error, text);
      return undefined;
    } finally {
      if (!signal.aborted) {
        controller.abort();
        delete this.#tasks[slot];
        this.#show();
      }
    }
  }

  /** `text`: what did not work. */
  showProblem(error: unknown, text = 'This'): void {
    const problem = problemOf(error);
    const dismiss = make('button', { type: 'button', textContent: 'Close' });
    dismiss.addEventListener('click', () => this.clearProblem());
    const card = make(
      'div',
      { className: 'card problem' },
      make('strong', { textContent: `${text} did not work` }),
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

  get #shown(): Task | undefined {
    return this.#tasks.load ?? this.#tasks.work;
  }

  #cancelShown(): void {
    this.#shown?.controller.abort();
    if (this.#tasks.work !== undefined) delete this.#tasks.load; // it is the work's turn again
    this.#show();
    this.#again.focus();
  }

  #show(): void {
    this.onBusy(this.loading || this.running !== undefined);
    const task = this.#shown;
    const focused = this.#card.contains(document.activeElement);
    this.#card.hidden = task === undefined;
    if (task === undefined) {
      if (focused) focusResult();
      return;
    }
    const cancelled = !goesOn(task);
    this.#bar.hidden = cancelled;
    this.#speed.hidden = cancelled;
    this.#cancel.hidden = cancelled;
    this.#again.hidden = !cancelled;
    if (focused) (cancelled ? this.#again : this.#cancel).focus();
    const [text, progress = {}] = cancelled ? [`Cancelled: ${task.text}`] : task.shown;
    this.#showProgress(text, progress);
  }

  #showProgress(text: string, { fraction, timesRealTime }: Partial<Progress>): void {
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

/** From a button that is hidden with its work, to what came of the work. */
function focusResult(): void {
  const titles = [byId('queue-title', HTMLElement), byId('result-title', HTMLElement)];
  const title = titles.find((each) => each.offsetParent !== null);
  if (title === undefined) return;
  title.tabIndex = -1;
  title.focus({ preventScroll: true });
}
