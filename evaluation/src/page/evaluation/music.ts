// By kind of music and by track; and the worst clips first.
import { bootstrap } from '../../analysis/bootstrap';
import { goodness } from '../../analysis/metrics';
import { labelOf } from '../../codecs/codec';
import type { CodecResult, EvaluationData } from '../../report/evaluation';
import { chart, Plot } from '../chart';
import { choice, h, number, section, select } from '../dom';
import { coloursOf, colourScale } from '../palette';
import { sortedTable, type Column } from '../table';
import { shownOf } from './lines';

type Group = 'kind' | 'track';

export function music(data: EvaluationData): HTMLElement {
  const shown = shownOf(data);
  const colours = coloursOf(
    shown.map((codec) => ({ series: labelOf(codec), own: codec.quality !== undefined })),
  );
  let group: Group = 'kind';
  let metric = 0;
  const drawn = chart('By kind of music', (width) => {
    const names = [...new Set(data.clips.map((clip) => clip[group]))];
    const points = shown.flatMap((codec) =>
      names.flatMap((name) => {
        const values = codec.values[metric]!.filter((_, i) => data.clips[i]![group] === name);
        const interval = bootstrap(values, 500);
        return interval
          ? [{ codec: labelOf(codec), name: name.replaceAll('_', ' '), ...interval }]
          : [];
      }),
    );
    const { label, unit, digits } = data.metrics[metric]!;
    return {
      ...{
        marginLeft: Math.min(190, width * 0.36),
        marginTop: 28,
        marginBottom: 44,
        height: 80 + 44 * names.length,
      },
      x: { label: `${label}${unit ? `, ${unit}` : ''} →`, grid: true, nice: true, labelOffset: 38 },
      y: { label: null, padding: 0.2 },
      color: colourScale(colours),
      marks: [
        Plot.ruleY(points, {
          ...{ x1: 'low', x2: 'high', y: 'name', stroke: 'codec', strokeOpacity: 0.45 },
          strokeWidth: 3,
        }),
        Plot.dot(points, {
          ...{ x: 'mean', y: 'name', fill: 'codec', r: 5, stroke: 'var(--card)', strokeWidth: 1 },
        }),
        Plot.tip(
          points,
          Plot.pointer({
            ...{ x: 'mean', y: 'name', fill: 'var(--card)', stroke: 'var(--line)' },
            title: (p: (typeof points)[number]) =>
              `${p.name}: ${p.codec}\n${p.mean.toFixed(digits)} (${p.low.toFixed(digits)} to ${p.high.toFixed(digits)}), ${p.count} clips`,
          }),
        ),
      ],
    };
  });
  const worstPlace = h('div');
  const showWorst = (): void => {
    worstPlace.replaceChildren(worst(data, shown, metric));
  };
  showWorst();
  const options = data.metrics.map(({ label }, value) => ({ name: label, value }));
  return section(
    'music',
    'By music',
    'A mean hides who loses: each kind of music and each track by itself, then single clips, the worst first.',
    h(
      'div',
      { className: 'card' },
      h(
        'div',
        { className: 'controls' },
        select('Metric', options, 0, (value) => {
          metric = value;
          drawn.redraw();
          showWorst();
        }),
        choice<Group>(
          'By',
          [
            { name: 'kind', value: 'kind' },
            { name: 'track', value: 'track' },
          ],
          0,
          (value) => {
            group = value;
            drawn.redraw();
          },
        ),
      ),
      h(
        'div',
        { className: 'legend' },
        ...[...colours].map(([name, colour]) =>
          h('span', {}, h('i', { style: `background: ${colour}` }), name),
        ),
      ),
      drawn.element,
    ),
    worstPlace,
  );
}

function worst(data: EvaluationData, shown: readonly CodecResult[], metric: number): HTMLElement {
  const { better, digits, label } = data.metrics[metric]!;
  const own = shown.find(({ quality }) => quality === 6) ?? shown[0]!;
  const value = (codec: CodecResult, i: number): number | null => codec.values[metric]![i] ?? null;
  const order = data.clips
    .map((_, i) => i)
    .filter((i) => value(own, i) !== null)
    .sort((a, b) => goodness(better, value(own, a)!) - goodness(better, value(own, b)!));
  const columns: Column<number>[] = [
    {
      head: 'clip',
      text: (i) => data.clips[i]!.id.replaceAll('_', ' '),
      value: (i) => data.clips[i]!.id,
    },
    { head: 'kind', text: (i) => data.clips[i]!.kind, value: (i) => data.clips[i]!.kind },
    ...shown.map((codec) => ({
      head: labelOf(codec),
      text: (i: number) => number(value(codec, i), digits),
      value: (i: number) => value(codec, i),
      down: better === 'low',
    })),
  ];
  return sortedTable(`${label}, clip by clip; worst of ${labelOf(own)} first`, columns, order);
}
