// The ladder of codes (docs/ARCHITECTURE.md): every quality adds a step, which is one quantizer of one
// level.
export const LEVELS = ['coarse', 'mid', 'fine'] as const;
export type LevelName = (typeof LEVELS)[number];

/** Frames of a level in one packet. */
export const FRAMES: Record<LevelName, number> = { coarse: 1, mid: 2, fine: 4 };

export interface LadderStep {
  level: LevelName;
  /** Of the quantizer in its level. */
  index: number;
  /** Quantizers come in stages, as many of each level as the codec's context takes in. */
  stage: number;
  /** Codes in one packet: a byte each, one after another from `offset` on. */
  frames: number;
  offset: number;
}

/** `quantizer` of the model's configuration. */
export interface QuantizerConfig {
  per_level: number;
  context: number;
}

export function ladderOf({ per_level, context }: QuantizerConfig): LadderStep[] {
  const steps: LadderStep[] = [];
  let offset = 0;
  for (let first = 0; first < per_level; first += context) {
    for (const level of LEVELS) {
      for (let index = first; index < Math.min(first + context, per_level); ++index) {
        const frames = FRAMES[level];
        steps.push({ level, index, stage: first / context, frames, offset });
        offset += frames;
      }
    }
  }
  return steps;
}

/** Bytes of a packet with the first `quality` steps. */
export function bytesOfPacket(steps: readonly LadderStep[], quality: number): number {
  return steps.slice(0, quality).reduce((sum, { frames }) => sum + frames, 0);
}
