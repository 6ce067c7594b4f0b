// FLAC files of 16 bits, written piece by piece by libFLAC as WebAssembly, in a worker. The worker is that of
// @mediabunny/flac-encoder; the package itself would start it from a blob, which the page's policy forbids.
import FlacWorker from '@flac-encoder/encode.worker.js?worker';
import { createMD5 } from 'hash-wasm';
import { Problem } from '../problem';
import { toPcm16 } from './pcm16';
import type { SoundWriter } from './sound-writer';
import { flacTagBlocks } from './tag-chunks';
import type { Tags } from './tags';

const BITS = 16;
// Of its header, which is 'fLaC', the block of stream information, and one of comments.
const STREAM_INFO_AT = 8;
const STREAM_INFO_END = 42;
const SAMPLES_AT = 13; // in the stream information; 36 bits, of which the first four share a byte
const MD5_AT = 18;

type Command =
  | { type: 'init'; data: { numberOfChannels: number; sampleRate: number; bitsPerSample: 16 } }
  | { type: 'encode'; data: { ctx: number; audioData: ArrayBuffer; numSamples: number } }
  | { type: 'flush'; data: { ctx: number } };

interface Answer {
  ctx: number;
  /** The beginning of a FLAC file. */
  header: ArrayBuffer;
  packets: Array<{ encodedData: ArrayBuffer }>;
}

type Reply = { id: number } & (
  { success: true; data: Answer } | { success: false; error: unknown }
);

type Hasher = Awaited<ReturnType<typeof createMD5>>;

export class FlacWriter implements SoundWriter {
  readonly #frames: Blob[] = [];
  #samples = 0; // per channel

  private constructor(
    private readonly worker: Coder,
    private readonly context: number,
    private readonly header: Uint8Array<ArrayBuffer>,
    private readonly md5: Hasher,
  ) {}

  static async create(numberOfChannels: number, sampleRate: number): Promise<FlacWriter> {
    const coder = new Coder();
    try {
      const data = { numberOfChannels, sampleRate, bitsPerSample: BITS } as const;
      const { ctx, header } = await coder.ask({ type: 'init', data });
      return new FlacWriter(coder, ctx, new Uint8Array(header), await createMD5());
    } catch (error) {
      coder.close();
      throw error;
    }
  }

  async write(channelData: readonly Float32Array[]): Promise<void> {
    const samples = toPcm16(channelData);
    this.md5.update(new Uint8Array(samples.buffer));
    const numSamples = channelData[0]!.length;
    this.#samples += numSamples;
    // It takes the upper bits of 32.
    const audioData = Int32Array.from(samples, (sample) => sample << (32 - BITS)).buffer;
    const data = { ctx: this.context, audioData, numSamples };
    this.#keep(await this.worker.ask({ type: 'encode', data }, [audioData]));
  }

  async finish(tags: Tags): Promise<Blob> {
    this.#keep(await this.worker.ask({ type: 'flush', data: { ctx: this.context } }));
    const info = this.header.slice(0, STREAM_INFO_END);
    info[4]! &= 0x7f; // more blocks follow
    const view = new DataView(info.buffer, STREAM_INFO_AT);
    const high = view.getUint8(SAMPLES_AT) & 0xf0;
    view.setUint8(SAMPLES_AT, high | Math.floor(this.#samples / 2 ** 32));
    view.setUint32(SAMPLES_AT + 1, this.#samples >>> 0);
    info.set(this.md5.digest('binary'), STREAM_INFO_AT + MD5_AT);
    const blocks = flacTagBlocks(tags, this.#vendor());
    return new Blob([info, blocks, ...this.#frames], { type: 'audio/flac' });
  }

  close(): void {
    this.worker.close();
  }

  /** What its comments say of the encoder. */
  #vendor(): string {
    const at = STREAM_INFO_END + 4;
    if (this.header.length < at + 4) return '';
    const size = new DataView(this.header.buffer).getUint32(at, true);
    return new TextDecoder().decode(this.header.subarray(at + 4, at + 4 + size));
  }

  #keep({ packets }: Answer): void {
    if (packets.length > 0) {
      this.#frames.push(new Blob(packets.map(({ encodedData }) => encodedData)));
    }
  }
}

/** The worker: one question at a time. */
class Coder {
  readonly #worker = new FlacWorker({ name: 'flac' });
  #id = 0;

  async ask(command: Command, transfer: Transferable[] = []): Promise<Answer> {
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<Reply>) =>
        data.success
          ? resolve(data.data)
          : reject(new Problem('other', 'FLAC could not be written.', String(data.error)));
      worker.onerror = (event) => {
        event.preventDefault();
        reject(
          new Problem('not-loaded', 'FLAC could not be loaded. Are you offline?', event.message),
        );
      };
      worker.postMessage({ id: ++this.#id, command }, transfer);
    });
  }

  close(): void {
    this.#worker.terminate();
  }
}
