// Where a part of a stream must begin, because the graphs keep no state between runs.

/**
 * The packet to decode from, so that those from `packet` on come out as in the whole stream: `preroll` earlier
 * or one more, as its number must be even, because the phase of tones recurs every two packets.
 */
export function decodeFrom(packet: number, preroll: number): number {
  const start = Math.max(0, packet - preroll);
  return start - (start % 2);
}
