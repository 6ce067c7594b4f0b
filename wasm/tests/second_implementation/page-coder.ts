// The payload of a page in coding 1 of docs/FORMAT.md: packets in as few bytes as they are likely.
import { bytesOfPacket, type LadderStep } from './ladder.js';
import { codingOrder, type Context, MAX_FRAMES_BACK } from './coding-order.js';
import { ABSENT, type Network } from './network.js';
import { RangeDecoder, RangeEncoder } from './range-coder.js';

export interface CodedStep extends LadderStep {
  contexts: Context[];
  network: Network;
}

export class PageCoder {
  readonly packetBytes: number;
  readonly #steps: CodedStep[];
  readonly #order: Array<{ step: number; frame: number }>;
  readonly #contexts: Int32Array[]; // of each step, as its network takes them

  /** Of one quality: `steps` are the steps of the ladder that it has, of `all` that there are. */
  constructor(
    steps: CodedStep[],
    private readonly all: number,
  ) {
    this.#steps = steps;
    this.#order = codingOrder(steps, steps.length);
    this.packetBytes = bytesOfPacket(steps, steps.length);
    this.#contexts = steps.map(({ contexts }) => new Int32Array(contexts.length));
  }

  /** The payload of a page of these packets: they themselves where nothing is shorter. */
  encode(packets: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const coder = new RangeEncoder();
    this.#walk(packets.length / this.packetBytes, ({ weights, total }, at) => {
      const code = packets[at]!;
      let below = 0;
      for (let k = 0; k < code; ++k) below += weights[k]!;
      coder.encode(below, weights[code]!, total);
      return code;
    });
    const payload = coder.finish();
    return payload.length < packets.length ? payload : packets;
  }

  /** The packets of a page: `count` of them, whatever the payload is. */
  decode(payload: Uint8Array<ArrayBuffer>, count: number): Uint8Array<ArrayBuffer> {
    const packets = new Uint8Array(count * this.packetBytes);
    if (payload.length === packets.length) return payload;
    const coder = new RangeDecoder(payload);
    this.#walk(count, ({ weights, total }, at) => {
      const target = coder.target(total);
      let code = 0;
      let below = 0;
      for (; below + weights[code]! <= target; ++code) below += weights[code]!;
      coder.decode(below, weights[code]!);
      packets[at] = code;
      return code;
    });
    return packets;
  }

  /** Calls `codeOf` for every code in coding order: it gives that of byte `at`, by the network's weights. */
  #walk(count: number, codeOf: (network: Network, at: number) => number): void {
    // The codes of each step, frame by frame, after frames that lie before the page.
    const codes = Array.from({ length: this.all }, (_, step) => {
      const frames = count * (this.#steps[step]?.frames ?? 0);
      return frames > 0 ? new Uint16Array(MAX_FRAMES_BACK + frames).fill(ABSENT) : undefined;
    });
    for (let packet = 0; packet < count; ++packet) {
      for (const { step, frame: frameOfPacket } of this.#order) {
        const { network, contexts, frames, offset } = this.#steps[step]!;
        const frame = packet * frames + frameOfPacket;
        const known = this.#contexts[step]!;
        for (let i = 0; i < known.length; ++i) {
          const { step: of, divisor, factor, offset: away } = contexts[i]!;
          const at = MAX_FRAMES_BACK + Math.floor(frame / divisor) * factor + away;
          known[i] = codes[of]?.[at] ?? ABSENT;
        }
        network.predict(known);
        codes[step]![MAX_FRAMES_BACK + frame] = codeOf(
          network,
          packet * this.packetBytes + offset + frameOfPacket,
        );
      }
    }
  }
}
