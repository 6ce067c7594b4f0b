// The choice of engine, and the table that compares them.
import type { Comparison, EngineFigures } from '../engine/comparison';
import type { EngineId } from '../engine/contract';
import type { Agreement } from '../engine/near-ties';
import { ENGINE_NAMES } from '../engine/registry';
import { byId, make } from './elements';
import { count, fileSize, milliseconds, speed } from './format';

const ROWS: Array<[string, (figures: EngineFigures) => string]> = [
  ['Encode', (f) => speed(f.encodeTimesRealTime)],
  ['Decode', (f) => speed(f.decodeTimesRealTime)],
  ['Round trip', (f) => speed(f.roundTripTimesRealTime)],
  ['Download', (f) => (f.downloadBytes === undefined ? '–' : fileSize(f.downloadBytes))],
  ['compressed', (f) => (f.downloadGzipBytes === undefined ? '–' : fileSize(f.downloadGzipBytes))],
  ['Start-up', (f) => milliseconds(f.startupMs)],
];

export class EngineCard {
  readonly #choice = byId('engine', HTMLFieldSetElement);
  readonly #button = byId('compare-engines', HTMLButtonElement);
  readonly #table = byId('comparison', HTMLElement);
  #busy = false;
  #comparing = false;

  constructor(onEngine: (id: EngineId) => void, onCompare: () => Promise<void>) {
    this.#choice.addEventListener('change', () => onEngine(this.chosen));
    this.#button.addEventListener('click', async () => {
      this.#comparing = true;
      this.#showReady();
      await onCompare().finally(() => (this.#comparing = false));
      this.#showReady();
    });
  }

  /** Whether other work goes on, which a comparison would end. */
  set busy(busy: boolean) {
    this.#busy = busy;
    this.#showReady();
  }

  get chosen(): EngineId {
    return this.#choice.querySelector<HTMLInputElement>('input:checked')!.value as EngineId;
  }

  set chosen(id: EngineId) {
    this.#choice.querySelector<HTMLInputElement>(`input[value="${id}"]`)!.checked = true;
  }

  show(comparison: Comparison): void {
    const { engines, seconds, quality, largestDifference } = comparison;
    const head = make('tr', {}, make('th', { scope: 'col' }));
    for (const { id } of engines) head.append(make('th', { scope: 'col' }, ENGINE_NAMES[id]));
    const body = make('tbody');
    for (const [name, cell] of ROWS) {
      const row = make('tr', {}, make('th', { scope: 'row' }, name));
      for (const figures of engines) row.append(make('td', {}, cell(figures)));
      body.append(row);
    }
    const wide = (name: string, text: string): void => {
      body.append(
        make('tr', {}, make('th', { scope: 'row' }, name), make('td', { colSpan: 2 }, text)),
      );
    };
    wide('Codes agree (quality 12)', agreementInWords(comparison));
    wide(
      'Largest difference of samples, if both compute with 32-bit floats',
      largestDifference.toExponential(1),
    );
    const caption = `${seconds.toFixed(1)} seconds of music at quality ${quality}, one thread each; median of three.`;
    const table = make('table', {}, make('caption', {}, caption), make('thead', {}, head), body);
    this.#table.replaceChildren(table);
    this.#table.hidden = false;
    // For the benchmark, which takes its figures from here.
    this.#table.dataset.figures = JSON.stringify(comparison);
  }

  #showReady(): void {
    this.#button.disabled = this.#busy || this.#comparing;
  }
}

function agreementInWords({ codes, equalCodes, nearTies }: Agreement): string {
  const words = `${equalCodes + nearTies === codes ? 'yes' : 'no'}, ${count(equalCodes)} of ${count(codes)}`;
  return nearTies === 0 ? words : `${words}; ${count(nearTies)} near ties`;
}
