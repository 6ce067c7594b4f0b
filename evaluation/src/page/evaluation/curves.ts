// Rate and quality: one curve for each codec, with the interval of its mean.
import type { EvaluationData, MetricFacts } from '../../report/evaluation';
import { chart, Plot } from '../chart';
import { h, section, select } from '../dom';
import { legend } from '../legend';
import { colourScale, type Colours } from '../palette';

interface Point {
  series: string;
  setting: string;
  kbps: number;
  mean: number;
  low: number;
  high: number;
}

function pointsOf(data: EvaluationData, metric: number, hidden: ReadonlySet<string>): Point[] {
  return data.codecs.flatMap(({ series, setting, kbps, summary }) => {
    const own = summary[metric];
    return own && !hidden.has(series) ? [{ series, setting, kbps, ...own }] : [];
  });
}

/** Which way is better, in words. */
export const better = ({ better: way }: Pick<MetricFacts, 'better'>): string =>
  way === 'low' ? 'lower is better' : way === 'high' ? 'higher is better' : 'nearer to 0 is better';

function plotOf(
  data: EvaluationData,
  metric: number,
  hidden: ReadonlySet<string>,
  colours: Colours,
  small: boolean,
): Plot.PlotOptions {
  const { label, unit } = data.metrics[metric]!;
  const points = pointsOf(data, metric, hidden);
  const format = (value: number): string => String(Number(value.toPrecision(3)));
  const rates = data.codecs.map(({ kbps }) => kbps);
  const [least, most] = [Math.min(...rates) / 1.15, Math.max(...rates) * 1.15];
  const ticks = small ? [1, 4, 16, 64] : [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128];
  return {
    height: small ? 180 : 420,
    marginBottom: small ? 26 : 44,
    marginLeft: 44,
    marginRight: 16,
    marginTop: small ? 12 : 28,
    x: {
      type: 'log',
      base: 2, // with 10, Plot labels neither 8 nor 64
      label: small ? null : 'kbit/s, whole files →',
      ticks: ticks.filter((tick) => tick >= least && tick <= most),
      domain: [least, most],
      ...(small ? { tickSize: 0, tickPadding: 8 } : { labelOffset: 38 }),
      tickFormat: format,
      grid: !small,
    },
    y: {
      label: small ? null : `↑ ${label}${unit ? `, ${unit}` : ''}`,
      grid: true,
      nice: true,
      ticks: small ? 4 : 8,
    },
    color: colourScale(colours),
    marks: [
      Plot.areaY(points, {
        ...{ x: 'kbps', y1: 'low', y2: 'high', z: 'series', fill: 'series', fillOpacity: 0.14 },
        ...{ sort: 'kbps', curve: 'monotone-x' },
      }),
      Plot.lineY(points, {
        ...{ x: 'kbps', y: 'mean', z: 'series', stroke: 'series', sort: 'kbps' },
        ...{ strokeWidth: small ? 1.5 : 2.25, curve: 'monotone-x' },
      }),
      Plot.dot(points, {
        ...{ x: 'kbps', y: 'mean', fill: 'series', r: small ? 1.8 : 4 },
        ...{ stroke: 'var(--card)', strokeWidth: small ? 0 : 1.5 },
      }),
      ...(small
        ? []
        : [
            Plot.tip(
              points,
              Plot.pointer({
                ...{ x: 'kbps', y: 'mean', fill: 'var(--card)', stroke: 'var(--line)' },
                title: (point: Point) =>
                  `${point.series}, ${point.setting}\n${point.kbps.toFixed(2)} kbit/s\n` +
                  `${label} ${format(point.mean)}\n95 %: ${format(point.low)} to ${format(point.high)}`,
              }),
            ),
          ]),
    ],
  };
}

export function curves(data: EvaluationData, colours: Colours): HTMLElement {
  let metric = 0;
  let hidden: ReadonlySet<string> = new Set();
  const says = h('p', { className: 'note' });
  const large = chart('Rate and quality', () => plotOf(data, metric, hidden, colours, false));
  const smalls = data.metrics
    .map((facts, i) => ({ facts, i }))
    .filter(({ facts }) => !/_[0-9]$/.test(facts.key))
    .map(({ facts, i }) => ({
      facts,
      ...chart(facts.label, () => plotOf(data, i, hidden, colours, true)),
      i,
    }));
  const show = (): void => {
    const facts = data.metrics[metric]!;
    says.textContent = `${facts.says} ${better(facts)[0]!.toUpperCase()}${better(facts).slice(1)}. Bands: 95 % of the bootstrap over clips.`;
    large.redraw();
  };
  const options = data.metrics.map(({ label }, value) => ({ name: label, value }));
  const chooser = select('Metric', options, 0, (value) => {
    metric = value;
    show();
  });
  const list = chooser.querySelector('select')!;
  show();
  return section(
    'curves',
    'Rate and quality',
    'What a kilobit buys. Each point is a setting of a codec, over all clips; files are counted whole.',
    h(
      'div',
      { className: 'card' },
      h('div', { className: 'controls' }, chooser),
      legend(colours, (now) => {
        hidden = now;
        large.redraw();
        for (const small of smalls) small.redraw();
      }),
      large.element,
      says,
    ),
    h(
      'div',
      { className: 'smalls' },
      ...smalls.map(({ facts, element, i }) =>
        h(
          'button',
          {
            type: 'button',
            className: 'card small',
            title: facts.says,
            onclick: () => {
              metric = i;
              list.selectedIndex = i;
              show();
              large.element.scrollIntoView({ behavior: 'smooth', block: 'center' });
            },
          },
          h('b', {}, facts.label),
          h('span', {}, better(facts)),
          element,
        ),
      ),
    ),
  );
}
