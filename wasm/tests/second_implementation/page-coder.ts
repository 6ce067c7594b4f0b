// The payload of a page in coding 1 of docs/FORMAT.md: packets in as few bytes as they are likely.
import { areLevelsOfAnEncoder, type BandTables, noLevels } from './bands.js';
import { bytesOfBands, bytesOfTones, type Quantizer } from './ladder.js';
import { codingOrder, type Context, MAX_FRAMES_BACK } from './coding-order.js';
import { ABSENT, type Network } from './network.js';
import { RangeDecoder, RangeEncoder } from './range-coder.js';
import { areTonesOfAnEncoder, NO_TONES, readTones, type ToneTables, writeTones } from './tones.js';
import { type Said } from './weights.js';

export interface CodedQuantizer extends Quantizer {
  contexts: Context[];
  network: Network;
}

/** The packets of one quality. */
export interface Packets {
  quality: number;
  /** Bytes of one. */
  bytes: number;
  /** Of the model: packets have some of their codes. */
  quantizers: CodedQuantizer[];
  /** Where their tones begin, if they have any, and what is likely of these. */
  tones?: { offset: number; tables: ToneTables };
  /** Likewise the levels of bands. */
  bands?: { offset: number; tables: BandTables };
}

export class PageCoder {
  readonly packetBytes: number;
  readonly #packets: Packets;
  readonly #order: Array<{ quantizer: number; frame: number }>;
  readonly #contexts: Int32Array[]; // of each quantizer, as its network takes them

  constructor(packets: Packets) {
    this.#packets = packets;
    this.#order = codingOrder(packets.quantizers, packets.quality);
    this.packetBytes = packets.bytes;
    this.#contexts = packets.quantizers.map(({ contexts }) => new Int32Array(contexts.length));
  }

  /** The payload of a page of these packets: they themselves where nothing is shorter. */
  encode(packets: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    if (!this.#areOfAnEncoder(packets)) return packets;
    const coder = new RangeEncoder();
    this.#walk(packets, packets, ({ weights, total }, symbol) => {
      let below = 0;
      for (let k = 0; k < symbol!; ++k) below += weights[k]!;
      coder.encode(below, weights[symbol!]!, total);
      return symbol!;
    });
    const payload = coder.finish();
    return payload.length < packets.length ? payload : packets;
  }

  /** The packets of a page: `count` of them, whatever the payload is. */
  decode(payload: Uint8Array<ArrayBuffer>, count: number): Uint8Array<ArrayBuffer> {
    const packets = new Uint8Array(count * this.packetBytes);
    if (payload.length === packets.length) return payload;
    const coder = new RangeDecoder(payload);
    this.#walk(undefined, packets, ({ weights, total }) => {
      const target = coder.target(total);
      let symbol = 0;
      let below = 0;
      for (; below + weights[symbol]! <= target; ++symbol) below += weights[symbol]!;
      coder.decode(below, weights[symbol]!);
      return symbol;
    });
    return packets;
  }

  /** Pages with others are not coded. */
  #areOfAnEncoder(packets: Uint8Array<ArrayBuffer>): boolean {
    const { tones, bands } = this.#packets;
    for (let begin = 0; begin < packets.length; begin += this.packetBytes) {
      const bytes = tones && tonesAt(packets, begin, tones);
      if (bytes && !areTonesOfAnEncoder(bytes, tones.tables.config)) return false;
      const levels = bands && levelsAt(packets, begin, bands);
      if (levels && !areLevelsOfAnEncoder(levels)) return false;
    }
    return true;
  }

  /**
   * Calls `said` for every symbol in coding order, with its weights and, where the packets are `known`, the
   * symbol itself: it gives the symbol. Fills `packets` with what was said.
   */
  #walk(
    known: Uint8Array<ArrayBuffer> | undefined,
    packets: Uint8Array<ArrayBuffer>,
    said: Said,
  ): void {
    const { quantizers, tones, bands } = this.#packets;
    const count = packets.length / this.packetBytes;
    // Of each quantizer, frame by frame, after frames that lie before the page.
    const coded = quantizers.map(({ codes }) =>
      new Uint16Array(MAX_FRAMES_BACK + count * codes.length).fill(ABSENT),
    );
    // Of the packet before, and of the one before that.
    let [tonesBefore, tonesEarlier] = [NO_TONES, NO_TONES];
    const none = bands ? noLevels(bands.tables.config) : new Uint8Array();
    let [levelsBefore, levelsEarlier] = [none, none];
    for (let packet = 0; packet < count; ++packet) {
      const begin = packet * this.packetBytes;
      for (const { quantizer, frame: frameOfPacket } of this.#order) {
        const { network, contexts, codes } = quantizers[quantizer]!;
        const frame = packet * codes.length + frameOfPacket;
        const seen = this.#contexts[quantizer]!;
        for (let i = 0; i < seen.length; ++i) {
          const { quantizer: of, divisor, factor, offset } = contexts[i]!;
          const at = MAX_FRAMES_BACK + Math.floor(frame / divisor) * factor + offset;
          seen[i] = coded[of]![at]!;
        }
        network.predict(seen);
        const at = begin + codes[frameOfPacket]!.offset;
        packets[at] = said(network, known?.[at]);
        coded[quantizer]![MAX_FRAMES_BACK + frame] = packets[at]!;
      }
      if (tones) {
        const { config } = tones.tables;
        const knownTones = known && readTones(tonesAt(known, begin, tones), config);
        const now = tones.tables.walk(tonesBefore, tonesEarlier, knownTones, said);
        packets.set(writeTones(now, config), begin + tones.offset);
        [tonesBefore, tonesEarlier] = [now, tonesBefore];
      }
      if (bands) {
        const knownLevels = known && levelsAt(known, begin, bands);
        const now = bands.tables.walk(levelsBefore, levelsEarlier, knownLevels, said);
        packets.set(now, begin + bands.offset);
        [levelsBefore, levelsEarlier] = [now, levelsBefore];
      }
    }
  }
}

/** `size` bytes of the packet that begins at `begin`, from `offset` in it on. */
function partOf(
  packets: Uint8Array<ArrayBuffer>,
  begin: number,
  offset: number,
  size: number,
): Uint8Array<ArrayBuffer> {
  return packets.subarray(begin + offset, begin + offset + size);
}

const tonesAt = (
  packets: Uint8Array<ArrayBuffer>,
  begin: number,
  { offset, tables }: NonNullable<Packets['tones']>,
): Uint8Array<ArrayBuffer> => partOf(packets, begin, offset, bytesOfTones(tables.config));

const levelsAt = (
  packets: Uint8Array<ArrayBuffer>,
  begin: number,
  { offset, tables }: NonNullable<Packets['bands']>,
): Uint8Array<ArrayBuffer> => partOf(packets, begin, offset, bytesOfBands(tables.config));
