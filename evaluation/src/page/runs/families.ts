// Logged quantities that there are many of, one for each number.
import type { RunFacts } from '../../run/data';
import { chart, Plot } from '../chart';
import { compact, h } from '../dom';

/** "validation/perplexity/11" */
export const NUMBERED = /\/[0-9]+$/;

/** What stands before the numbers, where there are more than four. */
export function familiesOf(tags: readonly string[]): Set<string> {
  const counts = new Map<string, number>();
  for (const tag of tags.filter((own) => NUMBERED.test(own))) {
    const family = tag.replace(NUMBERED, '');
    counts.set(family, (counts.get(family) ?? 0) + 1);
  }
  return new Set([...counts].filter(([, count]) => count > 4).map(([family]) => family));
}

export function familyCard(family: string, { name, logged }: RunFacts): HTMLElement {
  const points = Object.entries(logged)
    .filter(([tag]) => tag.startsWith(`${family}/`))
    .flatMap(([tag, own]) =>
      own.map(([step, value]) => ({ number: Number(tag.slice(family.length + 1)), step, value })),
    );
  const { element } = chart(`${family} of ${name}`, () => ({
    ...{ height: 260, marginLeft: 48, marginTop: 12 },
    x: { label: 'step →', ticks: 5, tickFormat: compact },
    y: { label: null, grid: true, nice: true },
    color: { type: 'linear', scheme: 'viridis' },
    marks: [
      Plot.lineY(points, {
        x: 'step',
        y: 'value',
        z: 'number',
        stroke: 'number',
        strokeWidth: 1.75,
      }),
      Plot.dot(points, { x: 'step', y: 'value', fill: 'number', r: 2 }),
      Plot.tip(
        points,
        Plot.pointer({
          ...{ x: 'step', y: 'value', fill: 'var(--card)', stroke: 'var(--line)' },
          title: (p: (typeof points)[number]) =>
            `${family}/${p.number}\nstep ${p.step}\n${Number(p.value.toPrecision(5))}`,
        }),
      ),
    ],
  }));
  return h('div', { className: 'card' }, h('h3', {}, `${family} of ${name}`), element);
}
