// The tones of packets in coding 1 of docs/FORMAT.md: flags of lines, levels, phases and pans.
import { bytesOfTone, bytesOfTones, type TonesConfig } from './ladder.js';
import { modulo, type Said, saidAbove, tablesOf, type Weights } from './weights.js';

const LEVELS_OF_TONES = 32;

export interface Tone {
  level: number;
  phase: number;
  pan: number;
}

/** The tone of each line that has one. */
export type Tones = ReadonlyMap<number, Tone>;

export const NO_TONES: Tones = new Map();

/** What bytes of a packet say, whoever wrote them. */
export function readTones(bytes: Uint8Array, config: TonesConfig): Tones {
  const { lines, phases = 1, pans = 1 } = config;
  const size = bytesOfTone(config);
  const tones = new Map<number, Tone>();
  for (let at = 0; at < bytes.length; at += size) {
    const line = bytes[at]! - 1;
    if (line < 0 || line >= lines) continue;
    const place = size > 2 ? Math.min(bytes[at + 2]!, phases * pans - 1) : 0;
    tones.set(line, {
      level: Math.min(bytes[at + 1]!, LEVELS_OF_TONES - 1),
      phase: place % phases,
      pan: Math.floor(place / phases),
    });
  }
  return tones;
}

/** As an encoder writes them. */
export function writeTones(tones: Tones, config: TonesConfig): Uint8Array<ArrayBuffer> {
  const { phases = 1 } = config;
  const size = bytesOfTone(config);
  const bytes = new Uint8Array(bytesOfTones(config));
  [...tones]
    .sort(([a], [b]) => a - b)
    .forEach(([line, { level, phase, pan }], i) =>
      bytes.set([line + 1, level, pan * phases + phase].slice(0, size), size * i),
    );
  return bytes;
}

/** Others are not coded. */
export function areTonesOfAnEncoder(bytes: Uint8Array, config: TonesConfig): boolean {
  const written = writeTones(readTones(bytes, config), config);
  return written.every((byte, i) => byte === bytes[i]);
}

/** The tables of a model: what is likely in each context. */
export class ToneTables {
  readonly #flags: Weights[];
  readonly #levels: Weights[];
  readonly #phases?: Weights[]; // where there are several, as of pans
  readonly #pans?: Weights[];

  /** `weights` gives a tensor of the model file, context after context. */
  constructor(
    readonly config: TonesConfig,
    weights: (name: string, size: number) => Int32Array,
  ) {
    const { phases = 1, pans = 1 } = config;
    const tables = (name: string, contexts: number, symbols: number): Weights[] =>
      tablesOf(weights(name, contexts * symbols), contexts);
    this.#flags = tables('flags', 64, 2);
    this.#levels = tables('levels', 3, LEVELS_OF_TONES);
    if (phases > 1) this.#phases = tables('phases', 3 + phases, phases);
    if (pans > 1) this.#pans = tables('pans', pans + 1, pans);
  }

  /**
   * Goes through the symbols of a packet's tones, `before` being those of the packet before in the page and
   * `earlier` those of the one before that. `said` gets the weights of each and, where `tones` are given, the
   * symbol that says them; it gives the symbol. Returns the tones that were said.
   */
  walk(before: Tones, earlier: Tones, tones: Tones | undefined, said: Said): Tones {
    const { first, lines, count, phases = 1, pans = 1 } = this.config;
    const found = new Map<number, Tone>();
    for (let line = 0; line < lines && found.size < count; ++line) {
      const context =
        Number(before.has(line)) +
        2 * Number(before.has(line - 1) || before.has(line + 1)) +
        4 * Number(found.has(line - 1)) +
        8 * Math.floor((8 * line) / lines);
      const flag = tones && Number(tones.has(line));
      if (said(this.#flags[context]!, flag) === 0) continue;
      const tone = tones?.get(line);
      const near = [line, line - 1, line + 1].find((other) => before.has(other));
      const from = near === undefined ? undefined : before.get(near)!;
      const origin = near === undefined ? 2 : near === line ? 0 : 1;
      const level = saidAbove(said, from?.level ?? 0, this.#levels[origin]!, tone?.level);
      let phase = 0;
      if (this.#phases) {
        const turn = (first + line) % 2 === 1 ? phases / 2 : 0; // in one packet
        const last = origin === 0 ? earlier.get(line) : undefined;
        const table = last ? 3 + modulo(from!.phase - last.phase - turn, phases) : origin;
        phase = saidAbove(said, (from?.phase ?? 0) + turn, this.#phases[table]!, tone?.phase);
      }
      const pan = this.#pans ? saidAbove(said, 0, this.#pans[from?.pan ?? pans]!, tone?.pan) : 0;
      found.set(line, { level, phase, pan });
    }
    return found;
  }
}
