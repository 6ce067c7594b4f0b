// What every report begins and ends with: title, facts, navigation, dark and light.
import { append, h } from './dom';

export interface Frame {
  title: string;
  lead: string;
  facts: readonly string[];
}

export function frame(page: Element, { title, lead, facts }: Frame, sections: HTMLElement[]): void {
  const header = h(
    'header',
    {},
    h('div', { className: 'brand' }, h('span', { className: 'logo' }, 'motet'), themeSwitch()),
    h('h1', {}, title),
    lead ? h('p', { className: 'lead' }, lead) : undefined,
    h('ul', { className: 'facts' }, ...facts.map((fact) => h('li', {}, fact))),
  );
  const links = sections.map((part) =>
    h('a', { href: `#${part.id}` }, part.querySelector('h2')!.textContent!),
  );
  append(page, [header, h('nav', { aria: { label: 'Sections' } }, ...links), ...sections]);
}

/** Follows the system until it is used. */
function themeSwitch(): HTMLElement {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const isDark = (): boolean =>
    (document.documentElement.dataset.theme ?? (dark.matches ? 'dark' : 'light')) === 'dark';
  const button = h('button', {
    type: 'button',
    className: 'theme',
    onclick: () => {
      document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
      show();
    },
  });
  const show = (): void => {
    button.textContent = isDark() ? 'Light' : 'Dark';
  };
  dark.addEventListener('change', show);
  show();
  return button;
}
