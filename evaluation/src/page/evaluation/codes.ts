// What the quantizers make of their bytes.
import type { CodeStatistics } from '../../analysis/codes';
import type { EvaluationData } from '../../report/evaluation';
import { chart, Plot } from '../chart';
import { h, number, section } from '../dom';

export function codes(data: EvaluationData): HTMLElement {
  return section(
    'codes',
    'Codes',
    'Each quantizer adds a byte to a frame. Of its 8 bits, so many say something: by the histogram alone, ' +
      'and when the code before is known. What is left over is what entropy coding can save.',
    ...data.codes.map(({ series, statistics }) =>
      h(
        'div',
        { className: 'card' },
        h('h3', {}, series),
        bits(statistics),
        histograms(statistics),
      ),
    ),
  );
}

function bits(statistics: readonly CodeStatistics[]): HTMLElement {
  const rows = statistics.flatMap((own) => [
    { name: own.name, kind: 'histogram', bits: own.entropy, perplexity: own.perplexity },
    {
      name: own.name,
      kind: 'given the code before',
      bits: own.conditional,
      perplexity: own.perplexity,
    },
  ]);
  const names = statistics.map(({ name }) => name);
  const { element } = chart('Bits of each quantizer', (width) => ({
    ...{ height: 260, marginTop: 28, marginBottom: width < 640 ? 60 : 40 },
    fx: { domain: names, label: null, tickRotate: width < 640 ? -60 : 0, padding: 0.15 },
    x: { axis: null, domain: ['histogram', 'given the code before'] },
    y: { label: '↑ bits of a code', grid: true, domain: [0, 8] },
    color: {
      domain: ['histogram', 'given the code before'],
      range: ['var(--motet-1)', 'var(--series-1)'],
      legend: true,
    },
    marks: [
      Plot.barY(rows, {
        ...{ fx: 'name', x: 'kind', y: 'bits', fill: 'kind', rx: 2 },
        title: (row: (typeof rows)[number]) =>
          `${row.name}, ${row.kind}: ${row.bits.toFixed(2)} bits; perplexity ${row.perplexity.toFixed(0)}`,
        tip: { fill: 'var(--card)', stroke: 'var(--line)' },
      }),
      Plot.ruleY([8], { stroke: 'var(--faint)', strokeDasharray: '4 4' }),
    ],
  }));
  return element;
}

function histograms(statistics: readonly CodeStatistics[]): HTMLElement {
  return h(
    'div',
    { className: 'histograms' },
    ...statistics.map(({ name, histogram, perplexity, unused }) => {
      // The most used first: the shape says how evenly a codebook is used.
      const sorted = [...histogram].sort((a, b) => b - a);
      const total = sorted.reduce((sum, n) => sum + n, 0) || 1;
      const { element } = chart(`Histogram of ${name}`, () => ({
        ...{ height: 70, margin: 0, marginBottom: 1 },
        x: { axis: null },
        y: { axis: null, domain: [0, Math.max(sorted[0]! / total, 4 / sorted.length)] },
        marks: [
          Plot.areaY(sorted, {
            ...{
              x: (_: number, i: number) => i,
              y: (n: number) => n / total,
              fill: 'var(--motet-1)',
            },
            fillOpacity: 0.75,
          }),
          Plot.ruleY([1 / sorted.length], { stroke: 'var(--ink)', strokeDasharray: '3 3' }),
        ],
      }));
      return h(
        'div',
        {},
        h('b', {}, name),
        h('span', {}, `perplexity ${number(perplexity, 0)}${unused ? `, ${unused} unused` : ''}`),
        element,
      );
    }),
  );
}
