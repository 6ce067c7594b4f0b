// <motet-audio src="song.motet" controls>: a player with the interface of <audio>.
import { unfit } from './arguments.js';
import { Controls } from './element/controls.js';
import { Playback, audioContext, setSharedModel, sharedModel, unlock } from './element/playback.js';
import { Track, asMotetError, tagsOf } from './element/track.js';

const TICK_MS = 250; // between two 'timeupdate' events

/** Ranges of seconds, as HTMLMediaElement gives them. */
function timeRanges(ranges) {
  const at = (side) => (i) => {
    if (!(i in ranges)) throw new DOMException(`there is no range ${i}`, 'IndexSizeError');
    return ranges[i][side];
  };
  return { length: ranges.length, start: at(0), end: at(1) };
}

// Servers that render pages have no elements: there this module does nothing.
const Element = globalThis.HTMLElement ?? class {};

export class MotetAudio extends Element {
  static observedAttributes = ['src', 'preload', 'controls', 'muted'];

  #controls;
  #gain;
  #track;
  #opening; // promise of the track's metadata
  #playback;
  #position = 0; // where there is no playback
  #volume = 1;
  #muted = false;
  #paused = true;
  #ended = false;
  #seeking = false;
  #waiting = false;
  #error = null;
  #ticker;
  #abort;
  #changed = false; // src, and not loaded yet

  /** The model of all players of the page: what Model.load takes, before the first one plays. */
  static set model(source) {
    setSharedModel(sharedModel(source));
  }

