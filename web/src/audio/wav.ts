// WAV files of 16-bit PCM, written piece by piece into a Blob, which the browser can keep on disk.
import { toPcm16 } from './pcm16';
import type { SoundWriter } from './sound-writer';
import { wavTagChunks } from './tag-chunks';
import type { Tags } from './tags';

const HEADER_BYTES = 44;

export class WavWriter implements SoundWriter {
  readonly #parts: Blob[] = [];
  #bytes = 0;

  constructor(
    private readonly channels: number,
    private readonly sampleRate: number,
  ) {}

  async write(channelData: readonly Float32Array[]): Promise<void> {
    const samples = toPcm16(channelData);
    this.#parts.push(new Blob([samples]));
    this.#bytes += samples.byteLength;
  }

  async finish(tags: Tags): Promise<Blob> {
    const chunks = wavTagChunks(tags); // before the samples, where a reader of a pipe finds them
    const header = new DataView(new ArrayBuffer(HEADER_BYTES - 8));
    const data = new DataView(new ArrayBuffer(8));
    const text = (view: DataView, at: number, value: string): void => {
      for (let i = 0; i < value.length; ++i) view.setUint8(at + i, value.charCodeAt(i));
    };
    const frameBytes = this.channels * 2;
    text(header, 0, 'RIFF');
    header.setUint32(4, HEADER_BYTES - 8 + chunks.length + this.#bytes, true);
    text(header, 8, 'WAVEfmt ');
    header.setUint32(16, 16, true);
    header.setUint16(20, 1, true); // PCM
    header.setUint16(22, this.channels, true);
    header.setUint32(24, this.sampleRate, true);
    header.setUint32(28, this.sampleRate * frameBytes, true);
    header.setUint16(32, frameBytes, true);
    header.setUint16(34, 16, true);
    text(data, 0, 'data');
    data.setUint32(4, this.#bytes, true);
    return new Blob([header, chunks, data, ...this.#parts], { type: 'audio/wav' });
  }

  close(): void {}
}
