// What a person sees and touches of a player: native buttons and sliders, so that keyboard and screen
// reader work as they do everywhere.
const SHEET = `
:host { display: inline-block; width: 23.5rem; max-width: 100%; vertical-align: middle; }
:host([hidden]), :host(:not([controls])) { display: none; }
[part='controls'] {
  display: flex; align-items: center; gap: 0.5em; box-sizing: border-box; width: 100%; min-width: 14em;
  padding: 0.4em 0.7em; border-radius: 2em; font: 0.8rem/1.2 system-ui, sans-serif;
  color: CanvasText; background: color-mix(in srgb, CanvasText 10%, Canvas); color-scheme: light dark;
}
button {
  flex: none; width: 2.2em; height: 2.2em; padding: 0; border: 0; border-radius: 50%;
  color: inherit; background: none; cursor: pointer;
}
button:focus-visible, input:focus-visible { outline: 2px solid currentColor; outline-offset: 1px; }
svg { display: block; width: 1.3em; height: 1.3em; margin: auto; fill: currentColor; }
input { min-width: 3em; cursor: pointer; }
[part='position'] { flex: 1 1 6em; }
[part='volume'] { flex: 0 1 5em; }
[part='time'] { flex: none; font-variant-numeric: tabular-nums; }
[part='error'] { order: 1; width: 0; min-width: 100%; overflow-wrap: anywhere; } /* a line of its own */
[part='error']:empty { display: none; }
[part='controls']:has([part='error']:not(:empty)) { flex-wrap: wrap; }
`;

const SHAPES = {
  play: 'M6 4l14 8-14 8z',
  pause: 'M6 4h4v16H6zM14 4h4v16h-4z',
  sound: 'M4 9v6h4l5 5V4L8 9zM16 8a5 5 0 0 1 0 8z',
  mute: 'M4 9v6h4l5 5V4L8 9zM16 9l1-1 5 7-1 1z',
};
const SEEK_SECONDS = 5; // of an arrow key

/** 75 as 1:15, and what a screen reader says for it. */
export function clock(seconds) {
  if (!Number.isFinite(seconds)) return '–:––';
  const whole = Math.floor(seconds);
  const rest = String(whole % 60).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes}:${rest}`
    : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`;
}

function create(name, properties, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function icon() {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(document.createElementNS('http://www.w3.org/2000/svg', 'path'));
  return svg;
}

function show(button, shape, label) {
  button.querySelector('path').setAttribute('d', SHAPES[shape]);
  button.setAttribute('aria-label', label);
}

/** The controls of a player, which has the interface of HTMLMediaElement. */
export class Controls {
  #player;
  #play = create('button', { type: 'button', part: 'play' }, icon());
  #time = create('span', { part: 'time' });
  #position = create('input', {
    type: 'range',
    part: 'position',
    'aria-label': 'Position',
    min: 0,
    step: 0.01,
  });
  #mute = create('button', { type: 'button', part: 'mute' }, icon());
  #volume = create('input', {
    type: 'range',
    part: 'volume',
    'aria-label': 'Volume',
    min: 0,
    max: 1,
    step: 0.05,
  });
  #error = create('span', { part: 'error', role: 'alert' });
  #dragging = false;

  constructor(player, root) {
    this.#player = player;
    // No style element: pages with a Content-Security-Policy would refuse it.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(SHEET);
    root.adoptedStyleSheets = [sheet];
    root.append(
      create(
        'div',
        { part: 'controls', role: 'group', 'aria-label': 'Audio player' },
        this.#play,
        this.#position,
        this.#time,
        this.#error,
        this.#mute,
        this.#volume,
      ),
    );
    this.#play.onclick = () => this.#toggle();
    this.#mute.onclick = () => (player.muted = !player.muted);
    this.#volume.oninput = () => (player.volume = Number(this.#volume.value));
    this.#position.oninput = () => {
      this.#dragging = true;
      this.#showTime(Number(this.#position.value));
    };
    this.#position.onchange = () => {
      this.#dragging = false;
      player.currentTime = Number(this.#position.value);
    };
    this.#position.onkeydown = (event) => this.#key(event);
    this.update();
  }

  update() {
    const { paused, ended, muted, volume, currentTime, duration, error } = this.#player;
    if (paused || ended) show(this.#play, 'play', 'Play');
    else show(this.#play, 'pause', 'Pause');
    show(this.#mute, muted ? 'mute' : 'sound', muted ? 'Unmute' : 'Mute');
    this.#volume.value = muted ? 0 : volume;
    const known = Number.isFinite(duration);
    this.#position.disabled = !known;
    if (known) this.#position.max = duration;
    if (!this.#dragging) {
      this.#position.value = currentTime;
      this.#showTime(currentTime);
    }
    this.#error.textContent = error ? error.message : '';
  }

  #showTime(seconds) {
    const { duration } = this.#player;
    const text = `${clock(seconds)} / ${clock(duration)}`;
    if (this.#time.textContent === text) return; // a screen reader would say it again
    this.#time.textContent = text;
    this.#position.setAttribute('aria-valuetext', `${clock(seconds)} of ${clock(duration)}`);
  }

  #toggle() {
    if (this.#player.paused || this.#player.ended) this.#player.play().catch(() => {});
    else this.#player.pause();
  }

  #key(event) {
    const player = this.#player;
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };
    if (event.key === ' ') this.#toggle();
    else if (event.key in steps)
      player.currentTime = Math.max(0, player.currentTime + steps[event.key] * SEEK_SECONDS);
    else return;
    event.preventDefault();
  }
}
