// The container of named tensors of docs/FORMAT.md ("Model file"), as far as entropy coding needs it:
// integers that are stored as int8 with scales of 1, or as f32.
import { crc32 } from './crc32.js';

const MAGIC = 'MOTETMDL';
const HEADER = 64;
const F32 = 0;
const INT8 = 2;

interface Entry {
  dtype: number;
  shape: number[];
  offset: number;
  bytes: number;
  checksum: number;
}

export class TensorFile {
  /** The whole JSON. */
  readonly json: unknown;
  readonly #bytes: Uint8Array;
  readonly #entries = new Map<string, Entry>();

  /** Throws an Error that says what does not hold. Tensors are checked when they are asked for. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    if (bytes.length < HEADER || textOf(bytes.subarray(0, 8)) !== MAGIC) {
      throw new Error('not a file of tensors');
    }
    const fields = viewOf(bytes);
    if (fields.getUint32(8, true) !== 1) {
      throw new Error(`tensors of format ${fields.getUint32(8, true)}, wanted 1`);
    }
    const json = HEADER + fields.getUint32(12, true);
    const table = json + fields.getUint32(20, true);
    const holds =
      fields.getUint32(60, true) === crc32(bytes.subarray(0, 60)) &&
      fields.getBigUint64(24, true) === BigInt(bytes.length) &&
      table <= bytes.length &&
      fields.getUint32(32, true) === crc32(bytes.subarray(HEADER, table));
    if (!holds) throw new Error('the file of tensors is damaged');
    this.json = JSON.parse(textOf(bytes.subarray(HEADER, json)));
    let at = json;
    for (let left = fields.getUint32(16, true); left > 0; --left) {
      const name = at + 2;
      const type = name + fields.getUint16(at, true);
      const rank = bytes[type + 1]!;
      const end = type + 2 + 4 * rank;
      this.#entries.set(textOf(bytes.subarray(name, type)), {
        dtype: bytes[type]!,
        shape: Array.from({ length: rank }, (_, i) => fields.getUint32(type + 2 + 4 * i, true)),
        offset: Number(fields.getBigUint64(end, true)),
        bytes: Number(fields.getBigUint64(end + 8, true)),
        checksum: fields.getUint32(end + 16, true),
      });
      at = end + 20;
    }
  }

  /** The values of a tensor, which must be integers from `least` to `most`. */
  integers(name: string, shape: readonly number[], least: number, most: number): Int32Array {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new Error(`there is no tensor ${name}`);
    if (String(entry.shape) !== String(shape)) {
      throw new Error(`${name} has the shape ${entry.shape}, wanted ${shape}`);
    }
    const data = this.#bytes.subarray(entry.offset, entry.offset + entry.bytes);
    const size = shape.reduce((product, length) => product * length, 1);
    const wanted = entry.dtype === INT8 ? 4 * shape[0]! + size : 4 * size;
    if (data.length !== wanted || entry.checksum !== crc32(data)) {
      throw new Error(`${name} is damaged`);
    }
    const view = viewOf(data);
    let scaled = true;
    let values: number[];
    if (entry.dtype === INT8) {
      for (let i = 0; i < shape[0]!; ++i) scaled &&= view.getFloat32(4 * i, true) === 1;
      values = Array.from({ length: size }, (_, i) => view.getInt8(4 * shape[0]! + i));
    } else {
      scaled = entry.dtype === F32;
      values = Array.from({ length: size }, (_, i) => view.getFloat32(4 * i, true));
    }
    if (!scaled || !values.every((x) => Number.isInteger(x) && x >= least && x <= most)) {
      throw new Error(`${name} holds something else than integers from ${least} to ${most}`);
    }
    return Int32Array.from(values);
  }
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
