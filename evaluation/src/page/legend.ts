// Names and colours of series; a series can be switched off.
import { h } from './dom';
import type { Colours } from './palette';

export function legend(
  colours: Colours,
  changed: (hidden: ReadonlySet<string>) => void,
): HTMLElement {
  const hidden = new Set<string>();
  return h(
    'div',
    { className: 'legend', role: 'group', aria: { label: 'Series' } },
    ...[...colours].map(([name, colour]) => {
      const button = h(
        'button',
        {
          type: 'button',
          aria: { pressed: 'true' },
          onclick: () => {
            if (!hidden.delete(name)) hidden.add(name);
            button.setAttribute('aria-pressed', String(!hidden.has(name)));
            changed(hidden);
          },
        },
        h('i', { style: `background: ${colour}` }),
        name,
      );
      return button;
    }),
  );
}
