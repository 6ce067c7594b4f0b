// The way to the speakers. The context exists once something is to be heard (before a click the browser
// would refuse it), and sleeps while nothing plays.
import { Problem } from '../problem';
import { SAMPLE_RATE } from './sample-rate';

const IDLE_MS = 1000;
const START_MS = 5000;

/** Lets a context run. Firefox without a sound device never says that it cannot. */
export async function resume(context: AudioContext): Promise<void> {
  // Without a click just before, browsers may let it wait for the next one.
  if (!navigator.userActivation.isActive) return context.resume();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const nothing = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new Problem(
          'no-output',
          'This browser found nothing to play sound on. Connect a loudspeaker or headphones, and try again.',
          `the audio context is ${context.state} after ${START_MS / 1000} seconds`,
        ),
      );
    }, START_MS);
  });
  await Promise.race([context.resume(), nothing]).finally(() => clearTimeout(timer));
}

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
