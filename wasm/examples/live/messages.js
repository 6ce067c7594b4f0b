// Messages on the data channel: the number of the first packet, modulo 65,536, then packets.
const HEADER = 2; // bytes
const WRAP = 65536;

export function pack(packets, number) {
  const message = new Uint8Array(HEADER + packets.length * packets[0].length);
  new DataView(message.buffer).setUint16(0, number % WRAP);
  packets.forEach((packet, i) => message.set(packet, HEADER + i * packet.length));
  return message;
}

/** Takes messages apart; numbers go on where they wrap. */
export class Unpacker {
  #last = 0;

  /** Pairs of a packet and its number. */
  unpack(message, packetBytes) {
    const bytes = new Uint8Array(message);
    const told = new DataView(message).getUint16(0);
    // The number nearest to the last one that is the same modulo 65,536.
    const turns = Math.round((this.#last - told) / WRAP);
    const first = Math.max(0, turns) * WRAP + told;
    this.#last = Math.max(this.#last, first);
    const packets = [];
    for (let at = HEADER; at < bytes.length; at += packetBytes)
      packets.push([bytes.slice(at, at + packetBytes), first + packets.length]);
    return packets;
  }
}
