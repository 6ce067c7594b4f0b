// Where and when it fails: errors by frequency, and by time from an onset.
import { labelOf } from '../../codecs/codec';
import type { CodecResult, EvaluationData } from '../../report/evaluation';
import { chart, Plot } from '../chart';
import { h, section } from '../dom';
import { legend } from '../legend';
import { coloursOf, colourScale, type Colours } from '../palette';

interface Point {
  name: string;
  x: number;
  y: number;
}

/** A few settings near one another in rate: what somebody would choose between. */
export function shownOf(data: EvaluationData): CodecResult[] {
  const chosen = data.codecs.filter(
    ({ series, quality, kbps }) =>
      [3, 6, 12].includes(quality ?? 0) ||
      (quality === undefined && series === 'Opus' && kbps > 7 && kbps < 25) ||
      (quality === undefined && series === 'HE-AAC v2' && kbps < 30) ||
      (quality === undefined && series === 'MP3' && kbps < 40),
  );
  return (chosen.length ? chosen : data.codecs).slice(0, 10);
}

export function lines(data: EvaluationData): HTMLElement {
  const shown = shownOf(data);
  const colours: Colours = coloursOf(
    shown.map((codec) => ({ series: labelOf(codec), own: codec.quality !== undefined })),
  );
  let hidden: ReadonlySet<string> = new Set();
  const pointsOf = (
    row: (codec: CodecResult) => readonly (number | null)[],
    xs: readonly number[],
  ): Point[] =>
    shown
      .filter((codec) => !hidden.has(labelOf(codec)))
      .flatMap((codec) =>
        row(codec).flatMap((y, i) => (y === null ? [] : [{ name: labelOf(codec), x: xs[i]!, y }])),
      );
  const draw = (
    label: string,
    row: (codec: CodecResult) => readonly (number | null)[],
    xs: readonly number[],
    x: Plot.ScaleOptions,
    y: string,
    rule: Plot.Markish,
  ) =>
    chart(label, () => {
      const points = pointsOf(row, xs);
      return {
        ...{ height: 300, marginLeft: 44, marginTop: 28, marginBottom: 44 },
        x,
        y: { label: y, grid: true, nice: true },
        color: colourScale(colours),
        marks: [
          rule,
          Plot.lineY(points, {
            x: 'x',
            y: 'y',
            stroke: 'name',
            strokeWidth: 2,
            curve: 'monotone-x',
          }),
          Plot.tip(
            points,
            Plot.pointer({
              ...{ x: 'x', y: 'y', fill: 'var(--card)', stroke: 'var(--line)' },
              title: (p: Point) => `${p.name}\n${Math.round(p.x)}: ${p.y.toFixed(2)} dB`,
            }),
          ),
        ],
      };
    });
  const hz: Plot.ScaleOptions = {
    ...{ type: 'log', label: 'Hz →', labelOffset: 38, ticks: [100, 300, 1000, 3000, 10_000] },
    tickFormat: (value: number) => (value < 1000 ? String(value) : `${value / 1000}k`),
  };
  const zero = Plot.ruleY([0], { stroke: 'var(--faint)' });
  const charts = [
    {
      title: 'Error by frequency',
      says: 'How far a band of a third of an octave is off at any moment.',
      ...draw('Error by frequency', (c) => c.bandErrors, data.bandsHz, hz, '↑ dB', zero),
    },
    {
      title: 'Bias of levels',
      says: 'Too loud above 0, too quiet below, over the whole clip.',
      ...draw('Bias of levels by frequency', (c) => c.bandLevels, data.bandsHz, hz, '↑ dB', zero),
    },
    {
      title: 'Error around an onset',
      says: 'The attack is at 0; what stands out before it is smear.',
      ...draw(
        'Error by time from an onset',
        (c) => c.onsetErrors,
        data.onsetMs,
        { label: 'ms from the onset →', labelOffset: 38 },
        '↑ dB',
        Plot.ruleX([0], { stroke: 'var(--faint)' }),
      ),
    },
  ];
  return section(
    'where',
    'Where it fails, and when',
    '',
    legend(colours, (now) => {
      hidden = now;
      for (const { redraw } of charts) redraw();
    }),
    h(
      'div',
      { className: 'pair' },
      ...charts.map(({ title, says, element }) =>
        h(
          'div',
          { className: 'card' },
          h('h3', {}, title),
          h('p', { className: 'note' }, says),
          element,
        ),
      ),
    ),
  );
}
