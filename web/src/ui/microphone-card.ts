// Recording, and hearing oneself through the codec.
import type { LiveLatency } from 'motet/worklet';
import { LONGEST_RECORDING_SECONDS, openMicrophone, Recording } from '../audio/microphone';
import { resume } from '../audio/output';
import type { BufferSource } from '../audio/pcm';
import { SAMPLE_RATE } from '../audio/sample-rate';
import type { Engine, Live } from '../engine/contract';
import { Problem } from '../problem';
import { byId } from './elements';
import { bitRate, clock, milliseconds } from './format';

export class MicrophoneCard {
  readonly #card = byId('microphone', HTMLElement);
  readonly #title = byId('microphone-title', HTMLElement);
  readonly #level = byId('microphone-level', HTMLMeterElement);
  readonly #text = byId('microphone-text', HTMLOutputElement);
  readonly #stop = byId('microphone-stop', HTMLButtonElement);
  readonly #starts = ['record', 'live'].map((id) => byId(id, HTMLButtonElement));

  /** While the microphone is in use, or waits for permission: there is one "Stop" for one session. */
  set busy(busy: boolean) {
    for (const button of this.#starts) button.disabled = busy;
  }

  get recording(): boolean {
    return !this.#card.hidden && !this.#level.hidden;
  }

  /** Resolves with the recording when the person stops it. */
  async record(): Promise<BufferSource> {
    const recording = await Recording.start(await openMicrophone());
    this.#show('Recording', true);
    await new Promise<void>((resolve) => {
      this.#stop.onclick = () => resolve();
      recording.addEventListener('progress', () => {
        this.#level.value = recording.peak;
        this.#text.value = clock(recording.seconds);
        if (recording.seconds >= LONGEST_RECORDING_SECONDS) resolve();
      });
    });
    this.#card.hidden = true;
    return recording.stop();
  }

  /** Resolves when the person stops it; rejects if it fails before. */
  async live(engine: Engine, quality: number): Promise<void> {
    if (engine.live === undefined) {
      throw new Problem('other', 'Live sound needs the Motet engine. Choose it below.');
    }
    const stream = await openMicrophone();
    const context = new AudioContext({ sampleRate: SAMPLE_RATE, latencyHint: 'interactive' });
    try {
      await resume(context);
      const start = performance.now();
      let live: Live | undefined;
      let fail!: (error: unknown) => void;
      const stopped = new Promise<void>((resolve, reject) => {
        this.#stop.onclick = () => resolve();
        fail = reject;
      });
      const onLatency = (latency: LiveLatency): void => {
        const seconds = (performance.now() - start) / 1000;
        this.#text.value =
          `latency ${milliseconds(latency.totalMs)} (codec ${milliseconds(latency.algorithmicMs)}) · ` +
          bitRate(((live?.bytes() ?? 0) * 8) / 1000 / seconds);
      };
      live = await engine.live(context, stream, quality, onLatency, fail);
      this.#show('Live: use headphones', false);
      await stopped;
      live.stop();
    } finally {
      for (const track of stream.getTracks()) track.stop();
      await context.close();
      this.#card.hidden = true;
    }
  }

  #show(title: string, withLevel: boolean): void {
    this.#title.textContent = title;
    this.#text.value = '';
    this.#level.hidden = !withLevel;
    this.#card.hidden = false;
    this.#stop.focus();
  }
}
