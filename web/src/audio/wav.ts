// WAV files of 16-bit PCM, written piece by piece into a Blob, which the browser can keep on disk.
const HEADER_BYTES = 44;

export class WavWriter {
  readonly #parts: Blob[] = [];
  #bytes = 0;

  constructor(
    private readonly channels: number,
    private readonly sampleRate: number,
  ) {}

  write(channelData: readonly Float32Array[]): void {
    const { channels } = this;
    const frames = channelData[0]!.length;
    const samples = new Int16Array(frames * channels);
    for (let channel = 0; channel < channels; ++channel) {
      const data = channelData[channel]!;
      for (let i = 0; i < frames; ++i) {
        samples[i * channels + channel] = Math.round(Math.max(-1, Math.min(1, data[i]!)) * 32767);
      }
    }
    this.#parts.push(new Blob([samples]));
    this.#bytes += samples.byteLength;
  }

  finish(): Blob {
    const header = new DataView(new ArrayBuffer(HEADER_BYTES));
    const text = (at: number, value: string): void => {
      for (let i = 0; i < value.length; ++i) header.setUint8(at + i, value.charCodeAt(i));
    };
    const frameBytes = this.channels * 2;
    text(0, 'RIFF');
    header.setUint32(4, HEADER_BYTES - 8 + this.#bytes, true);
    text(8, 'WAVEfmt ');
    header.setUint32(16, 16, true);
    header.setUint16(20, 1, true); // PCM
    header.setUint16(22, this.channels, true);
    header.setUint32(24, this.sampleRate, true);
    header.setUint32(28, this.sampleRate * frameBytes, true);
    header.setUint16(32, frameBytes, true);
    header.setUint16(34, 16, true);
    text(36, 'data');
    header.setUint32(40, this.#bytes, true);
    return new Blob([header, ...this.#parts], { type: 'audio/wav' });
  }
}
