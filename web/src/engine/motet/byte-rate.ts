/** Bytes of a stream that hold about so many seconds. */
export function bytesOfSeconds(
  facts: { bytes: number; duration: number },
  seconds: number,
): number {
  return Math.max(64, Math.ceil((facts.bytes / Math.max(facts.duration, 0.001)) * seconds));
}
