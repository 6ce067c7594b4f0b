// Recordings of the same length that play together, one of them heard, or its difference from the
// original: switching is a crossfade of gains, so neither time nor sound has a gap.
import { type Output, resume } from './output';

const CROSSFADE_SECONDS = 0.005;
const START_SECONDS = 0.05;

/** The music, the same from Motet, and the same from Opus. */
export const SIDES = ['original', 'decoded', 'opus'] as const;
export type Side = (typeof SIDES)[number];

/** Of one length. Opus is there only if it is asked for. */
export interface Recordings {
  readonly original: AudioBuffer;
  readonly decoded: AudioBuffer;
  readonly opus?: AudioBuffer | undefined;
}

/** A gain for each recording that is there. */
export interface Levels {
  readonly original: number;
  readonly decoded: number;
  readonly opus?: number | undefined;
}
export const UNCHANGED: Levels = { original: 1, decoded: 1, opus: 1 };

export interface Loop {
  from: number;
  to: number;
}

/** Events: 'change' of what plays, is heard or loops. */
export class ComparePlayer extends EventTarget {
  #gains: Record<Side, GainNode> | undefined;
  #recordings: Recordings | undefined;
  #sources: AudioBufferSourceNode[] = [];
  #heard: Side = 'decoded';
  #difference = false;
  #levels: Levels = UNCHANGED;
  #loop: Loop | undefined;
  #offset = 0; // second of the recordings that sounds at #startedAt, or where it paused
  #startedAt: number | undefined; // on the clock of the context

  constructor(private readonly output: Output) {
    super();
  }

  get duration(): number {
    return this.#recordings?.original.duration ?? 0;
  }

  get playing(): boolean {
    return this.#startedAt !== undefined;
  }

  get heard(): Side {
    return this.#heard;
  }

  get loop(): Loop | undefined {
    return this.#loop;
  }

  get position(): number {
    if (this.#startedAt === undefined) return this.#offset;
    const played = this.output.context.currentTime - this.#startedAt;
    const at = this.#offset + Math.max(0, played);
    const loop = this.#loop;
    if (loop !== undefined && at >= loop.to)
      return loop.from + ((at - loop.from) % (loop.to - loop.from));
    return Math.min(at, this.duration);
  }

  /** Goes on at the same place if the new recordings are as long as the ones before. */
  load(recordings: Recordings): void {
    const { playing, position, duration } = this;
    this.#stop();
    this.#recordings = recordings;
    if (recordings[this.#heard] === undefined) this.#heard = 'decoded';
    const same = Math.abs(duration - recordings.original.duration) < 1e-6;
    this.#offset = same ? position : 0;
    if (!same) this.#loop = undefined;
    if (playing && same) this.#start();
    this.#fade();
    this.#changed();
  }

  unload(): void {
    this.#stop();
    this.#recordings = undefined;
    this.#offset = 0;
    this.#loop = undefined;
    this.#changed();
  }

  async play(): Promise<void> {
    const isReady = (): boolean => !this.playing && this.#recordings !== undefined;
    if (!isReady()) return;
    await resume(this.output.context);
    if (!isReady()) return; // played twice, or gone
    if (this.#offset >= this.duration - 0.01) this.#offset = 0;
    this.#start();
    this.#changed();
  }

  pause(): void {
    if (!this.playing) return;
    const { position } = this;
    this.#stop();
    this.#offset = position;
    this.#changed();
  }

  seek(seconds: number): void {
    const { playing } = this;
    this.#stop();
    this.#offset = Math.max(0, Math.min(this.duration, seconds));
    if (playing) this.#start();
    this.#changed();
  }

  hear(side: Side): void {
    this.#heard = this.#recordings?.[side] === undefined ? 'decoded' : side;
    this.#fade();
    this.#changed();
  }

  /** Of what is heard, only what differs from the original. The original itself stays as it is. */
  setDifference(difference: boolean): void {
    this.#difference = difference;
    this.#fade();
  }

  setLevels(levels: Levels): void {
    this.#levels = levels;
    this.#fade();
  }

  /** What is played of a recording now, 1 being as it is. */
  #gainOf(side: Side): number {
    if (side === this.#heard) return this.#levels[side] ?? 0;
    const isTakenAway = side === 'original' && this.#difference;
    return isTakenAway ? -this.#levels.original : 0;
  }

  #fade(): void {
    if (this.#gains === undefined) return; // nothing was played yet
    const now = this.output.context.currentTime;
    for (const side of SIDES) {
      const { gain } = this.#gains[side];
      gain.cancelScheduledValues(now);
      gain.setValueAtTime(gain.value, now);
      gain.linearRampToValueAtTime(this.#gainOf(side), now + CROSSFADE_SECONDS);
    }
  }

  setLoop(loop: Loop | undefined): void {
    const { playing, position } = this;
    this.#stop();
    this.#loop = loop;
    const outside = loop !== undefined && (position < loop.from || position >= loop.to);
    this.#offset = outside ? loop.from : position;
    if (playing) this.#start();
    this.#changed();
  }

  #start(): void {
    const { context } = this.output;
    const recordings = this.#recordings!;
    const gains = (this.#gains ??= this.#connect());
    const loop = this.#loop;
    const inLoop = loop === undefined || (this.#offset >= loop.from && this.#offset < loop.to);
    if (!inLoop) this.#offset = loop!.from;
    // On a whole sample, and of a whole sample, so that nothing is interpolated.
    const rate = context.sampleRate;
    this.#offset = Math.round(this.#offset * rate) / rate;
    const when = Math.ceil((context.currentTime + START_SECONDS) * rate) / rate;
    this.#sources = SIDES.flatMap((side) => {
      const buffer = recordings[side];
      if (buffer === undefined) return [];
      const source = new AudioBufferSourceNode(context, {
        buffer,
        loop: loop !== undefined,
        loopStart: loop?.from ?? 0,
        loopEnd: loop?.to ?? 0,
      });
      source.connect(gains[side]);
      source.start(when, this.#offset);
      return [source];
    });
    this.#sources[0]!.onended = () => {
      this.#stop();
      this.#offset = 0;
      this.#changed();
    };
    this.#startedAt = when;
  }

  #connect(): Record<Side, GainNode> {
    const { context } = this.output;
    const nodeOf = (side: Side): GainNode => {
      const node = new GainNode(context, { gain: this.#gainOf(side) });
      node.connect(context.destination);
      return node;
    };
    return { original: nodeOf('original'), decoded: nodeOf('decoded'), opus: nodeOf('opus') };
  }

  #stop(): void {
    for (const source of this.#sources) {
      source.onended = null;
      source.stop();
      source.disconnect();
    }
    this.#sources = [];
    this.#startedAt = undefined;
  }

  #changed(): void {
    this.output.setPlaying(this, this.playing);
    this.dispatchEvent(new Event('change'));
  }
}
