// In which order the codes of a packet are entropy-coded, and which codes are known before each: "Order" and
// "Context" of docs/FORMAT.md.
import { FRAMES, LEVELS, type Quantizer } from './ladder.js';

/** Frames that a context may lie before its page. */
export const MAX_FRAMES_BACK = 4;

/**
 * One code of context. For the code of frame f of a page it is the one of quantizer number `quantizer`
 * and frame floor(f / divisor) · factor + offset.
 */
export interface Context {
  quantizer: number;
  divisor: number;
  factor: number;
  offset: number;
}

/** The codes that packets of a quality have, as they are coded: number of the quantizer, and frame in the packet. */
export function codingOrder(
  quantizers: readonly Quantizer[],
  quality: number,
): Array<{ quantizer: number; frame: number }> {
  const order: Array<{ quantizer: number; frame: number }> = [];
  const stages = 1 + Math.max(...quantizers.map(({ stage }) => stage));
  for (let stage = 0; stage < stages; ++stage) {
    for (const level of LEVELS) {
      for (let frame = 0; frame < FRAMES[level]; ++frame) {
        quantizers.forEach((each, quantizer) => {
          const isOfGroup = each.stage === stage && each.level === level;
          if (isOfGroup && each.codes[frame]!.quality <= quality) order.push({ quantizer, frame });
        });
      }
    }
  }
  return order;
}

export function contextsOf(quantizers: readonly Quantizer[], quantizer: number): Context[] {
  const contexts: Context[] = [];
  const add = (of: number, divisor: number, factor: number, offsets: number[]): void => {
    for (const offset of offsets) contexts.push({ quantizer: of, divisor, factor, offset });
  };
  const { level, stage } = quantizers[quantizer]!;
  const frames = FRAMES[level];
  add(quantizer, 1, 1, [-1, -2, -3, -4]);
  quantizers.forEach((other, of) => {
    const sameStage = other.stage === stage;
    const sameGroup = sameStage && other.level === level;
    if (of === quantizer || !(other.stage === 0 || sameGroup)) return;
    const otherFrames = FRAMES[other.level];
    const ratio = otherFrames / frames;
    if (sameGroup) add(of, 1, 1, of < quantizer ? [0, -1] : [-1]);
    else if (ratio <= 1) add(of, 1 / ratio, 1, [0, -1]);
    else if (sameStage) add(of, frames, otherFrames, upTo(ratio, -ratio));
    else add(of, 1, ratio, upTo(ratio, 0));
  });
  return contexts;
}

/** `count` numbers from `first` on. */
const upTo = (count: number, first: number): number[] =>
  Array.from({ length: count }, (_, i) => first + i);
