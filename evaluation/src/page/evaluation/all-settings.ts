// The table of all settings and metrics.
import { goodness } from '../../analysis/metrics';
import type { CodecResult, EvaluationData } from '../../report/evaluation';
import { h, number, section } from '../dom';
import type { Colours } from '../palette';
import { sortedTable, type Column } from '../table';
import { better } from './curves';

export function allSettings(data: EvaluationData, colours: Colours): HTMLElement {
  const columns: Column<CodecResult>[] = [
    {
      head: 'codec',
      text: ({ series, setting }) => `${series}, ${setting}`,
      value: ({ series, kbps }) => `${series} ${kbps.toFixed(2).padStart(8, '0')}`,
    },
    { head: 'kbit/s', text: ({ kbps }) => number(kbps, 2), value: ({ kbps }) => kbps },
  ];
  data.metrics.forEach((metric, i) => {
    if (/_[0-9]$/.test(metric.key)) return;
    const means = data.codecs.flatMap(({ summary }) => (summary[i] ? [summary[i]!.mean] : []));
    const best = Math.max(...means.map((mean) => goodness(metric.better, mean)));
    columns.push({
      head: metric.label + (metric.unit ? `, ${metric.unit}` : ''),
      title: `${metric.says} ${better(metric)}.`,
      text: ({ summary }) => number(summary[i]?.mean, metric.digits),
      value: ({ summary }) => summary[i]?.mean ?? null,
      down: metric.better === 'high',
      best: ({ summary }) => !!summary[i] && goodness(metric.better, summary[i]!.mean) === best,
    });
  });
  const notes = [
    ...new Set(data.codecs.flatMap(({ series, note }) => (note ? [`${series}: ${note}.`] : []))),
  ];
  const late = data.codecs.filter((codec) => codec.late !== 0);
  if (late.length) {
    const names = late.map(
      ({ series, setting, late: by }) => `${series} ${setting} (${by} samples)`,
    );
    notes.push(
      `Not in time by themselves, and moved before they were measured: ${names.join(', ')}.`,
    );
  }
  return section(
    'settings',
    'All settings',
    'A click on a head sorts. The best value of a column stands out.',
    sortedTable('Means over all clips', columns, data.codecs, ({ series }) => colours.get(series)!),
    notes.length ? h('p', { className: 'note' }, notes.join(' ')) : undefined,
  );
}
