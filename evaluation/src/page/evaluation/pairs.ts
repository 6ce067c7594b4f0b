// Two settings on the same clips: who wins how often (sign test).
import { labelOf } from '../../codecs/codec';
import type { EvaluationData, Pair } from '../../report/evaluation';
import { number, section, select, h } from '../dom';
import { sortedTable, type Column } from '../table';

/** "p = 0.03", "p < 0.001" */
export const probability = (p: number): string => (p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`);

export function pairs(data: EvaluationData): HTMLElement {
  const byId = new Map(data.codecs.map((codec) => [codec.id, codec]));
  const name = (id: string): string => labelOf(byId.get(id)!);
  const place = h('div');
  const show = (metric: number): void => {
    const { digits, unit, label } = data.metrics[metric]!;
    const test = (pair: Pair) => pair.tests[metric];
    const columns: Column<Pair>[] = [
      {
        head: 'this',
        text: ({ a }) => `${name(a)} (${number(byId.get(a)!.kbps, 1)} kbit/s)`,
        value: ({ a }) => name(a),
      },
      {
        head: 'against',
        text: ({ b }) => `${name(b)} (${number(byId.get(b)!.kbps, 1)} kbit/s)`,
        value: ({ b }) => name(b),
      },
      {
        head: 'wins',
        text: (pair) => String(test(pair)?.test.wins ?? '–'),
        value: (pair) => test(pair)?.test.wins ?? null,
        down: true,
        bar: (pair) => {
          const own = test(pair)?.test;
          return own ? own.wins / Math.max(own.wins + own.losses + own.ties, 1) : 0;
        },
      },
      {
        head: 'losses',
        text: (pair) => String(test(pair)?.test.losses ?? '–'),
        value: (pair) => test(pair)?.test.losses ?? null,
      },
      {
        head: 'sign test',
        title: 'The probability of wins as unequal as these or more if both were alike.',
        text: (pair) => (test(pair) ? probability(test(pair)!.test.p) : '–'),
        value: (pair) => test(pair)?.test.p ?? null,
      },
      {
        head: `better by${unit ? `, ${unit}` : ''}`,
        title: 'Mean difference and its 95 % interval; above 0 the first is better.',
        text: (pair) => {
          const own = test(pair)?.difference;
          if (!own) return '–';
          return `${number(own.mean, digits)} (${number(own.low, digits)} to ${number(own.high, digits)})`;
        },
        value: (pair) => test(pair)?.difference.mean ?? null,
        down: true,
      },
    ];
    place.replaceChildren(sortedTable(`${label}, clip against clip`, columns, data.pairs));
  };
  show(0);
  const options = data.metrics.map(({ label }, value) => ({ name: label, value }));
  return section(
    'pairs',
    'Pair by pair',
    'The same clips through both: how often each wins, and whether that could be chance.',
    h('div', { className: 'controls' }, select('Metric', options, 0, show)),
    place,
  );
}
