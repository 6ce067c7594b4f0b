// Parts of joined streams (docs/FORMAT.md): where each lies, and headers of streams made of some.
import { checkOptions, unfit } from './arguments.js';

/**
 * The parts of a stream with this header: their first packets and samples in it, packets, samples and
 * pre-skips. One that is not joined is a part of all its packets; samples are undefined if they are not
 * known.
 */
export function streamParts(header) {
  const { parts, samples, preSkip } = checkOptions(header, 'header');
  if (!Array.isArray(parts))
    throw unfit('header.parts', parts, "an array: that of a stream's header");
  if (parts.length === 0) return [{ packet: 0, packets: Infinity, sample: 0, samples, preSkip }];
  let packet = 0;
  let sample = 0;
  return parts.map((part) => {
    const place = { ...part, packet, sample };
    packet += part.packets;
    sample += part.samples;
    return place;
  });
}

/** The first index at which `holds(item)` is true, which is so from there on; the length if it never is. */
export function firstIndex(items, holds) {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(items[middle])) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The last part for which `begins(part)` is true, or the first. */
export function lastPart(parts, begins) {
  return Math.max(0, firstIndex(parts, (part) => !begins(part)) - 1);
}

/** Samples that the first `packets` packets of a stream make at most, the codec's delay left aside. */
export function samplesIn(header, packets, packetSamples) {
  let sum = 0;
  for (const part of streamParts(header)) {
    const held = Math.min(part.packets, Math.max(0, packets - part.packet)) * packetSamples;
    sum += Math.min(part.samples ?? Infinity, Math.max(0, held - part.preSkip));
  }
  return sum;
}

export const JOIN_FADE = 256; // samples of a part into which that before fades

/** Mixes what comes `before` into the first samples of a part, in place, as the core does. */
export function fadeInto(part, before) {
  for (let i = 0; i < Math.min(JOIN_FADE, part.length); ++i) {
    const t = (2 * i + 1) / (2 * JOIN_FADE);
    const share = Math.fround(t * t * (3 - 2 * t));
    part[i] = Math.fround(share * part[i]) + Math.fround(Math.fround(1 - share) * before[i]);
  }
}
