// The report of training runs.
import type { RunFacts, RunsData } from '../../run/data';
import { chart, Plot } from '../chart';
import { choice, compact, h, section } from '../dom';
import { frame } from '../frame';
import { legend } from '../legend';
import { coloursOf, colourScale, type Colours } from '../palette';
import { sortedTable } from '../table';
import { familiesOf, familyCard, NUMBERED } from './families';

/** What a tag is about: which section it stands in. */
const GROUPS: readonly { id: string; title: string; has(tag: string): boolean }[] = [
  { id: 'validation', title: 'Validation', has: (tag) => /^validation/.test(tag) },
  {
    id: 'schedules',
    title: 'Schedules and machine',
    has: (tag) => /learning_rate|seconds|skipped|memory|scale$|norm$/.test(tag),
  },
  { id: 'losses', title: 'Losses', has: () => true },
];

export function showRuns(page: Element, data: RunsData): void {
  const colours = coloursOf(data.runs.map(({ name }) => ({ series: name, own: true })));
  const tags = [...new Set(data.runs.flatMap(({ logged }) => Object.keys(logged)))].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  const redraws: (() => void)[] = [];
  let hidden: ReadonlySet<string> = new Set();
  let smooth = 0;
  const card = (tag: string): HTMLElement => {
    const { element, redraw } = curve(tag, data.runs, colours, () => ({ hidden, smooth }));
    redraws.push(redraw);
    const last = data.runs.flatMap((run) => {
      const point = run.logged[tag]?.at(-1);
      return point ? [String(Number(point[1].toPrecision(4))).replace('-', '−')] : [];
    });
    return h(
      'div',
      { className: 'card small' },
      h('b', {}, tag),
      h('span', {}, `last ${last.join(', ')}`),
      element,
    );
  };
  const redraw = (): void => {
    for (const draw of redraws) draw();
  };
  const controls = h(
    'div',
    { className: 'controls' },
    legend(colours, (now) => {
      hidden = now;
      redraw();
    }),
    choice(
      'Smoothing',
      [
        { name: 'as logged', value: 0 },
        { name: 'smoothed', value: 0.8 },
        { name: 'much', value: 0.95 },
      ],
      0,
      (value) => {
        smooth = value;
        redraw();
      },
    ),
  );
  const families = familiesOf(tags);
  const left = new Set(tags.filter((tag) => !families.has(tag.replace(NUMBERED, ''))));
  const grouped = GROUPS.map((group) => {
    const own = [...left].filter((tag) => group.has(tag));
    for (const tag of own) left.delete(tag);
    return { ...group, own };
  });
  const inFamilies = [...families].flatMap((family) =>
    data.runs
      .filter(({ logged }) => Object.keys(logged).some((tag) => tag.startsWith(`${family}/`)))
      .map((run) => familyCard(family, run)),
  );
  const order = ['losses', 'validation', 'schedules'];
  grouped.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
  const sections = grouped
    .filter(({ own }) => own.length)
    .map(({ id, title, own }, i) =>
      section(
        id,
        title,
        '',
        i === 0 && controls,
        h('div', { className: 'smalls wide' }, ...own.map(card)),
      ),
    );
  if (inFamilies.length) {
    sections.push(
      section(
        'numbered',
        'One curve for each number',
        'Quantities that there are many of, as the perplexity of each quantizer: dark is the first.',
        h('div', { className: 'pair' }, ...inFamilies),
      ),
    );
  }
  const validated = data.runs.filter(({ validation }) => validation);
  if (validated.length) sections.push(perplexities(validated));
  for (const run of data.runs)
    if (run.pictures.length || run.sounds.length) sections.push(samples(run));
  sections.push(settings(data.runs));
  frame(
    page,
    {
      title: data.title,
      lead: '',
      facts: [...data.runs.map(factOf), data.made.slice(0, 10)],
    },
    sections,
  );
}

function factOf({ name, logged, starts }: RunFacts): string {
  const steps = Math.max(0, ...Object.values(logged).map((points) => points.at(-1)?.[0] ?? 0));
  const device = starts.at(-1)?.device;
  return `${name}: ${steps} steps${device ? ` on ${device}` : ''}`;
}

