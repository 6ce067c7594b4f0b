/** The element of the page with this id; index.html and the code must agree. */
export function byId<T extends Element>(id: string, type: abstract new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`index.html has no ${type.name} '${id}'`);
  return element;
}

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: Array<Node | string>
): HTMLElementTagNameMap[K] {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** For those who do not see the page change. */
export function announce(sentence: string): void {
  byId('announcer', HTMLElement).textContent = sentence;
}

const ICONS = {
  play: 'M7 4.5v15l13-7.5z',
  pause: 'M6 4.5h4.2v15H6zM13.8 4.5H18v15h-4.2z',
};

export function showPlaying(button: HTMLButtonElement, playing: boolean): void {
  const name = playing ? 'Pause' : 'Play';
  if (button.ariaLabel === name && button.firstChild !== null) return;
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', playing ? ICONS.pause : ICONS.play);
  svg.append(path);
  button.replaceChildren(svg);
  button.ariaLabel = name;
}

/** Gives what starts a loop, one at a time, that calls back once per frame while it returns true. */
export function frameLoop(callback: () => boolean): () => void {
  let waiting = false;
  const start = (): void => {
    if (!waiting) requestAnimationFrame(step);
    waiting = true;
  };
  const step = (): void => {
    waiting = false;
    if (callback()) start();
  };
  return start;
}
