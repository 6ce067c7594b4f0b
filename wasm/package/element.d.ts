// <motet-audio src="song.motet" controls preload="metadata"></motet-audio>: a player for any page, with
// the interface of <audio> as far as it makes sense. Importing this module defines the element.
import type { ByteSource, MotetError } from './index.js';

/**
 * The stream is fetched in ranges where the server can; `preload` is 'none', 'metadata' (default: the
 * first 4 KB) or 'auto' (the model, too). All players of a page share one model and one AudioContext.
 * Events are those of HTMLMediaElement: loadstart, durationchange, loadedmetadata, loadeddata, canplay,
 * play, playing, waiting, timeupdate, progress, seeking, seeked, pause, ended, volumechange, emptied,
 * error. For styles there are the parts controls, play, position, time, mute, volume and error.
 */
export class MotetAudio extends HTMLElement {
  /** Another model than the package's own, for all players: set it before the first one plays. */
  static set model(source: ByteSource);
  src: string;
  /** The address that is loaded, resolved; '' before. */
  readonly currentSrc: string;
  preload: 'none' | 'metadata' | 'auto';
  controls: boolean;
  loop: boolean;
  autoplay: boolean;
  muted: boolean;
  /** 0..1. */
  volume: number;
  /** Seconds; setting it seeks. */
  currentTime: number;
  fastSeek(seconds: number): void;
  /** Seconds; NaN before the metadata are there, Infinity for a stream that does not say it. */
  readonly duration: number;
  readonly paused: boolean;
  readonly ended: boolean;
  readonly seeking: boolean;
  readonly readyState: number;
  readonly buffered: TimeRanges;
  readonly seekable: TimeRanges;
  readonly error: MotetError | null;
  /** Of the stream: pairs of key and value; empty before the metadata are there. */
  readonly tags: ReadonlyArray<readonly [string, string]>;
  load(): void;
  /** Rejects with a NotAllowedError where the page was not touched yet. */
  play(): Promise<void>;
  pause(): void;
}

declare global {
  interface HTMLElementTagNameMap {
    'motet-audio': MotetAudio;
  }
}
