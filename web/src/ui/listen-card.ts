// Original and decoded, side by side: pictures, transport, loop, features, blind test.
import { ComparePlayer, type Side } from '../audio/compare-player';
import type { Output } from '../audio/output';
import type { FeaturesSummary } from '../engine/contract';
import { AbxPanel } from './abx-panel';
import { byId, frameLoop, showPlaying } from './elements';
import { FeaturesStrip } from './features-strip';
import { clock } from './format';
import { Waveform } from './waveform';

export class ListenCard {
  readonly #card = byId('listen', HTMLElement);
  readonly #play = byId('compare-play', HTMLButtonElement);
  readonly #sides = byId('sides', HTMLFieldSetElement);
  readonly #tracks = byId('tracks', HTMLElement);
  readonly #time = byId('compare-time', HTMLOutputElement);
  readonly #position = byId('compare-position', HTMLInputElement);
  readonly #loop = byId('loop', HTMLInputElement);
  readonly #loopFrom = byId('loop-from', HTMLInputElement);
  readonly #loopTo = byId('loop-to', HTMLInputElement);
  readonly #passageRow = byId('passage-row', HTMLElement);
  readonly #passage = byId('passage', HTMLInputElement);
  readonly #passageValue = byId('passage-value', HTMLOutputElement);
  readonly #features = new FeaturesStrip(byId('listen-features', HTMLElement));
  readonly #player: ComparePlayer;
  readonly #abx: AbxPanel;
  readonly #waveforms: Record<Side, Waveform>;
  readonly #animate = frameLoop(() => {
    this.#showTime();
    return this.#player.playing;
  });

  constructor(
    output: Output,
    onPassage: (from: number) => void,
    private readonly onProblem: (error: unknown) => void,
  ) {
    const player = (this.#player = new ComparePlayer(output));
    const seek = (seconds: number): void => player.seek(seconds);
    this.#waveforms = {
      original: new Waveform(byId('original-waveform', HTMLElement), 'original', seek),
      decoded: new Waveform(byId('decoded-waveform', HTMLElement), 'decoded', seek),
    };
    const onBlind = (blind: boolean): void => {
      this.#tracks.classList.toggle('blind', blind);
      this.#sides.disabled = blind;
      this.#showSide();
    };
    this.#abx = new AbxPanel(player, onBlind, () => this.#toggle());
    player.addEventListener('change', () => this.#changed());
    this.#play.addEventListener('click', () => this.#toggle());
    this.#sides.addEventListener('change', () => {
      player.hear(this.#sides.querySelector<HTMLInputElement>('input:checked')!.value as Side);
    });
    this.#position.addEventListener('input', () => seek(this.#position.valueAsNumber));
    for (const input of [this.#loop, this.#loopFrom, this.#loopTo]) {
      input.addEventListener('change', () => this.#setLoop());
    }
    this.#passage.addEventListener('input', () => this.#showPassage());
    this.#passage.addEventListener('change', () => onPassage(this.#passage.valueAsNumber));
    addEventListener('keydown', (event) => this.#key(event));
    this.#changed();
  }

  /** `passage`: where it begins and where it could at most, if it is not the whole recording. */
  show(
    original: AudioBuffer,
    decoded: AudioBuffer,
    passage: { from: number; last: number } | undefined,
  ): void {
    this.#card.hidden = false;
    const same = this.#player.duration === original.duration;
    this.#player.load(original, decoded);
    this.#abx.reset();
    this.#position.max = String(original.duration);
    if (!same) {
      this.#loop.checked = false;
      this.#loopFrom.value = '0';
      this.#loopTo.value = Math.min(5, original.duration).toFixed(1);
    }
    const label = (name: string): string =>
      `Waveform and spectrogram of the ${name}, ${clock(original.duration)} long`;
    this.#waveforms.original.show(original, label('original'));
    this.#waveforms.decoded.show(decoded, label('decoded sound'));
    this.#passageRow.hidden = passage === undefined;
    if (passage !== undefined) {
      this.#passage.max = String(Math.floor(passage.last));
      this.#passage.valueAsNumber = passage.from;
      this.#showPassage();
    }
    this.#changed();
  }

  showFeatures(features: FeaturesSummary): void {
    this.#features.show(features);
  }

  pause(): void {
    this.#player.pause();
  }

  hide(): void {
    this.#player.unload();
    this.#abx.close();
    this.#features.hide();
    for (const waveform of Object.values(this.#waveforms)) waveform.clear();
    this.#card.hidden = true;
  }

  #showPassage(): void {
    this.#passageValue.value = clock(this.#passage.valueAsNumber);
  }

  #toggle(): void {
    if (this.#player.playing) this.#player.pause();
    else this.#player.play().catch(this.onProblem);
  }

  #setLoop(): void {
    const { duration } = this.#player;
    const from = Math.max(0, Math.min(duration - 0.1, this.#loopFrom.valueAsNumber || 0));
    const to = Math.max(from + 0.1, Math.min(duration, this.#loopTo.valueAsNumber || duration));
    // Only where it must be corrected: writing would take away what a person has just selected there.
    for (const [input, value] of [
      [this.#loopFrom, from],
      [this.#loopTo, to],
    ] as const) {
      if (input.valueAsNumber !== value) input.value = String(Math.round(value * 10) / 10);
    }
    this.#player.setLoop(this.#loop.checked ? { from, to } : undefined);
  }

  /** Keys for the whole page, where no control wants them for itself. */
  #key(event: KeyboardEvent): void {
    if (this.#card.hidden || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    const key = event.key.toLowerCase();
    const wantsSpace = target.closest('button, input, summary, a, label') !== null;
    if (key === ' ' && !wantsSpace) this.#toggle();
    else if ((key === 'a' || key === 'b') && !this.#abx.blind && !target.matches('[type=number]')) {
      this.#player.hear(key === 'a' ? 'original' : 'decoded');
    } else return;
    event.preventDefault();
  }

  #showSide(): void {
    const { heard } = this.#player;
    // In a blind test nothing on the page may tell.
    const shown = this.#abx.blind ? undefined : heard;
    for (const track of this.#tracks.querySelectorAll<HTMLElement>('.track')) {
      track.toggleAttribute('data-heard', track.dataset.side === shown);
    }
    if (shown === undefined) return;
    this.#sides.querySelector<HTMLInputElement>(`input[value="${shown}"]`)!.checked = true;
  }

  #changed(): void {
    showPlaying(this.#play, this.#player.playing);
    this.#showSide();
    this.#showTime();
    if (this.#player.playing) this.#animate();
  }

  #showTime(): void {
    const { position, duration } = this.#player;
    this.#time.value = `${clock(position)} / ${clock(duration)}`;
    this.#position.valueAsNumber = position;
    this.#position.ariaValueText = `${clock(position)} of ${clock(duration)}`;
    for (const waveform of Object.values(this.#waveforms)) waveform.setTime(position);
    this.#features.setFraction(duration > 0 ? position / duration : 0);
  }
}
