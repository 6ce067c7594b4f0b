// The report of a dataset.
import type { DatasetData, TrackFacts } from '../../dataset/data';
import { chart, Plot } from '../chart';
import { h, number, section } from '../dom';
import { frame } from '../frame';
import { sortedTable } from '../table';

const hours = (tracks: readonly TrackFacts[]): number =>
  tracks.reduce((sum, { seconds }) => sum + seconds, 0) / 3600;

export function showDataset(page: Element, data: DatasetData): void {
  const sections = [byPackage(data), distributions(data), spectra(data)];
  if (data.examples.length) sections.push(examples(data));
  sections.push(duplicates(data), tracks(data));
  frame(
    page,
    {
      title: data.title,
      lead: '',
      facts: [
        `${number(hours(data.tracks), 1)} hours`,
        `${data.tracks.length} tracks`,
        `${data.packages.length} packages`,
        data.made.slice(0, 10),
      ],
    },
    sections,
  );
}

function byPackage(data: DatasetData): HTMLElement {
  const splits = [...new Set(data.tracks.map(({ split }) => split || 'all'))];
  const rows = data.packages.flatMap(({ name }) =>
    splits.map((split) => ({
      name,
      split,
      hours: hours(data.tracks.filter((t) => t.package === name && (t.split || 'all') === split)),
    })),
  );
  const totals = new Map(
    data.packages.map(({ name }) => [name, hours(data.tracks.filter((t) => t.package === name))]),
  );
  const order = [...totals].sort(([, a], [, b]) => b - a).map(([name]) => name);
  const { element } = chart('Hours by package', (width) => ({
    ...{ marginLeft: Math.min(210, width * 0.42), marginTop: 28, height: 60 + 26 * order.length },
    x: { label: 'hours →', grid: true },
    y: { label: null, domain: order },
    color: {
      domain: splits,
      range: ['var(--motet-1)', 'var(--series-1)', 'var(--series-2)', 'var(--series-3)'],
      legend: splits.length > 1,
    },
    marks: [
      Plot.barX(rows, {
        ...{ x: 'hours', y: 'name', fill: 'split', insetTop: 2, insetBottom: 2, rx: 2 },
        order: splits,
        tip: { fill: 'var(--card)', stroke: 'var(--line)' },
      }),
    ],
  }));
  return section('packages', 'Hours by package', '', h('div', { className: 'card' }, element));
}

function distributions(data: DatasetData): HTMLElement {
  const kinds: readonly { title: string; label: string; of(track: TrackFacts): number | null }[] = [
    { title: 'Loudness', label: 'LUFS →', of: (t) => t.loudnessLufs },
    {
      title: 'Bandwidth',
      label: 'kHz →',
      of: (t) => (t.bandwidthHz === null ? null : t.bandwidthHz / 1000),
    },
    { title: 'Stereo width', label: 'side against mid, dB →', of: (t) => t.widthDb },
    { title: 'Tempo', label: 'beats per minute →', of: (t) => t.tempo },
    { title: 'Length', label: 'minutes →', of: (t) => t.seconds / 60 },
  ];
  return section(
    'distributions',
    'What it is like',
    'Hours of music. All but the bandwidth and the length are of a minute from the middle of each track.',
    h(
      'div',
      { className: 'pair' },
      ...kinds.flatMap(({ title, label, of }) => {
        const rows = data.tracks.flatMap((track) => {
          const value = of(track);
          return value === null ? [] : [{ value, hours: track.seconds / 3600 }];
        });
        if (!rows.length) return [];
        const { element } = chart(title, () => ({
          ...{ height: 200, marginTop: 24 },
          x: { label },
          y: { label: '↑ hours', grid: true, ticks: 4 },
          marks: [
            Plot.rectY(
              rows,
              Plot.binX<Plot.RectYOptions>(
                { y: 'sum' },
                { x: 'value', y: 'hours', fill: 'var(--motet-1)', thresholds: 24, rx: 2 },
              ),
            ),
            Plot.ruleY([0], { stroke: 'var(--faint)' }),
          ],
        }));
        const without = data.tracks.length - rows.length;
        return [
          h(
            'div',
            { className: 'card' },
            h('h3', {}, title, ' ', without > 0 && h('small', {}, `${without} tracks have none`)),
            element,
          ),
        ];
      }),
    ),
  );
}

