// The recordings that are compared: pictures, transport, loop, features, blind test.
import {
  ComparePlayer,
  type Levels,
  type Recordings,
  type Side,
  UNCHANGED,
} from '../audio/compare-player';
import type { Output } from '../audio/output';
import type { FeaturesSummary } from '../engine/contract';
import { AbxPanel } from './abx-panel';
import { byId, frameLoop, showPlaying } from './elements';
import { FeaturesStrip } from './features-strip';
import { clock, decibels } from './format';
import { Tracks } from './tracks';

/** Whether Opus is heard, too: as large as Motet's file, or at so many kbit/s. */
export type OpusChoice = 'off' | 'same' | '12' | '24';

const KEYS: Partial<Record<string, Side>> = { a: 'original', b: 'decoded', c: 'opus' };

export class ListenCard {
  readonly #card = byId('listen', HTMLElement);
  readonly #play = byId('compare-play', HTMLButtonElement);
  readonly #sides = byId('sides', HTMLFieldSetElement);
  readonly #time = byId('compare-time', HTMLOutputElement);
  readonly #position = byId('compare-position', HTMLInputElement);
  readonly #loop = byId('loop', HTMLInputElement);
  readonly #loopFrom = byId('loop-from', HTMLInputElement);
  readonly #loopTo = byId('loop-to', HTMLInputElement);
  readonly #passageRow = byId('passage-row', HTMLElement);
  readonly #passage = byId('passage', HTMLInputElement);
  readonly #passageValue = byId('passage-value', HTMLOutputElement);
  readonly #opus = byId('opus', HTMLSelectElement);
  readonly #opusFacts = byId('opus-facts', HTMLElement);
  readonly #difference = byId('difference', HTMLInputElement);
  readonly #matchLoudness = byId('match-loudness', HTMLInputElement);
  readonly #loudnessValue = byId('loudness-value', HTMLOutputElement);
  readonly #features = new FeaturesStrip(byId('listen-features', HTMLElement), (fraction) =>
    this.#player.seek(fraction * this.#player.duration),
  );
  readonly #player: ComparePlayer;
  readonly #tracks: Tracks;
  readonly #abx: AbxPanel;
  #levels: Levels = UNCHANGED;
  readonly #animate = frameLoop(() => {
    this.#showTime();
    return this.#player.playing;
  });

  constructor(
    output: Output,
    private readonly actions: {
      onPassage: (from: number) => void;
      onOpus: () => void;
      onProblem: (error: unknown) => void;
    },
  ) {
    const player = (this.#player = new ComparePlayer(output));
    const seek = (seconds: number): void => player.seek(seconds);
    this.#tracks = new Tracks(seek, this.#features);
    this.#abx = new AbxPanel(
      player,
      () => this.#showBlind(),
      () => this.#toggle(),
    );
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
    this.#passage.addEventListener('change', () => actions.onPassage(this.#passage.valueAsNumber));
    this.#opus.addEventListener('change', () => actions.onOpus());
    this.#difference.addEventListener('change', () => this.#setDifference());
    this.#matchLoudness.addEventListener('change', () => this.#setLevels());
    addEventListener('keydown', (event) => this.#key(event));
    this.#setDifference();
    this.#changed();
  }

  get opus(): OpusChoice {
    return this.#opus.value as OpusChoice;
  }

  /**
   * `levels` make the recordings equally loud. `passage`: where it begins and where it could at most, if it
   * is not the whole of the music.
   */
  show(
    recordings: Recordings,
    levels: Levels,
    passage: { from: number; last: number } | undefined,
  ): void {
    this.#card.hidden = false;
    const { duration } = recordings.original;
    const same = this.#player.duration === duration;
    this.#levels = levels;
    this.#setLevels();
    this.#player.load(recordings);
    this.#abx.load(recordings.opus !== undefined);
    this.#position.max = String(duration);
    if (!same) {
      this.#loop.checked = false;
      this.#loopFrom.value = '0';
      this.#loopTo.value = Math.min(5, duration).toFixed(1);
    }
    this.#tracks.show(recordings);
    this.#passageRow.hidden = passage === undefined;
    if (passage !== undefined) {
      this.#passage.max = String(Math.floor(passage.last));
      this.#passage.valueAsNumber = passage.from;
      this.#showPassage();
    }
    this.#changed();
  }

  /** What Opus made of it, in words. */
  set opusFacts(facts: string) {
    this.#opusFacts.textContent = facts;
    this.#opusFacts.hidden = facts === '';
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
    this.#tracks.clear();
    this.opusFacts = '';
    this.#card.hidden = true;
  }

  #showPassage(): void {
    this.#passageValue.value = clock(this.#passage.valueAsNumber);
  }

  #toggle(): void {
    if (this.#player.playing) this.#player.pause();
    else this.#player.play().catch(this.actions.onProblem);
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
    else if (target.matches('[type=number], select')) return;
    else if (this.#abx.blind) {
      if (!this.#abx.press(key)) return;
    } else if (KEYS[key] !== undefined) this.#player.hear(KEYS[key]);
    else if (key === 'd') {
      this.#difference.checked = !this.#difference.checked;
      this.#difference.dispatchEvent(new Event('change', { bubbles: true }));
    } else return;
    event.preventDefault();
  }

  #setDifference(): void {
    this.#player.setDifference(this.#difference.checked && !this.#abx.blind);
  }

  #setLevels(): void {
    const levels = this.#matchLoudness.checked ? this.#levels : UNCHANGED;
    this.#player.setLevels(levels);
    // Beside the original, which may have been lowered itself.
    const { original, decoded, opus } = this.#levels;
    const changes = [`B ${decibels(decoded / original)}`];
    if (opus !== undefined) changes.push(`C ${decibels(opus / original)}`);
    this.#loudnessValue.value = changes.join(', ');
  }

  /** In a blind test nothing on the page may tell. */
  #showBlind(): void {
    const { blind } = this.#abx;
    this.#tracks.blind = blind;
    this.#sides.disabled = blind;
    this.#difference.disabled = blind;
    this.#setDifference();
    this.#showSide();
  }

  #showSide(): void {
    const shown = this.#abx.blind ? undefined : this.#player.heard;
    this.#tracks.mark(shown);
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
    this.#tracks.setTime(position);
  }
}
