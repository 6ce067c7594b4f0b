// In which order the codes of a packet are entropy-coded, and which codes are known before each: "Order" and
// "Context" of docs/FORMAT.md.
import { LEVELS, type LadderStep } from './ladder.js';

/** Frames that a context may lie before its page. */
export const MAX_FRAMES_BACK = 4;

/**
 * One code of context. For the code of frame f of a page it is the one of ladder step `step` and frame
 * floor(f / divisor) · factor + offset.
 */
export interface Context {
  step: number;
  divisor: number;
  factor: number;
  offset: number;
}

/** Steps of the ladder and frames in the packet, as they are coded; of the first `quality` steps. */
export function codingOrder(
  steps: readonly LadderStep[],
  quality: number,
): Array<{ step: number; frame: number }> {
  const order: Array<{ step: number; frame: number }> = [];
  const stages = 1 + Math.max(...steps.map(({ stage }) => stage));
  for (let stage = 0; stage < stages; ++stage) {
    for (const level of LEVELS) {
      const group = [...steps.keys()].filter(
        (step) => step < quality && steps[step]!.stage === stage && steps[step]!.level === level,
      );
      const frames = group.length > 0 ? steps[group[0]!]!.frames : 0;
      for (let frame = 0; frame < frames; ++frame) {
        for (const step of group) order.push({ step, frame });
      }
    }
  }
  return order;
}

export function contextsOf(steps: readonly LadderStep[], step: number): Context[] {
  const contexts: Context[] = [];
  const add = (of: number, divisor: number, factor: number, offsets: number[]): void => {
    for (const offset of offsets) contexts.push({ step: of, divisor, factor, offset });
  };
  const { level, stage, frames } = steps[step]!;
  add(step, 1, 1, [-1, -2, -3, -4]);
  steps.forEach((other, of) => {
    const sameStage = other.stage === stage;
    const sameGroup = sameStage && other.level === level;
    if (of === step || !(other.stage === 0 || sameGroup)) return;
    const ratio = other.frames / frames;
    if (sameGroup) add(of, 1, 1, of < step ? [0, -1] : [-1]);
    else if (ratio <= 1) add(of, 1 / ratio, 1, [0, -1]);
    else if (sameStage) add(of, frames, other.frames, upTo(ratio, -ratio));
    else add(of, 1, ratio, upTo(ratio, 0));
  });
  return contexts;
}

/** `count` numbers from `first` on. */
const upTo = (count: number, first: number): number[] =>
  Array.from({ length: count }, (_, i) => first + i);
