// A whole `.motet` file through the package's StreamPlayer, which decodes a few seconds ahead.
import type { Model, StreamInfo } from 'motet';
import { StreamPlayer } from 'motet/worklet';
import { resume } from '../../audio/output';
import type { Playback } from '../../audio/playback';
import { markFirstAudio } from '../timing';
import { bytesOfSeconds } from './byte-rate';

const WRITE_SECONDS = 2;
const BUFFER_SECONDS = 6;

export class MotetPlayback extends EventTarget implements Playback {
  #player: StreamPlayer | undefined;
  #run = 0;
  #playing = false;
  #first = 0; // second of the file that the player begins with
  #writing = false; // the player may still be sought with
  #ended = false;

  constructor(
    private readonly context: AudioContext,
    private readonly model: Model,
    private readonly bytes: Uint8Array<ArrayBuffer>,
    private readonly facts: StreamInfo,
  ) {
    super();
  }

  get duration(): number {
    return this.facts.duration;
  }

  get position(): number {
    return Math.min(this.duration, this.#player?.currentTime ?? this.#first);
  }

  get playing(): boolean {
    return this.#playing;
  }

  async play(): Promise<void> {
    if (this.#playing) return;
    const run = this.#run;
    await resume(this.context);
    if (this.#playing || run !== this.#run) return; // played twice, or closed
    this.#playing = true;
    if (this.#ended) await this.#start(0);
    else if (this.#player === undefined) await this.#start(this.#first);
    else this.#player.resume();
    this.#changed();
  }

  pause(): void {
    if (!this.#playing) return;
    this.#playing = false;
    this.#player?.pause();
    this.#changed();
  }

  async seek(seconds: number): Promise<void> {
    if (this.#playing) await this.#start(seconds);
    else {
      this.close();
      this.#first = seconds;
      this.#ended = false;
    }
    this.#changed();
  }

  close(): void {
    ++this.#run;
    this.#player?.node.disconnect();
    this.#player?.close();
    this.#player = undefined;
    this.#writing = false;
  }

  #changed(): void {
    this.dispatchEvent(new Event('change'));
  }

  async #start(seconds: number): Promise<void> {
    if (!this.#writing) this.close();
    const run = ++this.#run;
    this.#first = seconds;
    this.#ended = false;
    const player = this.#player ?? (await this.#create());
    if (run !== this.#run) {
      if (player !== this.#player) player.close();
      return;
    }
    this.#player = player;
    if (!this.#playing) player.pause(); // meanwhile
    this.#write(player, seconds, run).catch((error: unknown) => {
      if (run === this.#run) this.#fail(error);
    });
  }

  async #create(): Promise<StreamPlayer> {
    const player = await StreamPlayer.create(this.context, this.model, {
      bufferSeconds: BUFFER_SECONDS,
    });
    player.addEventListener('error', (event) => {
      if (player !== this.#player) return;
      const { detail } = event as CustomEvent<unknown>;
      // Damage that was concealed is known from the file already; the rest ends the playback.
      if (detail instanceof Error) this.#fail(detail);
    });
    player.node.connect(this.context.destination);
    return player;
  }

  #fail(error: unknown): void {
    this.#playing = false;
    this.close();
    this.dispatchEvent(new CustomEvent('error', { detail: error }));
    this.#changed();
  }

  async #write(player: StreamPlayer, from: number, run: number): Promise<void> {
    const { bytes } = this;
    const step = bytesOfSeconds(this.facts, WRITE_SECONDS);
    const seeks = this.#writing || from > 0;
    this.#writing = true;
    const begin = seeks ? await player.seek(from, bytes) : 0;
    for (let at = begin; at < bytes.length && run === this.#run; at += step) {
      await player.write(bytes.subarray(at, at + step));
      if (at === begin) markFirstAudio();
    }
    if (run !== this.#run) return;
    this.#writing = false;
    await player.end();
    if (run !== this.#run) return;
    this.#playing = false;
    this.#ended = true;
    this.#first = this.duration;
    this.close();
    this.dispatchEvent(new Event('ended'));
    this.#changed();
  }
}
