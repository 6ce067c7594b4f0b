// How fast an engine is.
import type { Progress } from './contract';

/** Counts seconds of audio against those of the clock. */
export class Stopwatch {
  readonly #start = performance.now();

  constructor(
    private readonly sampleRate: number,
    private readonly total: number,
  ) {}

  progress(samples: number): Progress {
    const seconds = samples / this.sampleRate;
    const elapsed = (performance.now() - this.#start) / 1000;
    return {
      fraction: this.total === 0 ? 1 : Math.min(1, samples / this.total),
      seconds,
      timesRealTime: elapsed > 0 ? seconds / elapsed : 0,
    };
  }
}

/** User Timing mark: the first samples that came out of a decoder. The benchmark reads it. */
export function markFirstAudio(): void {
  if (performance.getEntriesByName('motet:first-audio').length === 0) {
    performance.mark('motet:first-audio');
  }
}