function spectra(data: DatasetData): HTMLElement {
  const rows = data.packages.flatMap(({ name }) => {
    const own = data.tracks.filter((track) => track.package === name);
    return data.bandsHz.flatMap((hz, band) => {
      const levels = own.flatMap(({ spectrum }) =>
        spectrum[band] === null ? [] : [spectrum[band]!],
      );
      if (!levels.length) return [];
      levels.sort((a, b) => a - b);
      return [{ name, hz, db: levels[Math.floor(levels.length / 2)]! }];
    });
  });
  const { element } = chart('Spectra by package', (width) => ({
    ...{
      marginLeft: Math.min(210, width * 0.42),
      marginTop: 28,
      height: 70 + 26 * data.packages.length,
    },
    x: {
      label: 'Hz →',
      domain: data.bandsHz,
      tickFormat: (hz: number) => ([100, 500, 2000, 8000].includes(hz) ? String(hz) : ''),
    },
    y: { label: null },
    color: {
      scheme: 'inferno',
      label: 'dB against the loudest band',
      legend: true,
      domain: [-70, 0],
      clamp: true,
    },
    marks: [
      Plot.cell(rows, {
        x: 'hz',
        y: 'name',
        fill: 'db',
        inset: 0.5,
        tip: { fill: 'var(--card)', stroke: 'var(--line)' },
      }),
    ],
  }));
  return section(
    'spectra',
    'Spectra',
    'The median level of each third of an octave: where a package ends, its encoder did.',
    h('div', { className: 'card' }, element),
  );
}

function examples(data: DatasetData): HTMLElement {
  return section(
    'examples',
    'Examples',
    'Eight seconds from a track of each package.',
    h(
      'div',
      { className: 'samples' },
      ...data.examples.map(({ label, package: name, flac }) =>
        h(
          'figure',
          { className: 'card' },
          h('b', {}, name),
          h('figcaption', {}, label),
          h('audio', { controls: true, preload: 'none', src: `data:audio/flac;base64,${flac}` }),
        ),
      ),
    ),
  );
}

function duplicates(data: DatasetData): HTMLElement {
  const splitOf = new Map(data.tracks.map(({ name, split }) => [name, split]));
  return section(
    'duplicates',
    'Duplicates',
    data.duplicates.length
      ? 'Pairs of tracks that are the same music, or seem to be. A pair across two splits would let a test hear what training has heard.'
      : 'No two tracks are of the same length and go alike.',
    data.duplicates.length
      ? sortedTable(
          `${data.duplicates.length} pairs`,
          [
            { head: 'track', text: ({ a }) => a, value: ({ a }) => a },
            { head: 'and', text: ({ b }) => b, value: ({ b }) => b },
            { head: 'how', text: ({ how }) => how, value: ({ how }) => how },
            {
              head: 'splits',
              text: ({ a, b }) => [...new Set([splitOf.get(a), splitOf.get(b)])].join(' and '),
              value: ({ a, b }) => `${splitOf.get(a)} ${splitOf.get(b)}`,
              best: ({ a, b }) => splitOf.get(a) !== splitOf.get(b),
            },
          ],
          data.duplicates,
        )
      : undefined,
  );
}

function tracks(data: DatasetData): HTMLElement {
  return section(
    'tracks',
    'All tracks',
    '',
    sortedTable(
      `${data.tracks.length} tracks`,
      [
        { head: 'track', text: ({ name }) => name.split('/').at(-1)!, value: ({ name }) => name },
        { head: 'package', text: (t) => t.package, value: (t) => t.package },
        { head: 'split', text: ({ split }) => split || '–', value: ({ split }) => split },
        {
          head: 'minutes',
          text: (t) => number(t.seconds / 60, 1),
          value: (t) => t.seconds,
          down: true,
        },
        { head: 'LUFS', text: (t) => number(t.loudnessLufs, 1), value: (t) => t.loudnessLufs },
        {
          head: 'kHz',
          text: (t) => number(t.bandwidthHz === null ? null : t.bandwidthHz / 1000, 1),
          value: (t) => t.bandwidthHz,
        },
        { head: 'width dB', text: (t) => number(t.widthDb, 1), value: (t) => t.widthDb },
        { head: 'tempo', text: (t) => number(t.tempo, 0), value: (t) => t.tempo },
      ],
      data.tracks,
    ),
  );
}
