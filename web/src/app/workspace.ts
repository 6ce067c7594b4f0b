// What the use cases share: what is open, what was made of it, the engines, and the cards of the page.
import type { Output } from '../audio/output';
import type { BufferSource } from '../audio/pcm';
import type { Tags } from '../audio/tags';
import type { StreamFacts } from '../engine/contract';
import type { Activity } from '../ui/activity';
import type { EngineCard } from '../ui/engine-card';
import type { ListenCard } from '../ui/listen-card';
import type { MicrophoneCard } from '../ui/microphone-card';
import type { PlayerCard } from '../ui/player-card';
import type { QueueCard } from '../ui/queue-card';
import type { ResultCard } from '../ui/result-card';
import type { Engines } from './engines';
import type { ComparedPassage } from './passage';

// Work that gives way to other work, or waits for it.
export const COMPARING = 'Decoding';
export const SAVING = 'Decoding to a file';

/** What is open: music that is encoded here, or a `.motet` file. */
export type Item = Music | Stream;

export interface Music {
  kind: 'music';
  origin: 'file' | 'example' | 'recording';
  name: string;
  source: BufferSource;
  /** About the source, in words. */
  facts: string;
  /** What of its tags was left out, in sentences. */
  notes: readonly string[];
  tags: Tags;
}

export interface Stream {
  kind: 'stream';
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
  facts: StreamFacts;
}

/** One of many files that are encoded one after another. */
export interface Queued {
  file: File;
  /** In the folder that it came with, if it did. */
  path: string;
  /** What it holds, if that is known before its turn. */
  item?: Item;
  /** As a `.motet` file, if it could be one. */
  encoded: Uint8Array<ArrayBuffer> | undefined;
}

export interface Cards {
  readonly activity: Activity;
  readonly engine: EngineCard;
  readonly result: ResultCard;
  readonly listen: ListenCard;
  readonly player: PlayerCard;
  readonly microphone: MicrophoneCard;
  readonly queue: QueueCard;
}

export class Workspace {
  item: Item | undefined;
  /** The music as a `.motet` file, at the quality that is set. */
  encoded: Uint8Array<ArrayBuffer> | undefined;
  /** Something that was made here was not saved. */
  unsaved = false;
  /** Second of the music where the passage that is compared begins. */
  from = 0;
  /** What is compared now. */
  passage: ComparedPassage | undefined;
  /** Files that are encoded one after another. */
  queue: Queued[] = [];
  /** The comparison waits until other work has ended. */
  compareLater = false;

  constructor(
    readonly cards: Cards,
    readonly engines: Engines,
    readonly output: Output,
  ) {}

  /** The music that is open, if it is music. */
  get music(): Music | undefined {
    return this.item?.kind === 'music' ? this.item : undefined;
  }

  /** Whether something would be lost with the page. */
  get wouldLose(): boolean {
    const { activity, microphone } = this.cards;
    return this.unsaved || microphone.recording || activity.running !== undefined;
  }

  /** Ends the work that goes on, and takes away what is open. */
  close(): void {
    const { activity, result, listen, player, queue } = this.cards;
    activity.abort();
    this.item = undefined;
    this.encoded = undefined;
    this.unsaved = false;
    this.from = 0;
    this.passage = undefined;
    this.queue = [];
    this.compareLater = false;
    result.hide();
    listen.hide();
    player.hide();
    queue.hide();
  }

  pause(): void {
    this.cards.listen.pause();
    this.cards.player.pause();
  }
}
