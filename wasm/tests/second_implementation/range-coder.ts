// The range coder of docs/FORMAT.md. Its 48 bits are exact in doubles: no sum here reaches 2⁵³, and no
// quotient comes so near to an integer that rounding could take it there.
const TOP = 2 ** 48;
const LEAST_RANGE = 2 ** 40;

export class RangeEncoder {
  readonly #bytes: number[] = [];
  #low = 0;
  #range = TOP - 1;

  /** A symbol of `weight` out of `total`, after symbols of weight `below` together. */
  encode(below: number, weight: number, total: number): void {
    const unit = Math.floor(this.#range / total);
    this.#low += unit * below;
    this.#range = unit * weight;
    if (this.#low >= TOP) this.#carry();
    while (this.#range < LEAST_RANGE) {
      this.#putHighest();
      this.#range *= 256;
    }
  }

  /** The bytes of all symbols; the encoder is used up. */
  finish(): Uint8Array<ArrayBuffer> {
    const highest = this.#low + this.#range - 1;
    // The fewest bytes that name a number from `low` to `highest`.
    let count = 0;
    for (let step = TOP; ; step /= 256, ++count) {
      const named = Math.ceil(this.#low / step) * step;
      if (named > highest) continue;
      this.#low = named;
      break;
    }
    if (this.#low >= TOP) this.#carry();
    for (; count > 0; --count) this.#putHighest();
    const bytes = this.#bytes;
    while (bytes.length > 1 && bytes[bytes.length - 1] === 0) bytes.pop();
    return Uint8Array.from(bytes.length > 0 ? bytes : [0]);
  }

  #putHighest(): void {
    const byte = Math.floor(this.#low / LEAST_RANGE);
    this.#bytes.push(byte);
    this.#low = (this.#low - byte * LEAST_RANGE) * 256;
  }

  #carry(): void {
    this.#low -= TOP;
    let at = this.#bytes.length - 1;
    while (this.#bytes[at] === 255) this.#bytes[at--] = 0;
    ++this.#bytes[at]!;
  }
}

export class RangeDecoder {
  readonly #bytes: Uint8Array;
  #at = 0;
  #code = 0;
  #range = TOP - 1;
  #unit = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    for (let i = 0; i < 6; ++i) this.#code = this.#code * 256 + this.#next();
  }

  /** A number below `total` that lies in the part of the next symbol. */
  target(total: number): number {
    this.#unit = Math.floor(this.#range / total);
    return Math.min(Math.floor(this.#code / this.#unit), total - 1);
  }

  /** That symbol has `weight`, and symbols of weight `below` together come before it. */
  decode(below: number, weight: number): void {
    this.#range = this.#unit * weight;
    // Beyond it only in bytes that no encoder writes.
    this.#code = Math.min(this.#code - this.#unit * below, this.#range - 1);
    while (this.#range < LEAST_RANGE) {
      this.#code = this.#code * 256 + this.#next();
      this.#range *= 256;
    }
  }

  #next(): number {
    return this.#bytes[this.#at++] ?? 0;
  }
}
