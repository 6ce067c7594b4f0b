// The way to the speakers. The context exists once something is to be heard (before a click the browser
// would refuse it), and sleeps while nothing plays.
import { SAMPLE_RATE } from './open';

const IDLE_MS = 1000;

export class Output {
  #context: AudioContext | undefined;
  readonly #users = new Set<object>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  get context(): AudioContext {
    this.#context ??= new AudioContext({ sampleRate: SAMPLE_RATE });
    return this.#context;
  }

  /** `user` says whether it plays now. */
  setPlaying(user: object, playing: boolean): void {
    clearTimeout(this.#timer);
    if (playing) {
      this.#users.add(user);
      void this.context.resume();
      return;
    }
    this.#users.delete(user);
    if (this.#users.size > 0) return;
    this.#timer = setTimeout(() => void this.#context?.suspend(), IDLE_MS);
  }
}