function curve(
  tag: string,
  runs: readonly RunFacts[],
  colours: Colours,
  state: () => { hidden: ReadonlySet<string>; smooth: number },
) {
  return chart(tag, () => {
    const { hidden, smooth } = state();
    const points = runs.flatMap(({ name, logged }) => {
      if (hidden.has(name)) return [];
      let mean: number | undefined;
      return (logged[tag] ?? []).map(([step, value]) => {
        mean = mean === undefined ? value : smooth * mean + (1 - smooth) * value;
        return { name, step, value, shown: mean };
      });
    });
    return {
      ...{ height: 190, marginLeft: 48, marginTop: 12 },
      x: { label: null, ticks: 4, tickFormat: compact },
      y: { label: null, grid: true, ticks: 4, nice: true },
      color: colourScale(colours),
      marks: [
        Plot.lineY(points, { x: 'step', y: 'shown', stroke: 'name', strokeWidth: 1.75 }),
        Plot.dot(lonely(points), { x: 'step', y: 'shown', fill: 'name', r: 3 }),
        Plot.tip(
          points,
          Plot.pointer({
            ...{ x: 'step', y: 'shown', fill: 'var(--card)', stroke: 'var(--line)' },
            title: (p: (typeof points)[number]) =>
              `${p.name}\nstep ${p.step}\n${Number(p.value.toPrecision(5))}`,
          }),
        ),
      ],
    };
  });
}

/** Points of runs that have too few of them for a line to be seen. */
function lonely<Point extends { name: string }>(points: readonly Point[]): Point[] {
  const counts = new Map<string, number>();
  for (const { name } of points) counts.set(name, (counts.get(name) ?? 0) + 1);
  return points.filter(({ name }) => counts.get(name)! < 4);
}

function perplexities(runs: readonly RunFacts[]): HTMLElement {
  const colours = coloursOf(runs.map(({ name }) => ({ series: name, own: true })));
  const rows = runs.flatMap(({ name, validation }) =>
    validation!.perplexity.map((perplexity, i) => ({ name, quantizer: String(i + 1), perplexity })),
  );
  const { element } = chart('Perplexity by quantizer', () => ({
    ...{ height: 280, marginTop: 28 },
    fx: {
      label: 'quantizer',
      domain: [...new Set(rows.map(({ quantizer }) => quantizer))],
      padding: 0.15,
    },
    x: { axis: null },
    y: { label: '↑ perplexity, of 256', grid: true, domain: [0, 256] },
    color: colourScale(colours),
    marks: [
      Plot.barY(rows, {
        ...{ fx: 'quantizer', x: 'name', y: 'perplexity', fill: 'name', rx: 2 },
        tip: { fill: 'var(--card)', stroke: 'var(--line)' },
      }),
      Plot.ruleY([0]),
    ],
  }));
  return section(
    'perplexities',
    'Codes of the last validation',
    'How many entries of each codebook do work.',
    h('div', { className: 'card' }, element),
  );
}

function samples({ name, pictures, sounds }: RunFacts): HTMLElement {
  const tags = [...new Set([...pictures, ...sounds].map(({ tag }) => tag))];
  return section(
    `samples-${name}`,
    `Samples of ${name}`,
    '',
    ...tags.map((tag) =>
      h(
        'div',
        { className: 'card' },
        h('h3', {}, tag),
        h(
          'div',
          { className: 'samples' },
          ...pictures
            .filter((picture) => picture.tag === tag)
            .map(({ step, source }) =>
              h(
                'figure',
                {},
                h('img', { src: source, alt: `${tag}, step ${step}` }),
                h('figcaption', {}, `step ${step}`),
              ),
            ),
          ...sounds
            .filter((sound) => sound.tag === tag)
            .map(({ step, flac, type }) =>
              h(
                'figure',
                {},
                h('audio', { controls: true, preload: 'none', src: `data:${type};base64,${flac}` }),
                h('figcaption', {}, `step ${step}`),
              ),
            ),
        ),
      ),
    ),
  );
}

/** Every setting, by its path in the configuration; what differs between runs stands out. */
function settings(runs: readonly RunFacts[]): HTMLElement {
  const flat = (value: unknown, path: string, into: Map<string, string>): Map<string, string> => {
    if (value !== null && typeof value === 'object' && !Array.isArray(value))
      for (const [key, inner] of Object.entries(value))
        flat(inner, path ? `${path}.${key}` : key, into);
    else if (value !== undefined) into.set(path, JSON.stringify(value));
    return into;
  };
  const all = runs.map(({ config }) => flat(config, '', new Map()));
  const paths = [...new Set(all.flatMap((own) => [...own.keys()]))];
  const differs = (path: string): boolean => new Set(all.map((own) => own.get(path))).size > 1;
  const sorted = [...paths.filter(differs), ...paths.filter((path) => !differs(path))];
  return section(
    'settings',
    'Settings',
    runs.length > 1 ? 'What differs comes first.' : '',
    sortedTable(
      'config.json',
      [
        { head: 'setting', text: (path) => path, value: (path) => path },
        ...runs.map(({ name }, i) => ({
          head: name,
          text: (path: string) => all[i]!.get(path) ?? '–',
          value: (path: string) => all[i]!.get(path) ?? null,
          best: (path: string) => runs.length > 1 && differs(path),
        })),
      ],
      sorted,
    ),
  );
}
