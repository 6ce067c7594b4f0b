import type { Tags } from './tags';

/** Formats of sound that the page writes. */
export type SoundFormat = 'flac' | 'wav';

/** A file of sound that is written piece by piece. */
export interface SoundWriter {
  /** One array per channel, −1..1. */
  write(channelData: readonly Float32Array[]): Promise<void>;
  /** The whole file. */
  finish(tags: Tags): Promise<Blob>;
  /** Lets go of what it holds, whether it was finished or not. */
  close(): void;
}