  constructor() {
    super();
    if (this.attachShadow)
      this.#controls = new Controls(
        this,
        this.attachShadow({ mode: 'open', delegatesFocus: true }),
      );
  }

  disconnectedCallback() {
    this.pause();
  }

  attributeChangedCallback(name, before, now) {
    if (name === 'src' && before !== now) {
      // Once the other attributes are there, too.
      this.#changed = true;
      queueMicrotask(() => this.#settle());
    }
    if (name === 'preload' && this.#track) this.#preload();
    if (name === 'muted' && before !== now) this.muted = now !== null;
  }

  get src() {
    const src = this.getAttribute('src');
    return src ? new URL(src, document.baseURI).href : '';
  }
  set src(value) {
    this.setAttribute('src', value);
  }
  get currentSrc() {
    return this.#track ? this.src : '';
  }
  get preload() {
    const preload = this.getAttribute('preload');
    return preload === 'none' || preload === 'auto' ? preload : 'metadata';
  }
  set preload(value) {
    this.setAttribute('preload', value);
  }
  get controls() {
    return this.hasAttribute('controls');
  }
  set controls(value) {
    this.toggleAttribute('controls', Boolean(value));
  }
  get loop() {
    return this.hasAttribute('loop');
  }
  set loop(value) {
    this.toggleAttribute('loop', Boolean(value));
  }
  get autoplay() {
    return this.hasAttribute('autoplay');
  }
  set autoplay(value) {
    this.toggleAttribute('autoplay', Boolean(value));
  }

  get paused() {
    return this.#paused;
  }
  get ended() {
    return this.#ended;
  }
  get seeking() {
    return this.#seeking;
  }
  get error() {
    return this.#error;
  }
  get duration() {
    return this.#track?.header ? this.#track.duration : NaN;
  }
  get tags() {
    return this.#track?.header?.tags ?? [];
  }
  /** 0 nothing, 1 metadata, 2 something to hear, 4 enough of it: as in HTMLMediaElement. */
  get readyState() {
    if (!this.#track?.header) return 0;
    if (!this.#playback) return 1;
    return this.#playback.buffered > 1 ? 4 : 2;
  }
  get buffered() {
    const { duration } = this;
    if (!Number.isFinite(duration)) return timeRanges([]);
    return timeRanges(this.#track.loaded.map((ends) => ends.map((share) => share * duration)));
  }
  get seekable() {
    return timeRanges(Number.isFinite(this.duration) ? [[0, this.duration]] : []);
  }

  get currentTime() {
    const time = this.#playback?.currentTime ?? this.#position;
    return Number.isFinite(this.duration) ? Math.min(time, this.duration) : time;
  }
  set currentTime(seconds) {
    if (typeof seconds !== 'number' || !Number.isFinite(seconds))
      throw unfit('currentTime', seconds, 'a number of seconds');
    const time = Math.min(
      Math.max(0, seconds),
      Number.isNaN(this.duration) ? Infinity : this.duration,
    );
    this.#position = time;
    this.#ended = false;
    clearInterval(this.#ticker);
    const player = this.#playback?.release();
    this.#playback = undefined;
    this.#seeking = true;
    this.#emit('seeking');
    if (this.#paused) {
      player?.close();
      this.#arrive();
    } else this.#start(player);
  }
  fastSeek(seconds) {
    this.currentTime = seconds;
  }

  get volume() {
    return this.#volume;
  }
  set volume(value) {
    if (typeof value !== 'number' || !(value >= 0 && value <= 1))
      throw unfit('volume', value, '0 to 1');
    this.#volume = value;
    if (value > 0) this.#muted = false;
    this.#loudness();
  }
  get muted() {
    return this.#muted;
  }
  set muted(value) {
    this.#muted = Boolean(value);
    this.#loudness();
  }

  /** Begins anew with `src`. */
  load() {
    this.#changed = false;
    this.#abort?.abort();
    this.#stop();
    this.#paused = true;
    this.#ended = this.#seeking = false;
    this.#position = 0;
    this.#error = null;
    this.#opening = undefined;
    this.#track = this.src ? new Track(this.src) : undefined;
    this.#emit('emptied');
    if (!this.#track) return;
    this.#emit('loadstart');
    this.#preload();
    if (this.autoplay) this.play().catch(() => {});
  }

  async play() {
    this.#settle();
    if (!this.#track) throw new DOMException('there is no src', 'NotSupportedError');
    const track = this.#track;
    if (this.#ended) this.#position = 0;
    this.#ended = false;
    const begins = this.#paused;
    this.#paused = false;
    if (begins) this.#emit('play');
    try {
      await unlock();
      await this.#open();
    } catch (error) {
      this.#paused = true;
      this.#emit('pause');
      throw error;
    }
    if (this.#paused || track !== this.#track) return;
    if (this.#playback) {
      this.#playback.resume();
      this.#sounds();
    } else this.#start();
  }

  pause() {
    if (this.#paused) return;
    this.#paused = true;
    this.#playback?.pause();
    clearInterval(this.#ticker);
    this.#emit('timeupdate');
    this.#emit('pause');
    this.#session('paused');
  }

  #settle() {
    if (this.#changed) this.load();
  }

  #preload() {
    if (this.preload === 'none') return;
    this.#open().catch(() => {}); // told as an event
    if (this.preload === 'auto') sharedModel().catch(() => {});
  }

  #open() {
    const track = this.#track;
    this.#abort = new AbortController();
    this.#opening ??= track.open(this.#abort.signal).then(
      () => {
        if (track !== this.#track) return;
        for (const type of ['durationchange', 'loadedmetadata', 'progress']) this.#emit(type);
      },
      (error) => {
        this.#opening = undefined;
        if (track === this.#track) this.#fail(error);
        throw error;
      },
    );
    return this.#opening;
  }

  #start(player) {
    this.#stop();
    const playback = new Playback(this.#position, player);
    this.#playback = playback;
    this.#emit('waiting');
    this.#waiting = true;
    this.#gain ??= new GainNode(audioContext());
    this.#gain.connect(audioContext().destination);
    this.#loudness(false);
    const isCurrent = () => playback === this.#playback;
    playback
      .run(this.#track, this.#gain, {
        onStart: () => {
          if (!isCurrent()) return;
          this.#arrive();
          this.#emit('loadeddata');
          this.#emit('canplay');
          if (!this.#paused) this.#sounds();
        },
        onWaiting: () => {
          if (!isCurrent()) return;
          this.#waiting = true;
          this.#emit('waiting');
        },
      })
      .then(
        () => isCurrent() && this.#end(),
        (error) => isCurrent() && this.#fail(error),
      );
  }

  #sounds() {
    this.#waiting = false;
    this.#emit('playing');
    this.#session('playing');
    clearInterval(this.#ticker);
    let before = this.currentTime;
    this.#ticker = setInterval(() => {
      if (this.#waiting && this.currentTime > before) {
        this.#waiting = false;
        this.#emit('playing');
      }
      before = this.currentTime;
      this.#emit('progress');
      this.#emit('timeupdate');
    }, TICK_MS);
  }

  #arrive() {
    if (!this.#seeking) return;
    this.#seeking = false;
    this.#emit('timeupdate');
    this.#emit('seeked');
  }

  #end() {
    this.#stop();
    if (this.loop) {
      this.currentTime = 0;
      return;
    }
    this.#position = Number.isFinite(this.duration) ? this.duration : this.#position;
    this.#ended = true;
    this.#paused = true;
    this.#emit('timeupdate');
    this.#emit('pause');
    this.#emit('ended');
    this.#session('none');
  }

  #fail(error) {
    this.#position = this.currentTime;
    this.#stop();
    this.#error = asMotetError(error);
    this.#paused = true;
    this.#emit('error');
  }

  /** Ends what sounds, and keeps its place. */
  #stop() {
    clearInterval(this.#ticker);
    this.#playback?.close();
    this.#playback = undefined;
  }

  #loudness(tell = true) {
    if (this.#gain) this.#gain.gain.value = this.#muted ? 0 : this.#volume;
    if (tell) this.#emit('volumechange');
  }

  /** The system's own buttons, and what it shows: of the player that was started last. */
  #session(state) {
    const session = globalThis.navigator?.mediaSession;
    if (!session) return;
    session.playbackState = state;
    if (state !== 'playing') return;
    const { title, artist, album } = tagsOf(this.#track.header);
    const name = decodeURIComponent(this.src.split(/[?#]/)[0].split('/').at(-1));
    session.metadata = new MediaMetadata({ title: title ?? name, artist, album });
    const actions = {
      play: () => void this.play().catch(() => {}),
      pause: () => this.pause(),
      stop: () => this.pause(),
      seekto: ({ seekTime }) => (this.currentTime = seekTime),
      seekbackward: ({ seekOffset = 10 }) => (this.currentTime -= seekOffset),
      seekforward: ({ seekOffset = 10 }) => (this.currentTime += seekOffset),
    };
    for (const [action, handler] of Object.entries(actions)) {
      try {
        session.setActionHandler(action, handler);
      } catch {
        // Not every browser knows every button.
      }
    }
  }

  #emit(type) {
    this.#controls?.update();
    this.dispatchEvent?.(new Event(type));
  }
}

if (globalThis.customElements && !customElements.get('motet-audio'))
  customElements.define('motet-audio', MotetAudio);
