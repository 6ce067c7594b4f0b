// `.motet` streams in the worker, through the package's reader: the graphs know bare packets only.
import {
  type EntropyModel,
  MotetError,
  type StreamHeader,
  type StreamPlace,
  StreamReader,
  streamFrom,
} from 'motet';
import { ABSENT, codecInfo, ROW_BYTES } from './graphs';

const STEP_BYTES = 4096; // that are read at once: some seconds of music

export interface LostPackets {
  packet: number;
  packets: number;
}

/** What a stream holds, without its sound. */
export interface Contents {
  header: StreamHeader;
  /** With those that are lost. */
  packets: number;
  lost: LostPackets[];
  /** False if the stream ended without its end page. */
  complete: boolean;
}

export async function contentsOf(bytes: Uint8Array): Promise<Contents> {
  const reader = await StreamReader.create();
  const lost: LostPackets[] = [];
  let packets = 0;
  let complete = false;
  try {
    for (const say of [() => reader.read(bytes), () => reader.end()]) {
      for (const event of say()) {
        if (event.type === 'end') complete = true;
        if (event.type === 'lost') lost.push({ packet: event.packet, packets: event.packets });
        if (event.type === 'lost' || event.type === 'packets') packets += event.packets;
      }
    }
  } catch (error) {
    const isCut = error instanceof MotetError && error.code === 'truncated';
    if (!isCut || reader.header === undefined) throw error;
  } finally {
    reader.free();
  }
  return { header: reader.header!, packets, lost, complete };
}

interface Page extends LostPackets {
  data: Uint8Array;
}

/** Rows of the decoder's input, from a second of a part of a stream on, one after another. */
export class RowReader {
  readonly #reader: StreamReader;
  readonly #bytes: Uint8Array;
  #at = 0; // of the bytes
  #pages: Page[] = []; // that were read and are still needed
  #next: number; // packet of the part that comes next
  #over = false;

  private constructor(reader: StreamReader, bytes: Uint8Array, first: number) {
    this.#reader = reader;
    this.#bytes = bytes;
    this.#next = first;
  }

  /** `model` is wanted for entropy-coded streams. */
  static async open(
    bytes: Uint8Array,
    seconds: number,
    part: StreamPlace,
    model: EntropyModel | undefined,
  ): Promise<RowReader> {
    const from = await streamFrom(bytes, seconds);
    const reader = await StreamReader.create({ model });
    const { sampleRate, packetSamples } = codecInfo;
    const samples = Math.round(from.seconds * sampleRate) - part.sample;
    const before = samples === 0 ? 0 : part.preSkip + samples;
    return new RowReader(reader, from.bytes, Math.round(before / packetSamples));
  }

  /** Of packets from…to of the part, `from` never before that of the last call; what is absent or lost says so. */
  rows(from: number, to: number): Uint16Array<ArrayBuffer> {
    this.#pages = this.#pages.filter((page) => page.packet + page.packets > from);
    while (this.#next < to && !this.#over) this.#read();
    const rows = new Uint16Array((to - from) * ROW_BYTES).fill(ABSENT);
    for (const { packet, packets, data } of this.#pages) {
      const size = data.length / packets;
      for (let i = Math.max(0, from - packet); i < Math.min(packets, to - packet); ++i) {
        rows.set(data.subarray(i * size, (i + 1) * size), (packet + i - from) * ROW_BYTES);
      }
    }
    return rows;
  }

  #read(): void {
    const part = this.#bytes.subarray(this.#at, this.#at + STEP_BYTES);
    this.#at += part.length;
    try {
      for (const event of part.length > 0 ? this.#reader.read(part) : this.#reader.end()) {
        if (event.type === 'end') this.#over = true;
        if (event.type !== 'packets' && event.type !== 'lost') continue;
        const { packets } = event;
        if (event.type === 'packets') {
          this.#pages.push({ packet: this.#next, packets, data: event.data! });
        }
        this.#next += packets;
      }
    } catch (error) {
      // The page knows already where a stream ends too early.
      if (!(error instanceof MotetError) || error.code !== 'truncated') throw error;
      this.#over = true;
    }
  }

  free(): void {
    this.#reader.free();
  }
}
