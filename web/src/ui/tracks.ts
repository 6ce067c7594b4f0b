// The recordings that are compared as pictures, one below the other: all of them show the same seconds.
import { SIDES, type Recordings, type Side } from '../audio/compare-player';
import { byId } from './elements';
import type { FeaturesStrip } from './features-strip';
import { clock } from './format';
import type { FrequencyScale } from './frequency-axis';
import { type View, Waveform } from './waveform';

const NAMES: Record<Side, string> = {
  original: 'original',
  decoded: 'decoded sound',
  opus: 'sound of Opus',
};

/** The least that can be seen at once. */
const SHORTEST_SECONDS = 1;

export class Tracks {
  readonly #tracks = byId('tracks', HTMLElement);
  readonly #scale = byId('scale', HTMLSelectElement);
  readonly #zoom = byId('zoom', HTMLInputElement);
  readonly #zoomValue = byId('zoom-value', HTMLOutputElement);
  readonly #waveforms: Record<Side, Waveform>;
  #recordings: Recordings | undefined;
  #drawn: View | undefined;
  #position = 0;

  /** `features` are drawn below, and show the same seconds. */
  constructor(
    onSeek: (seconds: number) => void,
    private readonly features: FeaturesStrip,
  ) {
    const waveform = (side: Side): Waveform =>
      new Waveform(byId(`${side}-waveform`, HTMLElement), side, onSeek);
    this.#waveforms = {
      original: waveform('original'),
      decoded: waveform('decoded'),
      opus: waveform('opus'),
    };
    this.#scale.addEventListener('change', () => this.#draw());
    this.#zoom.addEventListener('input', () => this.#draw());
  }

  show(recordings: Recordings): void {
    this.#recordings = recordings;
    // No less than a second is seen: while it plays, each page is drawn anew.
    const { duration } = recordings.original;
    this.#zoom.max = String(Math.max(0, Math.floor(Math.log2(duration / SHORTEST_SECONDS))));
    for (const element of document.querySelectorAll<HTMLElement>('#listen [data-opus]')) {
      element.hidden = recordings.opus === undefined;
    }
    this.#draw();
  }

  clear(): void {
    this.#recordings = undefined;
    this.#drawn = undefined;
    for (const side of SIDES) this.#waveforms[side].clear();
  }

  /** Whoever does not know what is heard must not see it. */
  set blind(blind: boolean) {
    this.#tracks.classList.toggle('blind', blind);
  }

  /** Marks the recording that is heard. */
  mark(side: Side | undefined): void {
    for (const track of this.#tracks.querySelectorAll<HTMLElement>('.track')) {
      track.toggleAttribute('data-heard', track.dataset.side === side);
    }
  }

  setTime(seconds: number): void {
    this.#position = seconds;
    const recordings = this.#recordings;
    if (recordings === undefined) return;
    const { from } = this.#view(recordings);
    if (from !== this.#drawn?.from) this.#draw(); // the page is turned
    for (const side of SIDES) this.#waveforms[side].setTime(seconds);
    const { duration } = recordings.original;
    this.features.setFraction(duration > 0 ? seconds / duration : 0);
  }

  /** The recording has as many pages as it is enlarged; the one with the playing position is seen. */
  #view({ original: { duration } }: Recordings): View {
    const pages = 2 ** this.#zoom.valueAsNumber;
    const page = Math.max(0, Math.min(pages - 1, Math.floor((this.#position / duration) * pages)));
    const scale = this.#scale.value as FrequencyScale;
    return { from: (page / pages) * duration, to: ((page + 1) / pages) * duration, scale };
  }

  #draw(): void {
    const recordings = this.#recordings;
    if (recordings === undefined) return;
    const view = (this.#drawn = this.#view(recordings));
    const { duration } = recordings.original;
    const seconds = `${(view.to - view.from).toFixed(1)} s`;
    this.#zoomValue.value = view.to - view.from < duration ? seconds : 'all';
    this.#zoom.ariaValueText =
      view.to - view.from < duration ? `${seconds} are seen` : 'all is seen';
    for (const side of SIDES) {
      const buffer = recordings[side];
      const label = `Waveform and spectrogram of the ${NAMES[side]}, ${clock(duration)} long`;
      if (buffer === undefined) this.#waveforms[side].clear();
      else this.#waveforms[side].show(buffer, label, view);
      this.#waveforms[side].setTime(this.#position);
    }
    this.features.setSeen(view.from / duration, view.to / duration);
  }
}
