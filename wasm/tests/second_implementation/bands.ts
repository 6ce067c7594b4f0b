// The levels of bands of packets in coding 1 of docs/FORMAT.md: what has changed since the packet before.
import { bytesOfBands, type BandsConfig } from './ladder.js';
import { type Said, saidAbove, tablesOf, type Weights } from './weights.js';

const LEVELS_OF_BANDS = 32;
const CONTEXTS = 108;
const FIRST_BAND = 106; // the context of band 0, where its level stayed

/** A level for each band. */
export type Levels = Uint8Array<ArrayBuffer>;

export const noLevels = (config: BandsConfig): Levels => new Uint8Array(bytesOfBands(config));

/** Others are not coded. */
export const areLevelsOfAnEncoder = (levels: Levels): boolean =>
  levels.every((level) => level < LEVELS_OF_BANDS);

/** The table of a model: what is likely in each context. */
export class BandTables {
  readonly #levels: Weights[];

  /** `weights` gives a tensor of the model file, context after context. */
  constructor(
    readonly config: BandsConfig,
    weights: (name: string, size: number) => Int32Array,
  ) {
    this.#levels = tablesOf(weights('levels', CONTEXTS * LEVELS_OF_BANDS), CONTEXTS);
  }

  /**
   * Goes through the symbols of a packet's levels, `before` being those of the packet before in the page and
   * `earlier` those of the one before that. `said` gets the weights of each and, where `levels` are given, the
   * symbol that says them; it gives the symbol. Returns the levels that were said.
   */
  walk(before: Levels, earlier: Levels, levels: Levels | undefined, said: Said): Levels {
    const found = noLevels(this.config);
    for (let band = 0; band < found.length; ++band) {
      const last = before[band]!;
      const step = limited(last - earlier[band]!, 1);
      let context = FIRST_BAND + step;
      if (band > 0) {
        const below = found[band - 1]!;
        const stepBelow = limited(below - before[band - 1]!, 3);
        const above = limited(Math.floor((below - last) / 2), 2);
        context = stepBelow + 3 + 7 * (step + 1 + 3 * (above + 2));
      }
      found[band] = saidAbove(said, last, this.#levels[context]!, levels?.[band]);
    }
    return found;
  }
}

const limited = (value: number, most: number): number => Math.max(-most, Math.min(value, most));
