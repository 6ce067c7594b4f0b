// One run of a track from a second on: until it ends, is closed, or another takes its place.
import { Model } from '../codec-model.js';
import { modelUrl } from '../model.js';
import { StreamPlayer } from '../worklet.js';

const BUFFER_SECONDS = 6;
const LOOK_MS = 20; // between two looks whether there is sound
const RESUME_MS = 1000; // within which a page that may sound begins to

let context;
let model;

/** One context for all players of a page. */
export function audioContext() {
  return (context ??= new AudioContext({ sampleRate: 44100 }));
}

/** One model for all players of a page: `source` is what Model.load takes. */
export function sharedModel(source = modelUrl) {
  if (!model) {
    model = Model.load(source);
    model.catch(() => (model = undefined));
  }
  return model;
}

export function setSharedModel(promise) {
  model = Promise.resolve(promise);
}

/** Resolves when sound may be heard; rejects where the page was not touched yet. */
export async function unlock() {
  const ready = audioContext();
  if (ready.state === 'running') return;
  await Promise.race([ready.resume(), new Promise((done) => setTimeout(done, RESUME_MS))]);
  if (ready.state !== 'running')
    throw new DOMException(
      'sound may begin when the page was clicked or touched',
      'NotAllowedError',
    );
}

export class Playback {
  #abort = new AbortController();
  #player;
  #from;
  #runs = false; // the player is at #from or later
  #ending = false; // and takes nothing more
  #paused = false;

  /** From a second on, with a player of release() if there is one. */
  constructor(from, player) {
    this.#from = from;
    this.#player = player;
  }

  get currentTime() {
    return this.#runs ? this.#player.currentTime : this.#from;
  }

  get buffered() {
    return this.#runs ? this.#player.buffered : 0;
  }

  /** Plays `track` through `output`; resolves when it has sounded to its end. */
  async run(track, output, { onStart, onWaiting }) {
    const { signal } = this.#abort;
    const loaded = await sharedModel();
    signal.throwIfAborted();
    const fresh = this.#player === undefined;
    this.#player ??= await StreamPlayer.create(audioContext(), loaded, {
      bufferSeconds: BUFFER_SECONDS,
    });
    const player = this.#player;
    if (signal.aborted && fresh) player.close();
    signal.throwIfAborted();
    const seeks = !fresh || this.#from > 0;
    const offset = seeks ? await player.seek(this.#from, track.source(signal)) : 0;
    signal.throwIfAborted();
    this.#runs = true;
    if (this.#paused) player.pause();
    player.addEventListener('underrun', onWaiting, { signal });
    player.node.connect(output);
    // A page sounds while it is still decoded, so that no write() tells when.
    const silent = player.currentTime + player.buffered;
    let timer;
    const start = () => {
      if (timer === undefined) return;
      clearInterval(timer);
      timer = undefined;
      onStart();
    };
    timer = setInterval(() => {
      if (signal.aborted) clearInterval(timer);
      else if (player.currentTime + player.buffered > silent) start();
    }, LOOK_MS);
    for await (const piece of track.from(offset, signal)) {
      signal.throwIfAborted();
      await player.write(piece);
    }
    signal.throwIfAborted();
    start();
    this.#ending = true;
    await player.end();
  }

  pause() {
    this.#paused = true;
    this.#player?.pause();
  }

  resume() {
    this.#paused = false;
    this.#player?.resume();
  }

  /** Ends it, and hands its player over to the next playback if it may still be sought with. */
  release() {
    if (this.#ending) this.close();
    else this.#abort.abort();
    return this.#ending ? undefined : this.#player;
  }

  close() {
    this.#abort.abort();
    this.#player?.node.disconnect();
    this.#player?.close();
  }
}
