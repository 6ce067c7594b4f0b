// Plays PCM that is produced piece by piece: each piece is scheduled to the sample after the last one.
import { resume } from './output';
import type { Playback } from './playback';

const AHEAD_SECONDS = 6;
const START_SECONDS = 0.08;

/** Gives PCM from a sample of the stream on. */
type Chunks = (first: number) => AsyncIterable<Float32Array<ArrayBuffer>[]>;

export class ChunkPlayback extends EventTarget implements Playback {
  readonly #output: GainNode;
  readonly #sources = new Set<AudioBufferSourceNode>();
  #run = 0; // a new number stops the pump of the one before
  #playing = false;
  #first = 0; // sample where this run began
  #startFrame: number | undefined; // of the context, when that sample sounds
  #ended = false;

  constructor(
    private readonly context: AudioContext,
    private readonly samples: number,
    private readonly chunks: Chunks,
  ) {
    super();
    this.#output = new GainNode(context);
    this.#output.connect(context.destination);
  }

  get duration(): number {
    return this.samples / this.context.sampleRate;
  }

  get playing(): boolean {
    return this.#playing;
  }

  get position(): number {
    const { currentTime, sampleRate } = this.context;
    const played =
      this.#playing && this.#startFrame !== undefined
        ? Math.max(0, currentTime * sampleRate - this.#startFrame)
        : 0;
    return Math.min(this.samples, this.#first + played) / sampleRate;
  }

  async play(): Promise<void> {
    if (this.#playing) return;
    const run = this.#run;
    await resume(this.context);
    if (this.#playing || run !== this.#run) return; // played twice, or closed
    if (this.#ended) this.#first = 0;
    this.#ended = false;
    this.#playing = true;
    void this.#pump(++this.#run);
    this.#changed();
  }

  pause(): void {
    if (!this.#playing) return;
    this.#first = Math.round(this.position * this.context.sampleRate);
    this.#stop();
    this.#changed();
  }

  async seek(seconds: number): Promise<void> {
    const wasPlaying = this.#playing;
    this.#stop();
    this.#ended = false;
    this.#first = Math.max(
      0,
      Math.min(this.samples - 1, Math.round(seconds * this.context.sampleRate)),
    );
    if (wasPlaying) await this.play();
    this.#changed();
  }

  close(): void {
    this.#stop();
    this.#output.disconnect();
  }

  #stop(): void {
    ++this.#run;
    this.#playing = false;
    this.#startFrame = undefined;
    for (const source of this.#sources) {
      source.onended = null;
      source.stop();
      source.disconnect();
    }
    this.#sources.clear();
  }

  #changed(): void {
    this.dispatchEvent(new Event('change'));
  }

  async #pump(run: number): Promise<void> {
    const { context } = this;
    const rate = context.sampleRate;
    let frame: number | undefined; // of the context, where the next piece begins
    let at = this.#first;
    try {
      for await (const channelData of this.chunks(this.#first)) {
        if (run !== this.#run) return;
        const length = channelData[0]!.length;
        if (length === 0) continue;
        const earliest = Math.ceil((context.currentTime + START_SECONDS) * rate);
        if (frame === undefined || frame < earliest) {
          frame = earliest;
          this.#startFrame = frame - (at - this.#first);
        }
        this.#schedule(channelData, frame / rate, at + length >= this.samples);
        frame += length;
        at += length;
        while (run === this.#run && frame / rate - context.currentTime > AHEAD_SECONDS) {
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        if (run !== this.#run) return;
      }
      if (at >= this.samples && this.#sources.size === 0) this.#finish();
    } catch (error) {
      if (run !== this.#run) return;
      this.#stop();
      this.dispatchEvent(new CustomEvent('error', { detail: error }));
    }
  }

  #schedule(channelData: Float32Array<ArrayBuffer>[], when: number, last: boolean): void {
    const buffer = new AudioBuffer({
      length: channelData[0]!.length,
      numberOfChannels: channelData.length,
      sampleRate: this.context.sampleRate,
    });
    channelData.forEach((data, channel) => buffer.copyToChannel(data, channel));
    const source = new AudioBufferSourceNode(this.context, { buffer });
    source.connect(this.#output);
    source.onended = () => {
      this.#sources.delete(source);
      source.disconnect();
      if (last) this.#finish();
    };
    this.#sources.add(source);
    source.start(when);
  }

  #finish(): void {
    this.#stop();
    this.#ended = true;
    this.#first = this.samples;
    this.dispatchEvent(new Event('ended'));
    this.#changed();
  }
}
