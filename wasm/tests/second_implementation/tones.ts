// The tones of packets in coding 1 of docs/FORMAT.md: flags of lines, and levels.
import type { TonesConfig } from './ladder.js';

export const LEVELS_OF_TONES = 32;
export const FLAG_CONTEXTS = 64;
export const LEVEL_CONTEXTS = 3;

/** Weights of symbols, and their sum. */
export interface Weights {
  readonly weights: Int32Array;
  readonly total: number;
}

/** The level of each line that has a tone. */
export type Tones = ReadonlyMap<number, number>;

export const NO_TONES: Tones = new Map();

/** What bytes of a packet say, whoever wrote them. */
export function readTones(bytes: Uint8Array, { lines }: TonesConfig): Tones {
  const tones = new Map<number, number>();
  for (let at = 0; at < bytes.length; at += 2) {
    const line = bytes[at]! - 1;
    if (line < 0 || line >= lines) continue;
    tones.set(line, Math.min(bytes[at + 1]!, LEVELS_OF_TONES - 1));
  }
  return tones;
}

/** As an encoder writes them. */
export function writeTones(tones: Tones, { count }: TonesConfig): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(2 * count);
  [...tones]
    .sort(([a], [b]) => a - b)
    .forEach(([line, level], i) => bytes.set([line + 1, level], 2 * i));
  return bytes;
}

/** The tables of a model: what is likely in each context. */
export class ToneTables {
  readonly #flags: Weights[];
  readonly #levels: Weights[];

  /** Both as in the model file, context after context. */
  constructor(
    readonly config: TonesConfig,
    flags: Int32Array,
    levels: Int32Array,
  ) {
    this.#flags = tablesOf(flags, FLAG_CONTEXTS);
    this.#levels = tablesOf(levels, LEVEL_CONTEXTS);
  }

  /**
   * Goes through the symbols of a packet's tones, `before` being those of the packet before in the page.
   * `said` gets the weights of each and, where `tones` are given, the symbol that says them; it gives the
   * symbol. Returns the tones that were said.
   */
  walk(
    before: Tones,
    tones: Tones | undefined,
    said: (weights: Weights, symbol: number | undefined) => number,
  ): Tones {
    const { lines, count } = this.config;
    const found = new Map<number, number>();
    for (let line = 0; line < lines && found.size < count; ++line) {
      const context =
        Number(before.has(line)) +
        2 * Number(before.has(line - 1) || before.has(line + 1)) +
        4 * Number(found.has(line - 1)) +
        8 * Math.floor((8 * line) / lines);
      const flag = tones && Number(tones.has(line));
      if (said(this.#flags[context]!, flag) === 0) continue;
      const near = [line, line - 1, line + 1].find((other) => before.has(other));
      const from = near === undefined ? 0 : before.get(near)!;
      const table = this.#levels[near === undefined ? 2 : near === line ? 0 : 1]!;
      const level = tones?.get(line);
      const symbol = said(table, level === undefined ? undefined : modulo(level - from));
      found.set(line, modulo(symbol + from));
    }
    return found;
  }
}

const modulo = (difference: number): number => (difference + LEVELS_OF_TONES) % LEVELS_OF_TONES;

function tablesOf(values: Int32Array, contexts: number): Weights[] {
  const size = values.length / contexts;
  return Array.from({ length: contexts }, (_, context) => {
    const weights = values.slice(context * size, (context + 1) * size);
    return { weights, total: weights.reduce((sum, weight) => sum + weight, 0) };
  });
}
