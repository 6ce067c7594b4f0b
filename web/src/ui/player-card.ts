// Plays a `.motet` file while it is decoded.
import type { Output } from '../audio/output';
import { PICTURE, unpackPicture } from '../audio/picture';
import type { Playback } from '../audio/playback';
import type { Tags } from '../audio/tags';
import type { FeaturesSummary, StreamFacts } from '../engine/contract';
import { byId, frameLoop, make, showPlaying } from './elements';
import { FeaturesStrip } from './features-strip';
import { clock, damageSentence } from './format';

const FRONT_COVER = 3;

export class PlayerCard {
  readonly #card = byId('player', HTMLElement);
  readonly #play = byId('player-play', HTMLButtonElement);
  readonly #position = byId('player-position', HTMLInputElement);
  readonly #time = byId('player-time', HTMLOutputElement);
  readonly #tags = byId('player-tags', HTMLElement);
  readonly #cover = byId('player-cover', HTMLImageElement);
  readonly #damage = byId('player-damage', HTMLElement);
  readonly #features = new FeaturesStrip(byId('player-features', HTMLElement), (fraction) => {
    const playback = this.#playback;
    playback?.seek(fraction * playback.duration).catch(this.onProblem);
  });
  readonly #animate = frameLoop(() => {
    if (this.#playback === undefined) return false;
    this.#showTime();
    return this.#playback.playing;
  });
  #playback: Playback | undefined;
  #seeking = false;

  constructor(
    private readonly output: Output,
    private readonly onProblem: (error: unknown) => void,
  ) {
    this.#play.addEventListener('click', () => {
      const playback = this.#playback;
      if (playback?.playing) playback.pause();
      else playback?.play().catch(onProblem);
    });
    this.#position.addEventListener('input', () => {
      this.#seeking = true;
      this.#showTime();
    });
    this.#position.addEventListener('change', () => {
      this.#seeking = false;
      this.#playback?.seek(this.#position.valueAsNumber).catch(onProblem);
    });
  }

  show(playback: Playback, facts: StreamFacts): void {
    this.hide();
    this.#playback = playback;
    playback.addEventListener('change', () => {
      if (playback === this.#playback) this.#changed();
    });
    playback.addEventListener('error', (event) => {
      if (playback === this.#playback) this.onProblem((event as CustomEvent<unknown>).detail);
    });
    this.#showTags(facts.tags);
    this.#damage.textContent = damageSentence(facts.damage);
    this.#position.max = String(playback.duration);
    this.#card.hidden = false;
    this.#changed();
  }

  /** A picture as a picture; of several, the front cover. */
  #showTags(tags: Tags): void {
    const pictures = tags
      .filter(([key]) => key === PICTURE)
      .map(([, value]) => unpackPicture(value))
      .filter((picture) => picture !== undefined);
    const shown = pictures.find(({ type }) => type === FRONT_COVER) ?? pictures[0];
    URL.revokeObjectURL(this.#cover.src);
    this.#cover.hidden = shown === undefined;
    if (shown !== undefined) {
      this.#cover.src = URL.createObjectURL(new Blob([shown.data], { type: shown.mimeType }));
      this.#cover.alt = shown.description || 'Cover';
    }
    const texts = tags.filter(([key]) => key !== PICTURE);
    this.#tags.replaceChildren(
      ...texts.flatMap(([key, value]) => [
        make('dt', { textContent: key }),
        make('dd', { textContent: value }),
      ]),
    );
  }

  showFeatures(features: FeaturesSummary): void {
    this.#features.show(features);
  }

  pause(): void {
    this.#playback?.pause();
  }

  hide(): void {
    this.#playback?.pause();
    this.#playback?.close();
    this.#playback = undefined;
    this.output.setPlaying(this, false);
    this.#features.hide();
    this.#card.hidden = true;
  }

  #changed(): void {
    const playback = this.#playback!;
    this.output.setPlaying(this, playback.playing);
    showPlaying(this.#play, playback.playing);
    this.#showTime();
    if (playback.playing) this.#animate();
  }

  #showTime(): void {
    const { position, duration } = this.#playback!;
    if (!this.#seeking) this.#position.valueAsNumber = position;
    const shown = this.#position.valueAsNumber;
    this.#time.value = `${clock(shown)} / ${clock(duration)}`;
    this.#position.ariaValueText = `${clock(shown)} of ${clock(duration)}`;
    this.#features.setFraction(duration > 0 ? position / duration : 0);
  }
}
