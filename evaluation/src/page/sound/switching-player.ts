// Plays one of several recordings of the same music and changes between them at the same moment:
// all run at once, and all but one are silent.

/** Seconds of a change from one to the other: none is heard as a click, nor as a pause. */
const FADE = 0.008;

export class SwitchingPlayer {
  private context: AudioContext | undefined;
  private sources: AudioBufferSourceNode[] = [];
  private gains: GainNode[] = [];
  private begun = 0;
  private from = 0;
  private heard = 0;
  playing = false;

  constructor(
    private readonly sounds: readonly AudioBuffer[],
    private readonly ended: () => void,
  ) {}

  get seconds(): number {
    return Math.min(...this.sounds.map((sound) => sound.duration));
  }

  get current(): number {
    return this.heard;
  }

  /** Where it is, in seconds. */
  get time(): number {
    if (!this.playing || !this.context) return this.from;
    return Math.min(this.from + this.context.currentTime - this.begun, this.seconds);
  }

  async play(): Promise<void> {
    if (this.playing) return;
    this.context ??= new AudioContext({ sampleRate: 44100 });
    await this.context.resume();
    if (this.from >= this.seconds - 0.01) this.from = 0;
    this.begun = this.context.currentTime + 0.02;
    this.gains = this.sounds.map((_, i) => {
      const gain = new GainNode(this.context!, { gain: i === this.heard ? 1 : 0 });
      gain.connect(this.context!.destination);
      return gain;
    });
    this.sources = this.sounds.map((buffer, i) => {
      const source = new AudioBufferSourceNode(this.context!, { buffer });
      source.connect(this.gains[i]!);
      source.start(this.begun, this.from);
      return source;
    });
    this.sources[0]!.onended = () => {
      if (!this.playing) return;
      this.pause();
      this.from = 0;
      this.ended();
    };
    this.playing = true;
  }

  pause(): void {
    if (!this.playing) return;
    this.from = Math.max(this.time, 0);
    this.playing = false;
    for (const source of this.sources) {
      source.onended = null;
      source.stop();
    }
    for (const gain of this.gains) gain.disconnect();
  }

  async seek(seconds: number): Promise<void> {
    const wasPlaying = this.playing;
    this.pause();
    this.from = Math.min(Math.max(seconds, 0), this.seconds);
    if (wasPlaying) await this.play();
  }

  hear(index: number): void {
    this.heard = index;
    if (!this.playing || !this.context) return;
    const now = this.context.currentTime;
    this.gains.forEach((gain, i) => {
      gain.gain.cancelScheduledValues(now);
      gain.gain.setValueAtTime(gain.gain.value, now);
      gain.gain.linearRampToValueAtTime(i === index ? 1 : 0, now + FADE);
    });
  }
}
