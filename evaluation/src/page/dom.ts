// Elements of the page.

type Child = Node | string | number | undefined | false;

type Properties<K extends keyof HTMLElementTagNameMap> = Partial<
  Omit<HTMLElementTagNameMap[K], 'style' | 'dataset'>
> & { style?: string; data?: Record<string, string>; aria?: Record<string, string> };

export function h<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Properties<K> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const { style, data, aria, ...rest } = properties;
  const element = Object.assign(document.createElement(name), rest);
  if (style) element.setAttribute('style', style);
  for (const [key, value] of Object.entries(data ?? {})) element.dataset[key] = value;
  for (const [key, value] of Object.entries(aria ?? {})) element.setAttribute(`aria-${key}`, value);
  append(element, children);
  return element;
}

export function append(element: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child !== undefined && child !== false)
      element.append(typeof child === 'number' ? String(child) : child);
  }
}

/** A part of the page with a heading, which the navigation leads to. */
export function section(
  id: string,
  title: string,
  lead: string,
  ...children: Child[]
): HTMLElement {
  return h(
    'section',
    { id },
    h('h2', {}, title),
    lead ? h('p', { className: 'lead' }, lead) : undefined,
    ...children,
  );
}

/** A choice among a few: the last one chosen is `pressed`. */
export function choice<T>(
  label: string,
  options: readonly { name: string; value: T }[],
  first: number,
  chosen: (value: T) => void,
): HTMLElement {
  const buttons = options.map(({ name, value }, i) =>
    h('button', {
      type: 'button',
      textContent: name,
      aria: { pressed: String(i === first) },
      onclick: () => {
        buttons.forEach((button, k) => button.setAttribute('aria-pressed', String(k === i)));
        chosen(value);
      },
    }),
  );
  return h('div', { className: 'choice', role: 'group', aria: { label } }, ...buttons);
}

/** A choice among many. */
export function select<T>(
  label: string,
  options: readonly { name: string; value: T }[],
  first: number,
  chosen: (value: T) => void,
): HTMLElement {
  const list = h(
    'select',
    { onchange: () => chosen(options[list.selectedIndex]!.value) },
    ...options.map(({ name }, i) => h('option', { selected: i === first }, name)),
  );
  return h('label', { className: 'select' }, h('span', {}, label), list);
}

/** With a minus sign, and so many digits after the point; a dash where there is no value. */
export function number(value: number | null | undefined, digits: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  return value.toFixed(digits).replace('-', '−');
}

const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** "1.2K": for ticks. */
export const compact = (value: number): string => COMPACT.format(value);
