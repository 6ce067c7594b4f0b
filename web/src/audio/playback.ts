/** Sound that plays while it is decoded. Events: 'change' of anything below, 'ended', 'error'. */
export interface Playback extends EventTarget {
  readonly duration: number;
  /** Seconds. */
  readonly position: number;
  readonly playing: boolean;
  play(): Promise<void>;
  pause(): void;
  seek(seconds: number): Promise<void>;
  close(): void;
}
