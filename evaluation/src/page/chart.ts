// Charts that are drawn again when their place gets another width.
import * as Plot from '@observablehq/plot';
import { h } from './dom';

/** What all charts have in common. */
export const COMMON = {
  style: { background: 'transparent', color: 'var(--ink)', fontSize: '12px', overflow: 'visible' },
} as const;

/** With room between the ticks and a label below them. */
function spaced(options: Plot.PlotOptions): Plot.PlotOptions {
  const label = options.fx?.label ?? options.x?.label;
  if (!label || options.fx) return options;
  return { marginBottom: 44, ...options, x: { labelOffset: 38, ...options.x } };
}

/** `draw` gets the width that there is, in pixels. */
export function chart(
  label: string,
  draw: (width: number) => Plot.PlotOptions,
): { element: HTMLElement; redraw(): void } {
  const element = h('figure', { className: 'chart', role: 'img', aria: { label } });
  let width = 0;
  const redraw = (): void => {
    if (width) element.replaceChildren(Plot.plot({ ...COMMON, ...spaced(draw(width)), width }));
  };
  new ResizeObserver(([entry]) => {
    const now = Math.floor(entry!.contentRect.width);
    if (now && now !== width) {
      width = now;
      redraw();
    }
  }).observe(element);
  return { element, redraw };
}

export { Plot };
