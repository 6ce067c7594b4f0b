// Where two engines differ only because two entries of a codebook are equally near. Sums of floats
// depend on their order in the last bits, and so may the choice between such entries.

/** A change of the sound that a file of 16 bits could not hold: up to a hundred-thousandth. */
const GAINS = Array.from({ length: 10 }, (_, i) => [1 + (i + 1) * 1e-6, 1 - (i + 1) * 1e-6]).flat();

export interface Agreement {
  codes: number;
  equalCodes: number;
  /** Of those that differ: the first engine says the same of a packet of a slightly louder or softer sound. */
  nearTies: number;
}

/** Compares packets of `packetBytes` codes; `encodeAt` is the first engine on the same sound at another gain. */
export async function agreement(
  first: Uint8Array,
  second: Uint8Array,
  packetBytes: number,
  encodeAt: (gain: number) => Promise<Uint8Array>,
): Promise<Agreement> {
  const codes = Math.max(first.length, second.length);
  const differing = (a: Uint8Array, packet: number): number => {
    let count = 0;
    for (let i = packet * packetBytes; i < (packet + 1) * packetBytes; ++i) {
      count += Number(a[i] !== second[i]);
    }
    return count;
  };
  const unexplained = new Map<number, number>(); // packet → codes
  for (let packet = 0; packet * packetBytes < codes; ++packet) {
    const count = differing(first, packet);
    if (count > 0) unexplained.set(packet, count);
  }
  const different = sum(unexplained);
  for (const gain of GAINS) {
    if (unexplained.size === 0) break;
    const nearly = await encodeAt(gain);
    for (const packet of unexplained.keys()) {
      if (differing(nearly, packet) === 0) unexplained.delete(packet);
    }
  }
  return { codes, equalCodes: codes - different, nearTies: different - sum(unexplained) };
}

const sum = (counts: Map<number, number>): number =>
  [...counts.values()].reduce((all, count) => all + count, 0);
