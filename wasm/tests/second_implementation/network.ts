// The network that says how likely each code of one quantizer is: "Network" of docs/FORMAT.md. All its
// numbers are integers; those of the largest matrix lie in doubles, in which JavaScript multiplies
// fastest.
export const CODES = 256;
/** As a context: a code that is not there. */
export const ABSENT = 256;

/** Weights by the lower 9 bits of their distance from the likeliest, before the upper bits halve them. */
const MANTISSAS = Int32Array.from(
  { length: 512 },
  (_, t) => 32768 - ((t * (22006 - ((5622 * t) >> 9))) >> 9),
);
const FAR = 8192; // a distance from which on the weight is the least

/** Row-major; shapes as in docs/FORMAT.md. */
export interface NetworkTensors {
  /** For each code of context those of the quantizer that it belongs to. */
  embeddings: Int32Array[];
  hiddenWeight: Int32Array;
  hiddenBias: Int32Array;
  outputWeight: Int32Array;
  outputBias: Int32Array;
}

export class Network {
  /** Of the codes, as `predict` left them; `total` is their sum. */
  readonly weights = new Int32Array(CODES);
  total = 0;
  readonly #hidden: Int32Array; // sums before the shift
  readonly #bias: Int32Array;
  // What each code of each context adds to the hidden sums: looked up instead of multiplied.
  readonly #shares: Int32Array[];
  // Of the hidden units that are not 0: which, and their values; zeros fill up fours.
  readonly #units: Int32Array;
  readonly #values: Int32Array;
  readonly #rows: Float64Array[]; // of the output, one for each hidden unit
  readonly #outputBias: Float64Array;
  readonly #logarithms = new Float64Array(CODES);

  constructor(tensors: NetworkTensors) {
    const { embeddings, hiddenWeight, hiddenBias, outputWeight, outputBias } = tensors;
    const width = hiddenBias.length;
    this.#hidden = new Int32Array(width);
    this.#bias = hiddenBias.map((bias) => bias + 256); // so that the shift rounds
    this.#units = new Int32Array(width + 3);
    this.#values = new Int32Array(width + 3);
    this.#outputBias = Float64Array.from(outputBias);
    this.#rows = Array.from({ length: width }, (_, j) =>
      Float64Array.from({ length: CODES }, (_, k) => outputWeight[k * width + j]!),
    );
    this.#shares = embeddings.map((embedding, context) =>
      shareOf(embedding, context, embeddings.length, hiddenWeight, width),
    );
  }

  /** Takes the codes of the contexts and leaves `weights`. */
  predict(contexts: Int32Array): void {
    this.#addShares(contexts);
    this.#addRows(this.#activate());
    const logarithms = this.#logarithms;
    let highest = logarithms[0]!;
    for (let k = 1; k < CODES; ++k) {
      if (logarithms[k]! > highest) highest = logarithms[k]!;
    }
    let total = 0;
    for (let k = 0; k < CODES; ++k) {
      const distance = (highest - logarithms[k]!) | 0;
      const weight = distance >= FAR ? 1 : 1 + (MANTISSAS[distance & 511]! >> (distance >> 9));
      this.weights[k] = weight;
      total += weight;
    }
    this.total = total;
  }

  #addShares(contexts: Int32Array): void {
    const hidden = this.#hidden;
    const width = hidden.length;
    hidden.set(this.#bias);
    for (let i = 0; i < contexts.length; ++i) {
      const share = this.#shares[i]!;
      const at = contexts[i]! * width;
      for (let j = 0; j < width; ++j) hidden[j] = (hidden[j]! + share[at + j]!) | 0;
    }
  }

  /** Finds the hidden units that are not 0; how many they are, in fours. */
  #activate(): number {
    const [hidden, units, values] = [this.#hidden, this.#units, this.#values];
    let count = 0;
    for (let j = 0; j < hidden.length; ++j) {
      const value = hidden[j]! >> 9;
      if (value <= 0) continue;
      units[count] = j;
      values[count++] = value < 127 ? value : 127;
    }
    for (; count % 4 !== 0; ++count) units[count] = values[count] = 0;
    return count;
  }

  #addRows(count: number): void {
    const [rows, units, values, logarithms] = [
      this.#rows,
      this.#units,
      this.#values,
      this.#logarithms,
    ];
    logarithms.set(this.#outputBias);
    for (let i = 0; i < count; i += 4) {
      const [a, b] = [rows[units[i]!]!, rows[units[i + 1]!]!];
      const [c, d] = [rows[units[i + 2]!]!, rows[units[i + 3]!]!];
      const [p, q, r, s] = [values[i]!, values[i + 1]!, values[i + 2]!, values[i + 3]!];
      for (let k = 0; k < CODES; ++k) {
        logarithms[k]! += p * a[k]! + q * b[k]! + r * c[k]! + s * d[k]!;
      }
    }
  }
}

/** [ABSENT + 1, width]: the part of hidden.weight that meets a context, times its embedding. */
function shareOf(
  embedding: Int32Array,
  context: number,
  contexts: number,
  hiddenWeight: Int32Array,
  width: number,
): Int32Array {
  const size = embedding.length / (ABSENT + 1);
  const share = new Int32Array((ABSENT + 1) * width);
  for (let code = 0; code <= ABSENT; ++code) {
    for (let j = 0; j < width; ++j) {
      const weight = (j * contexts + context) * size;
      let sum = 0;
      for (let e = 0; e < size; ++e) {
        sum += Math.imul(hiddenWeight[weight + e]!, embedding[code * size + e]!);
      }
      share[code * width + j] = sum;
    }
  }
  return share;
}
