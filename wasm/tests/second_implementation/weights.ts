// Symbols other than codes, in coding 1 of docs/FORMAT.md: each has tables of weights, one for each of its
// contexts.

/** Weights of symbols, and their sum. */
export interface Weights {
  readonly weights: Int32Array;
  readonly total: number;
}

/** Gets the weights of a symbol and, where it is known, the symbol itself; gives the symbol. */
export type Said = (weights: Weights, symbol: number | undefined) => number;

/** A value said as what it is above `base`, modulo the number of symbols. */
export function saidAbove(
  said: Said,
  base: number,
  table: Weights,
  value: number | undefined,
): number {
  const symbols = table.weights.length;
  const symbol = said(table, value === undefined ? undefined : modulo(value - base, symbols));
  return modulo(symbol + base, symbols);
}

export const modulo = (value: number, size: number): number => ((value % size) + size) % size;

/** `values`: context after context. */
export function tablesOf(values: Int32Array, contexts: number): Weights[] {
  const size = values.length / contexts;
  return Array.from({ length: contexts }, (_, context) => {
    const weights = values.slice(context * size, (context + 1) * size);
    return { weights, total: weights.reduce((sum, weight) => sum + weight, 0) };
  });
}
